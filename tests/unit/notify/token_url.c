/* SPDX-License-Identifier: BSD-2-Clause
 * The secret of a URL comes from its file, and from nowhere else. */
#include "notify/token_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "kit/unit.h"

static const struct {
	const char *url, *token;
	const char *want; /* NULL: refused */
} rows[] = {
	{"https://a/{token}", "T0/B0/x?y=1&z", "https://a/T0/B0/x?y=1&z"},
	{"https://a/{token}/b/{token}?c", "x", "https://a/x/b/x?c"},
	{"https://a/{host}/{token}", "x", "https://a/{host}/x"},
	{"https://a/{token}", "x{host}", NULL},
	{"https://a/{token}", "x y", NULL},
	{"https://a/{token}", "x#y", NULL},
	{"https://a/{token}", "x\ny", NULL},
	{"https://a/{token}", "", NULL},
};

static void make_file(char path[32], const char *text)
{
	int fd;

	snprintf(path, 32, "/tmp/token_url-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(the_token_is_put_into_each_place)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		char path[32], *url = NULL;
		int err;

		make_file(path, rows[i].token);
		err = token_url_make(rows[i].url, path, &url, &ei);
		ck_assert_msg((err == 0) == (rows[i].want != NULL), "row %zu: %s", i, ei.text);
		if (err == 0) {
			ck_assert_str_eq(url, rows[i].want);
			str_free_secret(url);
		} else {
			ck_assert_ptr_nonnull(strstr(ei.text, "token-file: "));
			ck_assert_ptr_null(strstr(ei.text, "x#y"));
		}
		unlink(path);
	}
}
END_TEST

START_TEST(without_a_place_or_a_file_there_is_none)
{
	struct errinfo ei = ERRINFO_INIT;
	char *url = NULL;

	ck_assert(token_url_has_place("https://a/{token}"));
	ck_assert(!token_url_has_place("https://a/{host}"));
	ck_assert_int_ne(token_url_make("https://a/{token}", "/nowhere/x", &url, &ei), 0);
	ck_assert_ptr_nonnull(strstr(ei.text, "/nowhere/x"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_token_is_put_into_each_place,
		without_a_place_or_a_file_there_is_none,
	};

	return unit_run("token_url", tests, N_ELEMENTS(tests));
}
