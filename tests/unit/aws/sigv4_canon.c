/* SPDX-License-Identifier: BSD-2-Clause
 * The parts of a canonical request. AWS's own suites are run by tests/unit/aws/sigv4.c. */
#include "aws/sigv4_canon.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

START_TEST(all_but_the_unreserved_characters_is_encoded)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", ""},
		{"AZaz09-._~", "AZaz09-._~"},
		{"@[`{/:", "%40%5B%60%7B%2F%3A"},
		{" +%&=", "%20%2B%25%26%3D"},
		{"\303\274\177\001", "%C3%BC%7F%01"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct buf out;

		buf_init(&out, SIGV4_TEXT_MAX);
		ck_assert_int_eq(sigv4_add_encoded(&out, slice_of(rows[i].text)), 0);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_path_is_normal_unless_it_is_kept)
{
	static const struct {
		const char *path, *normal, *kept;
	} rows[] = {
		{"", "/", ""},
		{"/", "/", "/"},
		{"/a/b", "/a/b", "/a/b"},
		{"/a/b/", "/a/b/", "/a/b/"},
		{"//a///b", "/a/b", "//a///b"},
		{"/./a/./b/.", "/a/b", "/./a/./b/."},
		{"/a/../b", "/b", "/a/../b"},
		{"/a/b/../c", "/a/c", "/a/b/../c"},
		{"/a/b/../../c", "/c", "/a/b/../../c"},
		{"/..", "/", "/.."},
		{"/../../a", "/a", "/../../a"},
		{"/a/..", "/", "/a/.."},
		{"/a/../", "/", "/a/../"},
		{"/a/b/..", "/a", "/a/b/.."},
		{"/.../..a", "/.../..a", "/.../..a"},
		{"/a%2Fb c", "/a%252Fb%20c", "/a%252Fb%20c"},
	};
	size_t i;
	int keep;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		for (keep = 0; keep < 2; keep++) {
			const char *want = keep ? rows[i].kept : rows[i].normal;
			struct buf out;

			buf_init(&out, SIGV4_TEXT_MAX);
			/* What was there is no part of the path. */
			buf_adds(&out, "GET\n/x");
			ck_assert_int_eq(sigv4_canon_path(&out, slice_of(rows[i].path), keep), 0);
			ck_assert_msg(strcmp(buf_str(&out) + 6, want) == 0, "row %zu: %s", i,
				      buf_str(&out));
			buf_fini(&out);
		}
	}
}
END_TEST

START_TEST(parameters_are_sorted_as_pairs)
{
	static const struct {
		const char *query, *want;
	} rows[] = {
		{"", ""},
		{"&&", ""},
		{"b=2&a=1", "a=1&b=2"},
		{"a=2&a=1", "a=1&a=2"},
		{"a", "a="},
		{"a&a=", "a=&a="},
		{"=a", "=a"},
		{"a=b=c", "a=b%3Dc"},
		/* As one text, '-' would come before '='. */
		{"k-a=1&k=1", "k=1&k-a=1"},
		{"ab=1&a=2&abc=0", "a=2&ab=1&abc=0"},
		{"b=1&B=1&A=1", "A=1&B=1&b=1"},
		/* Hexadecimal digits become capitals; a plus is a plus. */
		{"a=%c3%bc+b", "a=%C3%BC%2Bb"},
		{"a=%7e%41", "a=~A"},
		{"a=%", "a=%25"},
		{"a=%4", "a=%254"},
		{"a=%4g", "a=%254g"},
		{"a=%g4", "a=%25g4"},
		{"a=%41", "a=A"},
		{"a=%%341", "a=%2541"},
		/* Sorted by what is sent: '%' before letters. */
		{"a=A&a=%20", "a=%20&a=A"},
		{"\303\274=1&z=1", "%C3%BC=1&z=1"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct buf out;

		buf_init(&out, SIGV4_TEXT_MAX);
		ck_assert_int_eq(sigv4_canon_query(&out, slice_of(rows[i].query)), 0);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(there_are_not_too_many_parameters)
{
	char query[4 * (SIGV4_PARAMS_MAX + 1)];
	struct buf out;
	size_t i;

	for (i = 0; i < sizeof(query); i += 4)
		memcpy(query + i, "a=1&", 4);
	buf_init(&out, SIGV4_TEXT_MAX);
	ck_assert_int_eq(sigv4_canon_query(&out, (struct slice){query, 4 * SIGV4_PARAMS_MAX}), 0);
	/* The ampersand at the end is not sent. */
	ck_assert_uint_eq(out.len, 4 * SIGV4_PARAMS_MAX - 1);
	ck_assert_int_eq(sigv4_canon_query(&out, (struct slice){query, sizeof(query)}), ERR_LIMIT);
	buf_fini(&out);
}
END_TEST

#define SLICE(text)                                                                                \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static const struct fetch_header headers[] = {
	{SLICE("X-Amz-Date"), SLICE("20151229T000000Z")},
	{SLICE("Host"), SLICE(" example.com ")},
	{SLICE("x-b"), SLICE("2")},
	{SLICE("X-B"), SLICE("1")},
	{SLICE("x-ba"), SLICE("a  \"b   c\"\r\n\td")},
	{SLICE("Empty"), SLICE(" ")},
	/* On the way these change. */
	{SLICE("Authorization"), SLICE("x")},
	{SLICE("connection"), SLICE("x")},
	{SLICE("Expect"), SLICE("x")},
	{SLICE("Keep-Alive"), SLICE("x")},
	{SLICE("Proxy-Authenticate"), SLICE("x")},
	{SLICE("Proxy-Authorization"), SLICE("x")},
	{SLICE("Proxy-Connection"), SLICE("x")},
	{SLICE("TE"), SLICE("x")},
	{SLICE("Trailer"), SLICE("x")},
	{SLICE("Transfer-Encoding"), SLICE("x")},
	{SLICE("Upgrade"), SLICE("x")},
	{SLICE("USER-AGENT"), SLICE("x")},
	{SLICE("X-Amzn-Trace-Id"), SLICE("x")},
};

START_TEST(headers_are_sorted_by_name_and_joined)
{
	struct sigv4_request req = {.headers = headers, .n_headers = N_ELEMENTS(headers)};
	struct buf out;

	buf_init(&out, SIGV4_TEXT_MAX);
	ck_assert_int_eq(sigv4_canon_headers(&out, &req), 0);
	ck_assert_str_eq(buf_str(&out), "empty:\nhost:example.com\nx-amz-date:20151229T000000Z\n"
					"x-b:2,1\nx-ba:a \"b c\" d\n");
	buf_reset(&out);
	ck_assert_int_eq(sigv4_add_signed_headers(&out, &req), 0);
	ck_assert_str_eq(buf_str(&out), "empty;host;x-amz-date;x-b;x-ba");
	buf_fini(&out);
}
END_TEST

/* Slices end where they end, whatever stands behind. */
START_TEST(names_are_no_longer_than_they_say)
{
	static const char text[] = "x-az";
	const struct fetch_header cut[] = {
		{{text, 4}, SLICE("3")},
		{{text, 3}, SLICE("2")},
		{{text, 1}, SLICE("1")},
		{SLICE("x-a-"), SLICE("4")},
	};
	struct sigv4_request req = {.headers = cut, .n_headers = N_ELEMENTS(cut)};
	struct buf out;

	buf_init(&out, SIGV4_TEXT_MAX);
	ck_assert_int_eq(sigv4_canon_headers(&out, &req), 0);
	ck_assert_str_eq(buf_str(&out), "x:1\nx-a:2\nx-a-:4\nx-az:3\n");
	buf_fini(&out);
}
END_TEST

START_TEST(there_are_not_too_many_headers)
{
	struct fetch_header many[SIGV4_HEADERS_MAX + 2];
	struct sigv4_request req = {.headers = many, .n_headers = SIGV4_HEADERS_MAX + 1};
	struct buf out;
	size_t i;

	/* One that is not signed is not counted. */
	many[0] = (struct fetch_header){SLICE("te"), SLICE("x")};
	for (i = 1; i < N_ELEMENTS(many); i++)
		many[i] = (struct fetch_header){SLICE("a"), SLICE("x")};
	buf_init(&out, SIGV4_TEXT_MAX);
	ck_assert_int_eq(sigv4_canon_headers(&out, &req), 0);
	ck_assert_int_eq(sigv4_add_signed_headers(&out, &req), 0);
	req.n_headers++;
	ck_assert_int_eq(sigv4_canon_headers(&out, &req), ERR_LIMIT);
	ck_assert_int_eq(sigv4_add_signed_headers(&out, &req), ERR_LIMIT);
	buf_fini(&out);
}
END_TEST

START_TEST(without_memory_it_says_so)
{
	struct sigv4_request req = {.headers = headers, .n_headers = N_ELEMENTS(headers)};
	size_t n;

	for (n = 1;; n++) {
		struct buf path, query, names;
		int errs[3], i, n_failed = 0;

		buf_init(&path, SIGV4_TEXT_MAX);
		buf_init(&query, SIGV4_TEXT_MAX);
		buf_init(&names, SIGV4_TEXT_MAX);
		fake_malloc_fail_at(n);
		errs[0] = sigv4_canon_path(&path, slice_of("/a b/../c"), false);
		errs[1] = sigv4_canon_query(&query, slice_of("b=1&a=2"));
		errs[2] = sigv4_canon_headers(&names, &req);
		if (!fake_malloc_off())
			n_failed = -1;
		for (i = 0; i < 3; i++) {
			ck_assert_msg(errs[i] == 0 || errs[i] == ERR_NOMEM, "%zu: %d", n, errs[i]);
			if (n_failed >= 0)
				n_failed += errs[i] != 0;
			else
				ck_assert_int_eq(errs[i], 0);
		}
		buf_fini(&path);
		buf_fini(&query);
		buf_fini(&names);
		if (n_failed < 0)
			break;
		ck_assert_msg(n_failed == 1, "%zu: %d", n, n_failed);
	}
	ck_assert_uint_ge(n, 6);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_but_the_unreserved_characters_is_encoded,
		a_path_is_normal_unless_it_is_kept,
		parameters_are_sorted_as_pairs,
		there_are_not_too_many_parameters,
		headers_are_sorted_by_name_and_joined,
		names_are_no_longer_than_they_say,
		there_are_not_too_many_headers,
		without_memory_it_says_so,
	};

	return unit_run("sigv4_canon", tests, N_ELEMENTS(tests));
}
