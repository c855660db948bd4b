/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/reply.h"

#include <string.h>

#include "kit/unit.h"
#include "kit/values.h"

enum { RETRY_AFTER_S = 300 };

START_TEST(one_verdict_has_its_status_its_headers_and_its_exact_body)
{
	static const struct {
		enum dyndns_code code;
		const char *v4, *v6;
		unsigned status;
		bool challenge;
		unsigned retry_after_s;
		const char *body;
	} rows[] = {
		{DYNDNS_GOOD, "192.0.2.1", NULL, 200, false, 0, "good 192.0.2.1"},
		{DYNDNS_GOOD, NULL, "2001:DB8::1", 200, false, 0, "good 2001:db8::1"},
		{DYNDNS_GOOD, "192.0.2.1", "2001:db8::1", 200, false, 0,
		 "good 192.0.2.1,2001:db8::1"},
		{DYNDNS_NOCHG, "192.0.2.1", NULL, 200, false, 0, "nochg 192.0.2.1"},
		{DYNDNS_NOCHG, "192.0.2.1", "2001:db8::1", 200, false, 0,
		 "nochg 192.0.2.1,2001:db8::1"},
		{DYNDNS_NOCHG, NULL, NULL, 200, false, 0, "nochg"},
		{DYNDNS_BADAUTH, NULL, NULL, 401, true, 0, "badauth"},
		{DYNDNS_NOHOST, NULL, NULL, 200, false, 0, "nohost"},
		{DYNDNS_NOTFQDN, NULL, NULL, 200, false, 0, "notfqdn"},
		{DYNDNS_NUMHOST, NULL, NULL, 200, false, 0, "numhost"},
		{DYNDNS_DNSERR, NULL, NULL, 200, false, 0, "dnserr"},
		{DYNDNS_DNSERR_LATER, NULL, NULL, 503, false, RETRY_AFTER_S, "dnserr"},
		{DYNDNS_911, NULL, NULL, 503, false, RETRY_AFTER_S, "911"},
		/* Addresses belong to good and nochg only. */
		{DYNDNS_NOHOST, "192.0.2.1", NULL, 200, false, 0, "nohost"},
	};
	struct dyndns_answer a;
	struct dyndns_reply r;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(&a, 0xaa, sizeof(a));
		memset(&r, 0xaa, sizeof(r));
		dyndns_answer_one(&a, rows[i].code);
		a.lines[0].addrs = value_pair(rows[i].v4, rows[i].v6);
		dyndns_render(&a, RETRY_AFTER_S, &r);
		ck_assert_msg(r.status == rows[i].status, "row %zu: %u", i, r.status);
		ck_assert_msg(r.challenge == rows[i].challenge, "row %zu", i);
		ck_assert_msg(r.retry_after_s == rows[i].retry_after_s, "row %zu: %u", i,
			      r.retry_after_s);
		ck_assert_msg(strcmp(r.body, rows[i].body) == 0, "row %zu: %s", i, r.body);
		ck_assert_msg(r.body_len == strlen(rows[i].body), "row %zu: %zu", i, r.body_len);
	}
}
END_TEST

START_TEST(a_prefix_stands_where_there_is_no_address)
{
	static const struct {
		enum dyndns_code code;
		const char *v4, *prefix;
		const char *body;
	} rows[] = {
		{DYNDNS_GOOD, NULL, "2001:DB8:1:2::/64", "good 2001:db8:1:2::/64"},
		{DYNDNS_NOCHG, NULL, "2001:db8:1:100::/56", "nochg 2001:db8:1:100::/56"},
		{DYNDNS_GOOD, "192.0.2.1", "2001:db8:1:2::/64", "good 192.0.2.1"},
		{DYNDNS_DNSERR, NULL, "2001:db8:1:2::/64", "dnserr"},
	};
	struct dyndns_answer a;
	struct dyndns_reply r;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		dyndns_answer_one(&a, rows[i].code);
		a.lines[0].addrs = value_pair(rows[i].v4, NULL);
		ck_assert_int_eq(prefix_parse(slice_of(rows[i].prefix), &a.lines[0].prefix), 0);
		dyndns_render(&a, RETRY_AFTER_S, &r);
		ck_assert_str_eq(r.body, rows[i].body);
	}
}
END_TEST

START_TEST(several_lines_keep_their_order_and_the_worst_sets_the_status)
{
	static const struct {
		enum dyndns_code codes[4];
		size_t n;
		unsigned status;
		const char *body;
	} rows[] = {
		{{DYNDNS_GOOD, DYNDNS_NOCHG}, 2, 200, "good 192.0.2.1\nnochg 192.0.2.1"},
		{{DYNDNS_NOHOST, DYNDNS_GOOD, DYNDNS_NOTFQDN, DYNDNS_DNSERR},
		 4,
		 200,
		 "nohost\ngood 192.0.2.1\nnotfqdn\ndnserr"},
		{{DYNDNS_GOOD, DYNDNS_911}, 2, 503, "good 192.0.2.1\n911"},
		{{DYNDNS_911, DYNDNS_GOOD}, 2, 503, "911\ngood 192.0.2.1"},
		{{DYNDNS_DNSERR, DYNDNS_DNSERR_LATER, DYNDNS_NOHOST},
		 3,
		 503,
		 "dnserr\ndnserr\nnohost"},
	};
	struct dyndns_answer a;
	struct dyndns_reply r;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(&a, 0, sizeof(a));
		a.n_lines = rows[i].n;
		for (k = 0; k < rows[i].n; k++) {
			a.lines[k].code = rows[i].codes[k];
			a.lines[k].addrs = value_pair("192.0.2.1", NULL);
		}
		dyndns_render(&a, RETRY_AFTER_S, &r);
		ck_assert_msg(strcmp(r.body, rows[i].body) == 0, "row %zu: %s", i, r.body);
		ck_assert_msg(r.status == rows[i].status, "row %zu: %u", i, r.status);
		ck_assert_msg((r.retry_after_s == RETRY_AFTER_S) == (r.status == 503), "row %zu",
			      i);
		ck_assert_msg(!r.challenge, "row %zu", i);
	}
}
END_TEST

static const struct form_row {
	enum dyndns_code codes[4];
	size_t n;
	unsigned plain, as_4xx; /* statuses */
	unsigned one_as_4xx;	/* of one line, with both quirks */
	const char *one;	/* its body */
} form_rows[] = {
	{{DYNDNS_GOOD}, 1, 200, 200, 200, "good 192.0.2.1"},
	{{DYNDNS_NOCHG}, 1, 200, 200, 200, "nochg 192.0.2.1"},
	{{DYNDNS_BADAUTH}, 1, 401, 401, 401, "badauth"},
	{{DYNDNS_NOHOST}, 1, 200, 404, 404, "nohost"},
	{{DYNDNS_NOTFQDN}, 1, 200, 400, 400, "notfqdn"},
	{{DYNDNS_NUMHOST}, 1, 200, 400, 400, "numhost"},
	{{DYNDNS_DNSERR}, 1, 200, 422, 422, "dnserr"},
	{{DYNDNS_DNSERR_LATER}, 1, 503, 503, 503, "dnserr"},
	{{DYNDNS_911}, 1, 503, 503, 503, "911"},
	/* The first error sets the status of several lines; of one line, that line does. */
	{{DYNDNS_GOOD, DYNDNS_NOCHG}, 2, 200, 200, 200, "good 192.0.2.1"},
	{{DYNDNS_NOCHG, DYNDNS_GOOD}, 2, 200, 200, 200, "good 192.0.2.2"},
	{{DYNDNS_NOCHG, DYNDNS_NOCHG}, 2, 200, 200, 200, "nochg 192.0.2.1"},
	{{DYNDNS_GOOD, DYNDNS_DNSERR}, 2, 200, 422, 422, "dnserr"},
	{{DYNDNS_DNSERR, DYNDNS_NOTFQDN, DYNDNS_NOHOST}, 3, 200, 422, 404, "nohost"},
	{{DYNDNS_NOTFQDN, DYNDNS_NOHOST, DYNDNS_GOOD}, 3, 200, 400, 404, "nohost"},
	{{DYNDNS_NOHOST, DYNDNS_DNSERR}, 2, 200, 404, 404, "nohost"},
	{{DYNDNS_DNSERR, DYNDNS_NOTFQDN}, 2, 200, 422, 400, "notfqdn"},
	{{DYNDNS_NOCHG, DYNDNS_NOTFQDN, DYNDNS_GOOD}, 3, 200, 400, 400, "notfqdn"},
	/* What may succeed later beats them all, wherever it stands. */
	{{DYNDNS_NOHOST, DYNDNS_DNSERR_LATER}, 2, 503, 503, 503, "dnserr"},
	{{DYNDNS_DNSERR_LATER, DYNDNS_NOHOST}, 2, 503, 503, 503, "dnserr"},
	{{DYNDNS_DNSERR, DYNDNS_DNSERR_LATER, DYNDNS_911}, 3, 503, 503, 503, "911"},
	{{DYNDNS_911, DYNDNS_NOHOST, DYNDNS_GOOD}, 3, 503, 503, 503, "911"},
	{{DYNDNS_GOOD, DYNDNS_NOHOST, DYNDNS_NOTFQDN, DYNDNS_911}, 4, 503, 503, 503, "911"},
};

/* The addresses tell the lines apart. */
static void render_row(const struct form_row *row, bool errors_as_4xx, bool one_line,
		       struct dyndns_reply *ret)
{
	static const char *const addrs[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"};
	struct dyndns_answer a = {.form = {errors_as_4xx, one_line}, .n_lines = row->n};
	size_t i;

	for (i = 0; i < row->n; i++) {
		a.lines[i].code = row->codes[i];
		a.lines[i].addrs = value_pair(addrs[i], NULL);
	}
	dyndns_render(&a, RETRY_AFTER_S, ret);
	ck_assert((ret->retry_after_s == RETRY_AFTER_S) == (ret->status == 503));
	ck_assert(ret->challenge == (ret->status == 401));
}

START_TEST(an_account_may_want_other_statuses_or_one_line)
{
	struct dyndns_reply plain, r;
	size_t i;

	for (i = 0; i < N_ELEMENTS(form_rows); i++) {
		const struct form_row *row = &form_rows[i];

		render_row(row, false, false, &plain);
		ck_assert_msg(plain.status == row->plain, "row %zu: %u", i, plain.status);
		render_row(row, true, false, &r);
		ck_assert_msg(r.status == row->as_4xx, "row %zu: %u", i, r.status);
		ck_assert_msg(strcmp(r.body, plain.body) == 0, "row %zu: %s", i, r.body);
		render_row(row, false, true, &r);
		ck_assert_msg(r.status == row->plain, "row %zu: %u", i, r.status);
		ck_assert_msg(strcmp(r.body, row->one) == 0, "row %zu: %s", i, r.body);
		render_row(row, true, true, &r);
		ck_assert_msg(r.status == row->one_as_4xx, "row %zu: %u", i, r.status);
		ck_assert_msg(strcmp(r.body, row->one) == 0, "row %zu: %s", i, r.body);
	}
}
END_TEST

START_TEST(the_longest_answer_fits)
{
	static const char *const longest = "2001:db8:1111:2222:3333:4444:5555:6666";
	static const char line[] = "nochg 255.255.255.255,2001:db8:1111:2222:3333:4444:5555:6666";
	struct dyndns_answer a = {.n_lines = QUERY_HOSTS_MAX};
	struct dyndns_reply r;
	size_t i;

	for (i = 0; i < QUERY_HOSTS_MAX; i++) {
		a.lines[i].code = DYNDNS_NOCHG;
		a.lines[i].addrs = value_pair("255.255.255.255", longest);
	}
	dyndns_render(&a, RETRY_AFTER_S, &r);
	ck_assert_uint_eq(r.body_len, QUERY_HOSTS_MAX * sizeof(line) - 1);
	for (i = 0; i < QUERY_HOSTS_MAX; i++)
		ck_assert(memcmp(r.body + i * sizeof(line), line, sizeof(line) - 1) == 0);
	ck_assert_uint_eq(strlen(r.body), r.body_len);
	/* Clients of the nineties read into 2500 bytes, headers included; the rest of the reply
	 * is below 500. */
	ck_assert_uint_lt(r.body_len, 2000);
}
END_TEST

START_TEST(some_answers_are_only_for_who_has_logged_in)
{
	static const struct {
		enum dyndns_code codes[2];
		bool is_to_login;
	} rows[] = {
		{{DYNDNS_BADAUTH, DYNDNS_BADAUTH}, false}, {{DYNDNS_911, DYNDNS_911}, false},
		{{DYNDNS_911, DYNDNS_NOCHG}, true},	   {{DYNDNS_GOOD, DYNDNS_911}, true},
		{{DYNDNS_NOHOST, DYNDNS_NOHOST}, true},	   {{DYNDNS_NUMHOST, DYNDNS_911}, true},
		{{DYNDNS_DNSERR_LATER, DYNDNS_911}, true},
	};
	struct dyndns_answer a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		dyndns_answer_one(&a, rows[i].codes[0]);
		a.n_lines = 2;
		a.lines[1].code = rows[i].codes[1];
		ck_assert_msg(dyndns_answer_is_to_login(&a) == rows[i].is_to_login, "row %zu", i);
	}
}
END_TEST

START_TEST(every_code_has_its_word)
{
	static const char *const words[] = {
		[DYNDNS_GOOD] = "good",	      [DYNDNS_NOCHG] = "nochg",
		[DYNDNS_BADAUTH] = "badauth", [DYNDNS_NOHOST] = "nohost",
		[DYNDNS_NOTFQDN] = "notfqdn", [DYNDNS_NUMHOST] = "numhost",
		[DYNDNS_DNSERR] = "dnserr",   [DYNDNS_DNSERR_LATER] = "dnserr",
		[DYNDNS_911] = "911",
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(words); i++)
		ck_assert_str_eq(dyndns_word((enum dyndns_code)i), words[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_verdict_has_its_status_its_headers_and_its_exact_body,
		a_prefix_stands_where_there_is_no_address,
		several_lines_keep_their_order_and_the_worst_sets_the_status,
		an_account_may_want_other_statuses_or_one_line,
		the_longest_answer_fits,
		some_answers_are_only_for_who_has_logged_in,
		every_code_has_its_word,
	};

	return unit_run("reply", tests, N_ELEMENTS(tests));
}
