/* SPDX-License-Identifier: BSD-2-Clause
 * The parts of a URL. */
#include "fetch/url.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

static const struct {
	const char *text, *scheme, *user, *password, *host, *port, *path; /* NULL: none */
} rows[] = {
	{"http://example.com", "http", NULL, NULL, "example.com", NULL, "/"},
	{"https://u:p@h:8/a/../b", "https", "u", "p", "h", "8", "/b"},
	{"http://[::1]:80/x", "http", NULL, NULL, "[::1]", "80", "/x"},
	{"gopher2://h/", "gopher2", NULL, NULL, "h", NULL, "/"},
};

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

START_TEST(a_url_has_these_parts)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fetch_url u;

		ck_assert_int_eq(fetch_url_split(rows[i].text, &u), 0);
		ck_assert_msg(same(u.scheme, rows[i].scheme) && same(u.host, rows[i].host) &&
				      same(u.port, rows[i].port) && same(u.path, rows[i].path) &&
				      same(u.user, rows[i].user) &&
				      same(u.password, rows[i].password),
			      "%s", rows[i].text);
		fetch_url_fini(&u);
	}
}
END_TEST

START_TEST(what_is_none_has_no_parts)
{
	static const char *const texts[] = {"", "example.com:x", "http://", "http://h:99999/",
					    "http://a b/"};
	size_t i;

	for (i = 0; i < N_ELEMENTS(texts); i++) {
		struct fetch_url u;

		ck_assert_msg(fetch_url_split(texts[i], &u) == ERR_INVAL, "%s", texts[i]);
		ck_assert_ptr_null(u.scheme);
		ck_assert_ptr_null(u.host);
		ck_assert_ptr_null(u.path);
		fetch_url_fini(&u);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_url_has_these_parts,
		what_is_none_has_no_parts,
	};

	return unit_run("url", tests, N_ELEMENTS(tests));
}
