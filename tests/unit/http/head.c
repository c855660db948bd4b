/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/head.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

enum { HEADERS_MAX = 6 };

/* In the place of the connection: its headers, "Name: value". */
static const char *const *lines;

int __wrap_MHD_get_connection_values_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
				       MHD_KeyValueIteratorN iterator, void *arg);

int __wrap_MHD_get_connection_values_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
				       MHD_KeyValueIteratorN iterator, void *arg)
{
	int i;

	ck_assert_ptr_null(connection);
	ck_assert_int_eq(kind, MHD_HEADER_KIND);
	for (i = 0; i < HEADERS_MAX && lines[i] != NULL; i++) {
		const char *colon = strchr(lines[i], ':');

		ck_assert_int_eq(iterator(arg, kind, lines[i], (size_t)(colon - lines[i]),
					  colon + 1, strlen(colon + 1)),
				 MHD_YES);
	}
	return i;
}

static void read_head(const char *const *text, struct head *ret)
{
	lines = text;
	memset(ret, 0xff, sizeof(*ret));
	head_read(NULL, ret);
}

START_TEST(each_header_reaches_its_field)
{
	static const char *const text[HEADERS_MAX] = {
		"HOST: a.example ",
		"authorization:\tBasic x",
		"Content-Length: 18446744073709551615",
		"Content-TYPE: text/plain",
		"user-agent: inadyn/2",
		"content-encoding: gzip",
	};
	struct head h;

	read_head(text, &h);
	ck_assert(slice_eq(h.host, "a.example"));
	ck_assert(slice_eq(h.authorization, "Basic x"));
	ck_assert(h.body_len == UINT64_MAX);
	ck_assert(slice_eq(h.content_type, "text/plain"));
	ck_assert(slice_eq(h.user_agent, "inadyn/2"));
	ck_assert(slice_eq(h.content_encoding, "gzip"));
	ck_assert(!h.keep_alive);
}
END_TEST

START_TEST(what_is_not_there_is_empty)
{
	static const char *const text[HEADERS_MAX] = {"X-Host: a", "Hos: b", "User-Agents: c"};
	struct head h;

	read_head(text, &h);
	ck_assert(h.host.len == 0 && h.authorization.len == 0 && h.content_type.len == 0);
	ck_assert_ptr_null(h.user_agent.p);
	ck_assert(h.body_len == 0 && !h.keep_alive);
}
END_TEST

static void on_line(void *arg, struct slice value)
{
	char *text = arg;
	size_t n = strlen(text);

	snprintf(text + n, 64 - n, "%.*s|", (int)value.len, value.p);
}

START_TEST(every_line_of_a_header_is_told_in_order)
{
	static const char *const text[HEADERS_MAX] = {"X-Forwarded-For: 192.0.2.1 ", "Host: a",
						      "x-forwarded-for:", "x-forwarded-for: b, c",
						      "x-forwarded-fo: d"};
	char got[64] = "";

	lines = text;
	head_each(NULL, "x-forwarded-for", on_line, got);
	ck_assert_str_eq(got, "192.0.2.1||b, c|");
}
END_TEST

START_TEST(the_connection_stays_when_it_was_asked_for)
{
	static const struct {
		const char *lines[HEADERS_MAX];
		bool want;
	} rows[] = {
		{{"Connection: keep-alive"}, true},
		{{"Connection: Keep-Alive"}, true},
		{{"connection: upgrade ,\tkeep-alive, x"}, true},
		{{"Connection: ,,keep-alive"}, true},
		{{"Connection: close"}, false},
		{{"Connection: keep-alive, close"}, false},
		{{"Connection: CLOSE,keep-alive"}, false},
		{{"Connection: keep-alive", "Connection: close"}, false},
		{{"Connection: close", "Connection: keep-alive"}, false},
		{{"Connection: keep-alive", "Connection: x"}, true},
		{{"Connection: keep-alives"}, false},
		{{"Connection: keep"}, false},
		{{"Connection:"}, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct head h;

		read_head(rows[i].lines, &h);
		ck_assert_msg(h.keep_alive == rows[i].want, "row %zu", i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_header_reaches_its_field,
		what_is_not_there_is_empty,
		every_line_of_a_header_is_told_in_order,
		the_connection_stays_when_it_was_asked_for,
	};

	return unit_run("head", tests, N_ELEMENTS(tests));
}
