/* SPDX-License-Identifier: BSD-2-Clause
 * Request heads, and what libmicrohttpd is shown of those that are refused. */
#include "http/screen.h"

#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

#define GET  "GET /healthz HTTP/1.1\r\n"
#define HOST "Host: x\r\n"

#define ROW(verdict, heads, request)                                                               \
	{                                                                                          \
		request "", sizeof(request) - 1, verdict, heads                                    \
	}

static const struct {
	const char *bytes;
	size_t len;
	enum screen_verdict verdict;
	unsigned heads;
} rows[] = {
	ROW(SCREEN_OK, 0, ""),
	ROW(SCREEN_OK, 0, "\r\n\n"),
	ROW(SCREEN_OK, 1, "GET"),
	ROW(SCREEN_OK, 1, GET HOST "\r\n"),
	ROW(SCREEN_OK, 1, "GET / HTTP/1.0\n\n"),
	ROW(SCREEN_OK, 1, "\r\n" GET HOST "\r\n\r\n"),
	ROW(SCREEN_OK, 2, GET HOST "\r\n" GET HOST "\r\n"),
	ROW(SCREEN_OK, 2, GET HOST "Content-Length: 3\r\n\r\n\0\1(" GET HOST "\r\n"),
	ROW(SCREEN_OK, 1, GET HOST "Content-Length: \t3 \t\r\n\r\n\0\1("),
	ROW(SCREEN_OK, 1, "GET   /?a=b?c HTTP/1.1\r\n" HOST "Cookie: a=b; c\r\nX:\r\n\r\n"),
	ROW(SCREEN_BAD, 1, "\0"),
	ROW(SCREEN_BAD, 1, "\r(" GET),
	ROW(SCREEN_BAD, 1, "G(T / HTTP/1.1\r\n"),
	ROW(SCREEN_BAD, 1, "CONNECT x:443 HTTP/1.1\r\n" HOST "\r\n"),
	ROW(SCREEN_BAD, 1, "GET /\r\n"),
	ROW(SCREEN_BAD, 1, "GET /a\tb HTTP/1.1\r\n"),
	ROW(SCREEN_BAD, 1, "GET /a\x7f HTTP/1.1\r\n"),
	ROW(SCREEN_BAD, 1, "GET /a b HTTP/1.1\r\n"),
	ROW(SCREEN_BAD, 1, "GET / HTTP/1.11\r\n"),
	ROW(SCREEN_BAD, 1, "GET / HTTP/1.1 \r\n"),
	ROW(SCREEN_BAD, 1, "GET / http/1.1\r\n"),
	ROW(SCREEN_VERSION, 1, "GET / HTTP/2.0\r\n\r\n"),
	ROW(SCREEN_VERSION, 1, "GET / HTTP/0.9\r\n\r\n"),
	ROW(SCREEN_BAD, 1, GET "\r\n"),
	ROW(SCREEN_BAD, 1, "HEAD / HTTP/1.1\r\n\r\n"),
	ROW(SCREEN_BAD, 1, "\r\nHEAD /a\tb HTTP/1.1\r\n"),
	ROW(SCREEN_VERSION, 2, GET HOST "\r\nHEAD / HTTP/2.0\r\n"),
	ROW(SCREEN_BAD, 1, "GET / HTTP/1.1\n\n"),
	ROW(SCREEN_BAD, 1, GET HOST HOST "\r\n"),
	ROW(SCREEN_BAD, 1, GET HOST "X: a\r\n b\r\n\r\n"),
	ROW(SCREEN_BAD, 1, GET "Hos(t: x\r\n\r\n"),
	ROW(SCREEN_BAD, 1, GET HOST "X: a\0\r\n\r\n"),
	ROW(SCREEN_BAD, 1, GET HOST "X: a\rb\r\n\r\n"),
	ROW(SCREEN_BAD, 1, GET HOST "X: a\r\n\r("),
	ROW(SCREEN_BAD, 1, GET "Content-Length: \t\r\n"),
	ROW(SCREEN_BAD, 1, GET "Content-Length: -1\r\n"),
	ROW(SCREEN_BAD, 1, GET "Content-Length: 12 3\r\n"),
	ROW(SCREEN_BAD, 1, GET "Content-Length: 12a\r\n"),
	ROW(SCREEN_BODY_TOO_LARGE, 1, GET "Content-Length: 4097\r\n"),
	ROW(SCREEN_BODY_TOO_LARGE, 1, GET "Content-Length: 99999999999999999999999999\r\n"),
	ROW(SCREEN_BAD, 1, GET HOST "Transfer-Encoding: chunked\r\n\r\n"),
	ROW(SCREEN_BAD, 1, GET HOST "Authorization: a\r\nAuthorization: a\r\n\r\n"),
	ROW(SCREEN_BAD, 2, GET HOST "\r\n(" GET HOST "\r\n"),
	ROW(SCREEN_BAD, 2, GET HOST "\r\n" GET "X: a\r\n b\r\n\r\n"),
	ROW(SCREEN_BAD, 2, GET HOST "Content-Length: 1\r\n\r\n(("),
};

/* What came through of a row that arrived in pieces, into buffers of cap bytes. */
static size_t pass(struct screen *s, size_t row, size_t split, size_t cap, char *out)
{
	size_t at, n, len = 0;
	char buf[128];

	ck_assert_uint_le(cap, sizeof(buf));
	memset(s, 0, sizeof(*s));
	for (at = 0; at < rows[row].len; at += n) {
		n = at < split ? split - at : rows[row].len - at;
		if (split == 0)
			n = 1;
		if (n > cap)
			n = cap;
		if (s->verdict != SCREEN_OK)
			break;
		memcpy(buf, rows[row].bytes + at, n);
		len += screen_filter(s, memcpy(out + len, buf, n), n, cap);
	}
	while (s->owed_len > 0)
		len += screen_owed(s, out + len, cap);
	return len;
}

/* A whole head, or none yet: the same screen finds nothing wrong with it. */
static void check_passed(size_t row, const char *how, char *bytes, size_t len)
{
	struct screen again = {0};
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] == SCREEN_QUESTION_MARK)
			bytes[i] = '?';
	screen_filter(&again, bytes, len, len);
	ck_assert_msg(again.verdict == SCREEN_OK && again.heads == rows[row].heads,
		      "row %zu, %s: %.*s", row, how, (int)len, bytes);
	/* Nothing is left open but a body. */
	if (rows[row].verdict != SCREEN_OK)
		ck_assert_msg(again.body_left > 0 || again.head_len == 0, "row %zu, %s: %.*s", row,
			      how, (int)len, bytes);
}

START_TEST(a_head_is_judged_alike_in_any_pieces)
{
	static const size_t caps[] = {1, 2, 3, 7, 128};
	struct screen s;
	char out[512], how[64];
	size_t i, split, cap, len;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		for (cap = 0; cap < N_ELEMENTS(caps); cap++)
			for (split = 0; split <= rows[i].len; split++) {
				len = pass(&s, i, split, caps[cap], out);
				snprintf(how, sizeof(how), "split at %zu, room for %zu", split,
					 caps[cap]);
				ck_assert_msg(s.verdict == rows[i].verdict &&
						      s.heads == rows[i].heads,
					      "row %zu, %s: %d after %u", i, how, (int)s.verdict,
					      s.heads);
				check_passed(i, how, out, len);
			}
}
END_TEST

START_TEST(a_refused_head_stays_one_in_any_pieces)
{
	static const char method[] = "HEAD ";
	struct screen s;
	char out[512];
	size_t i, split, rows_seen = 0;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *at = strstr(rows[i].bytes, method);

		rows_seen += at != NULL;
		for (split = 0; at != NULL && split <= rows[i].len; split++) {
			out[pass(&s, i, split, 128, out)] = '\0';
			ck_assert_msg(strstr(out, method) != NULL, "row %zu, split at %zu: %s", i,
				      split, out);
		}
	}
	ck_assert_uint_ge(rows_seen, 3);
}
END_TEST

START_TEST(a_good_head_passes_as_it_is)
{
	static const struct {
		const char *in, *out;
	} pairs[] = {
		{"GET /a HTTP/1.0\r\nX: \t a \t \r\n\r\n",
		 "GET /a HTTP/1.0\r\nX: \t a \t \r\n\r\n"},
		{"GET /a HTTP/1.0\n\n", "GET /a HTTP/1.0\n\n"},
		{"GET   /a HTTP/1.0\n\n", "GET /a HTTP/1.0\n\n"},
		{"GET /?a?b HTTP/1.0\n\n", "GET /\x7f"
					   "a\x7f"
					   "b HTTP/1.0\n\n"},
		{"GET / HTTP/1.0\nCookie: ab\n\n", "GET / HTTP/1.0\nCookie:   \n\n"},
		{"GET / HTTP/1.0\nX: ?\nContent-Length: 2 \t \n\n?\0",
		 "GET / HTTP/1.0\nX: ?\nContent-Length: 2\n\n?"},
	};
	struct screen s;
	char buf[128];
	size_t i, len;

	for (i = 0; i < N_ELEMENTS(pairs); i++) {
		memset(&s, 0, sizeof(s));
		len = strlen(pairs[i].in);
		memcpy(buf, pairs[i].in, len);
		len = screen_filter(&s, buf, len, sizeof(buf));
		ck_assert_int_eq(s.verdict, SCREEN_OK);
		ck_assert_msg(len == strlen(pairs[i].out) && memcmp(buf, pairs[i].out, len) == 0,
			      "row %zu: %.*s", i, (int)len, buf);
	}
}
END_TEST

/* Of every byte, at every place of a head, only those pass that the grammar has there. */
START_TEST(each_byte_has_its_places)
{
	static const struct {
		const char *before, *after;
	} heads[] = {
		{"", "ET / HTTP/1.0\r\n\r\n"},
		{"GET /", " HTTP/1.0\r\n\r\n"},
		{"GET / HTTP/1.0\r\nX", ": a\r\n\r\n"},
		{"GET / HTTP/1.0\r\nX: a", "b\r\n\r\n"},
	};
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct screen s;
	char buf[64];
	int c, len;
	size_t i;

	for (i = 0; i < N_ELEMENTS(heads); i++)
		for (c = 1; c < 256; c++) {
			bool is_token = strchr(token, c) != NULL;
			bool wanted = i == 1   ? c > ' ' && c != 0x7f
				      : i == 3 ? (c >= ' ' && c != 0x7f) || c == '\t'
					       : is_token;

			/* An empty line, another header's name, a line end. */
			if ((i == 0 && (c == '\r' || c == '\n')) || (i == 2 && c == ':') ||
			    (i == 3 && c == '\n'))
				continue;
			memset(&s, 0, sizeof(s));
			len = snprintf(buf, sizeof(buf), "%s%c%s", heads[i].before, c,
				       heads[i].after);
			screen_filter(&s, buf, (size_t)len, sizeof(buf));
			ck_assert_msg((s.verdict == SCREEN_OK) == wanted, "head %zu, byte %d", i,
				      c);
		}
}
END_TEST

/* As libmicrohttpd reads on, now and then: what comes later is no part of the verdict. */
START_TEST(nothing_after_a_refused_head_passes)
{
	static const char first[] = "GET / HTTP/2.0", then[] = "\r\n" GET HOST "\r\n";
	struct screen s = {0};
	char buf[128];
	size_t len;

	memcpy(buf, first, sizeof(first) - 1);
	len = screen_filter(&s, buf, sizeof(first) - 1, sizeof(buf));
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(s.verdict, SCREEN_VERSION);
	memcpy(buf, then, sizeof(then) - 1);
	ck_assert_uint_eq(screen_filter(&s, buf, sizeof(then) - 1, sizeof(buf)), 0);
	ck_assert_int_eq(s.verdict, SCREEN_VERSION);
	ck_assert_uint_eq(s.heads, 1);
	ck_assert_uint_eq(s.owed_len, 0);
}
END_TEST

START_TEST(limits_are_exact)
{
	static char big[2 * SCREEN_HEAD_MAX];
	struct screen s;
	size_t fields, i, len;

	for (len = SCREEN_HEAD_MAX; len <= SCREEN_HEAD_MAX + 1; len++) {
		memset(&s, 0, sizeof(s));
		memset(big, 'a', sizeof(big));
		memcpy(big, "GET / HTTP/1.0\r\nX: ", 19);
		memcpy(big + len - 4, "\r\n\r\n", 4);
		screen_filter(&s, big, len, sizeof(big));
		ck_assert_int_eq(s.verdict,
				 len == SCREEN_HEAD_MAX ? SCREEN_OK : SCREEN_HEAD_TOO_LARGE);
	}
	for (fields = SCREEN_FIELDS_MAX; fields <= SCREEN_FIELDS_MAX + 1; fields++) {
		memset(&s, 0, sizeof(s));
		len = (size_t)snprintf(big, sizeof(big), "GET / HTTP/1.0\n");
		for (i = 0; i < fields; i++)
			len += (size_t)snprintf(big + len, sizeof(big) - len, "X:\n");
		big[len++] = '\n';
		screen_filter(&s, big, len, sizeof(big));
		ck_assert_int_eq(s.verdict,
				 fields == SCREEN_FIELDS_MAX ? SCREEN_OK : SCREEN_HEAD_TOO_LARGE);
	}
}
END_TEST

START_TEST(empty_lines_before_a_head_are_counted)
{
	static const char *const ends[] = {"\n", "\r\n"};
	static const char head[] = "GET / HTTP/1.0\r\n\r\n";
	char lines[2 * (SCREEN_EMPTY_LINES_MAX + 1) + sizeof(head)];
	struct screen s;
	size_t end, i, len, n;

	for (end = 0; end < N_ELEMENTS(ends); end++)
		for (n = SCREEN_EMPTY_LINES_MAX; n <= SCREEN_EMPTY_LINES_MAX + 1; n++) {
			memset(&s, 0, sizeof(s));
			for (i = len = 0; i < n; i++)
				len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s",
							ends[end]);
			len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s", head);
			screen_filter(&s, lines, len, sizeof(lines));
			ck_assert_msg((s.verdict == SCREEN_OK) == (n == SCREEN_EMPTY_LINES_MAX),
				      "%zu times \"%s\"", n, end == 0 ? "LF" : "CR LF");
		}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_head_is_judged_alike_in_any_pieces,  a_refused_head_stays_one_in_any_pieces,
		a_good_head_passes_as_it_is,	       each_byte_has_its_places,
		nothing_after_a_refused_head_passes,   limits_are_exact,
		empty_lines_before_a_head_are_counted,
	};

	return unit_run("screen", tests, N_ELEMENTS(tests));
}
