/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/challenge.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "kit/http_fixture.h"
#include "kit/unit.h"

#define FOLDER	   ".well-known/acme-challenge"
#define TOKEN43	   "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define REPEAT8(s) s s s s s s s s
#define TOKEN128   REPEAT8("0123456789abcdef")

static char root[64];
static struct fixture f;
static struct client c;

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void make_folder(void)
{
	snprintf(root, sizeof(root), "/tmp/mooring-acme.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(mkdir(path_of(".well-known"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of(FOLDER), 0755), 0);
	fixture_write_file(path_of("secret"), "secret");
}

static void remove_folder(void)
{
	unlink(path_of("secret"));
	ck_assert_int_eq(rmdir(path_of(FOLDER)), 0);
	ck_assert_int_eq(rmdir(path_of(".well-known")), 0);
	ck_assert_int_eq(rmdir(root), 0);
}

START_TEST(a_token_is_one_name_of_a_file)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{TOKEN43, true},     {"a", true},	    {"-_", true},    {TOKEN128, true},
		{"", false},	     {".", false},	    {"..", false},   {"a/b", false},
		{"a.b", false},	     {"a%2e", false},	    {"a\\b", false}, {"a b", false},
		{"\xc3\xa4", false}, {TOKEN128 "x", false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(challenge_is_token(slice_of(rows[i].text)) == rows[i].want, "row %zu",
			      i);
	ck_assert(!challenge_is_token((struct slice){.p = "a\0b", .len = 3}));
}
END_TEST

/* What challenge_read() finds; NULL: nothing. */
static const char *found(const char *webroot, const char *token)
{
	static char text[CHALLENGE_BYTES_MAX + 1];
	size_t len = 0;
	int err = challenge_read(webroot, slice_of(token), text, &len);

	ck_assert(err == 0 || err == ERR_NOTFOUND);
	text[len] = '\0';
	return err == 0 ? text : NULL;
}

START_TEST(a_short_regular_file_of_the_folder_is_read)
{
	char longest[CHALLENGE_BYTES_MAX + 2];
	const char *const file = FOLDER "/" TOKEN43;

	make_folder();
	ck_assert_ptr_null(found(root, TOKEN43));
	fixture_write_file(path_of(file), TOKEN43 ".thumbprint");
	ck_assert_str_eq(found(root, TOKEN43), TOKEN43 ".thumbprint");
	ck_assert_ptr_null(found("/nonexistent", TOKEN43));
	ck_assert_ptr_null(found(path_of("secret"), TOKEN43));
	memset(longest, 'x', sizeof(longest));
	longest[CHALLENGE_BYTES_MAX] = '\0';
	fixture_write_file(path_of(file), longest);
	ck_assert_str_eq(found(root, TOKEN43), longest);
	longest[CHALLENGE_BYTES_MAX] = 'x';
	longest[CHALLENGE_BYTES_MAX + 1] = '\0';
	fixture_write_file(path_of(file), longest);
	ck_assert_ptr_null(found(root, TOKEN43));
	fixture_write_file(path_of(file), "");
	ck_assert_str_eq(found(root, TOKEN43), "");
	unlink(path_of(file));
	remove_folder();
}
END_TEST

START_TEST(nothing_else_is_read)
{
	const char *const file = FOLDER "/" TOKEN43;
	char secret[256], aside[256];

	make_folder();
	snprintf(secret, sizeof(secret), "%s", path_of("secret"));
	ck_assert_int_eq(symlink(secret, path_of(file)), 0);
	ck_assert_ptr_null(found(root, TOKEN43));
	unlink(path_of(file));
	ck_assert_int_eq(mkdir(path_of(file), 0755), 0);
	ck_assert_ptr_null(found(root, TOKEN43));
	ck_assert_int_eq(rmdir(path_of(file)), 0);
	/* Its reader would wait for a writer. */
	ck_assert_int_eq(mkfifo(path_of(file), 0644), 0);
	ck_assert_ptr_null(found(root, TOKEN43));
	unlink(path_of(file));
	/* The folder itself is a link to elsewhere. */
	fixture_write_file(path_of(file), "text");
	snprintf(aside, sizeof(aside), "%s", path_of(".well-known/aside"));
	ck_assert_int_eq(rename(path_of(FOLDER), aside), 0);
	ck_assert_int_eq(symlink(aside, path_of(FOLDER)), 0);
	ck_assert_ptr_null(found(root, TOKEN43));
	unlink(path_of(FOLDER));
	ck_assert_int_eq(rename(aside, path_of(FOLDER)), 0);
	ck_assert_str_eq(found(root, TOKEN43), "text");
	/* But the administrator may have put all of it elsewhere. */
	snprintf(aside, sizeof(aside), "%s.link", root);
	ck_assert_int_eq(symlink(root, aside), 0);
	ck_assert_str_eq(found(aside, TOKEN43), "text");
	unlink(aside);
	unlink(path_of(file));
	remove_folder();
}
END_TEST

static unsigned ask(size_t listener, const char *method, const char *target)
{
	char request[512];

	snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		 method, target);
	client_open(&c, &f, listener);
	client_puts(&c, request);
	client_read_all(&c, &f);
	client_close(&c);
	return reply_status(c.bytes);
}

#define CHALLENGE "/" FOLDER "/" TOKEN43

/* Listener 0 has no folder, 2 serves challenges, too, and 3 nothing but them. */
START_TEST(challenges_are_answered_where_they_may_come)
{
	struct http_limits limits = fixture_limits();
	const char *const file = FOLDER "/" TOKEN43;
	char type[64];

	make_folder();
	fixture_write_file(path_of(file), TOKEN43 ".thumbprint");
	fixture_open(&f, &limits);
	fixture_listen(&f, (struct http_listen){.acme_webroot = root});
	fixture_listen(&f, (struct http_listen){.acme_webroot = root, .challenges_only = true});
	ck_assert_uint_eq(ask(2, "GET", CHALLENGE), 200);
	ck_assert_str_eq(reply_body(c.bytes), TOKEN43 ".thumbprint");
	ck_assert_str_eq(reply_header(c.bytes, "Content-Type", type, sizeof(type)),
			 "application/octet-stream");
	ck_assert_uint_eq(ask(3, "GET", "http://a.example" CHALLENGE "?q"), 200);
	ck_assert_uint_eq(ask(3, "HEAD", CHALLENGE), 200);
	ck_assert_str_eq(reply_body(c.bytes), "");
	ck_assert_uint_eq(ask(3, "POST", CHALLENGE), 405);
	ck_assert_uint_eq(ask(0, "GET", CHALLENGE), 404);
	ck_assert_uint_eq(ask(3, "GET", "/" FOLDER "/other"), 404);
	ck_assert_uint_eq(ask(3, "GET", "/" FOLDER "/../../secret"), 404);
	ck_assert_uint_eq(ask(3, "GET", "/" FOLDER "/%2e%2e/%2e%2e/secret"), 404);
	ck_assert_uint_eq(ask(3, "GET", "/secret"), 404);
	ck_assert_uint_eq(ask(3, "GET", "/" FOLDER "/"), 404);
	ck_assert_uint_eq(ask(2, "GET", "/nic/update"), 401);
	ck_assert_uint_eq(ask(3, "GET", "/nic/update"), 404);
	ck_assert_uint_eq(ask(2, "GET", "/myip"), 200);
	ck_assert_uint_eq(ask(3, "GET", "/myip"), 404);
	ck_assert_uint_eq(ask(3, "GET", "/healthz"), 404);
	fixture_close(&f);
	unlink(path_of(file));
	remove_folder();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_token_is_one_name_of_a_file,
		a_short_regular_file_of_the_folder_is_read,
		nothing_else_is_read,
		challenges_are_answered_where_they_may_come,
	};

	return unit_run("challenge", tests, N_ELEMENTS(tests));
}
