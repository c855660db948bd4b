/* SPDX-License-Identifier: BSD-2-Clause
 * What the name servers of a zone say, compared with the zone. */
#include "ctl/delegation.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

static struct names names_of(const char *text)
{
	struct names names = {.n = 0};
	struct slice rest = slice_of(text), head;

	while (rest.len > 0) {
		slice_cut(rest, ' ', &head, &rest);
		ck_assert_int_eq(fqdn_parse(head, &names.at[names.n++]), 0);
	}
	return names;
}

static const struct {
	const char *wanted;
	const char *found;
	int err;
	unsigned rcode;
	enum report_result want;
	const char *want_text;
} delegation_rows[] = {
	{"a.x b.x", "b.x a.x", 0, DNS_RCODE_OK, REPORT_OK, "delegated to b.x, a.x"},
	{"a.x b.x", "a.x", 0, DNS_RCODE_OK, REPORT_WARN, "delegated to a.x; missing: b.x"},
	{"a.x", "a.x c.x", 0, DNS_RCODE_OK, REPORT_WARN,
	 "delegated to a.x, c.x; not the zone's: c.x"},
	{"a.x b.x", "a.x c.x", 0, DNS_RCODE_OK, REPORT_WARN,
	 "delegated to a.x, c.x; missing: b.x; not the zone's: c.x"},
	{"a.x b.x", "c.x", 0, DNS_RCODE_OK, REPORT_FAIL,
	 "delegated to c.x, none of which is the zone's: a.x, b.x"},
	{"", "c.x", 0, DNS_RCODE_OK, REPORT_WARN,
	 "delegated to c.x; whether these are the zone's is not known"},
	{"a.x b.x", "", 0, DNS_RCODE_OK, REPORT_FAIL,
	 "not delegated: nobody names its name servers; the parent zone needs NS records for it: "
	 "a.x, b.x"},
	{"", "", 0, DNS_RCODE_NXDOMAIN, REPORT_FAIL,
	 "not delegated: nobody names its name servers"},
	{"a.x", "", 0, DNS_RCODE_SERVFAIL, REPORT_FAIL,
	 "a resolver answers SERVFAIL: most likely the parent zone names servers that do not serve "
	 "it; the parent zone needs NS records for it: a.x"},
	{"a.x", "", ERR_TIMEOUT, 0, REPORT_WARN, "not known: no resolver answers (no reply)"},
};

static const char lab[] = " (no failure: allow-special-addresses makes it a lab)";

START_TEST(a_delegation_is_compared_with_the_zone)
{
	char want[1024];
	size_t i;
	int is_lab;

	for (i = 0; i < 2 * N_ELEMENTS(delegation_rows); i++) {
		size_t row = i / 2;
		struct names wanted = names_of(delegation_rows[row].wanted);
		struct names found = names_of(delegation_rows[row].found);
		struct delegation d = {.wanted = &wanted,
				       .found = &found,
				       .err = delegation_rows[row].err,
				       .why = "no reply",
				       .rcode = delegation_rows[row].rcode};
		enum report_result want_result = delegation_rows[row].want, result;
		struct buf detail;

		is_lab = i % 2 == 1 && want_result == REPORT_FAIL;
		d.is_lab = i % 2 == 1;
		snprintf(want, sizeof(want), "%s%s", delegation_rows[row].want_text,
			 is_lab ? lab : "");
		buf_init(&detail, REPORT_DETAIL_MAX);
		result = delegation_judge(&d, &detail);
		ck_assert_msg(result == (is_lab ? REPORT_WARN : want_result) &&
				      strcmp(buf_str(&detail), want) == 0,
			      "row %zu: %d %s", row, (int)result, buf_str(&detail));
		buf_fini(&detail);
	}
}
END_TEST

static const struct {
	unsigned n[SERVER_GOOD + 1]; /* unknown, silent, lame, good */
	bool is_lab;
	bool is_builtin;
	enum report_result want;
	const char *want_text;
} server_rows[] = {
	{{0, 0, 0, 4}, false, false, REPORT_OK, "4 of 4 answer with authority"},
	{{0, 1, 0, 3}, false, false, REPORT_WARN, "3 of 4 answer with authority; bad"},
	{{0, 0, 1, 3}, false, false, REPORT_WARN, "3 of 4 answer with authority; bad"},
	{{1, 0, 0, 1}, false, true, REPORT_WARN, "1 of 2 answer with authority; bad"},
	{{0, 0, 4, 0}, false, false, REPORT_FAIL, "0 of 4 answer with authority; bad"},
	{{0, 3, 1, 0}, false, false, REPORT_FAIL, "0 of 4 answer with authority; bad"},
	{{4, 0, 0, 0}, false, false, REPORT_FAIL, "0 of 4 answer with authority; bad"},
	{{0, 4, 0, 0},
	 false,
	 false,
	 REPORT_WARN,
	 "0 of 4 answer with authority; bad; a firewall may block port 53 from here"},
	{{0, 1, 0, 0},
	 false,
	 true,
	 REPORT_FAIL,
	 "0 of 1 answer with authority; bad; is mooringd running, and port 53 open?"},
	{{0, 1, 0, 0},
	 true,
	 true,
	 REPORT_WARN,
	 "0 of 1 answer with authority; bad; is mooringd running, and port 53 open?"},
	{{0, 0, 4, 0}, true, false, REPORT_WARN, "0 of 4 answer with authority; bad"},
};

START_TEST(name_servers_are_counted)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(server_rows); i++) {
		struct servers s = {.first_bad = "bad",
				    .is_lab = server_rows[i].is_lab,
				    .is_builtin = server_rows[i].is_builtin};
		enum report_result result;
		struct buf detail;

		memcpy(s.n, server_rows[i].n, sizeof(s.n));
		buf_init(&detail, REPORT_DETAIL_MAX);
		result = servers_judge(&s, &detail);
		ck_assert_msg(result == server_rows[i].want &&
				      strcmp(buf_str(&detail), server_rows[i].want_text) == 0,
			      "row %zu: %d %s", i, (int)result, buf_str(&detail));
		buf_fini(&detail);
	}
}
END_TEST

START_TEST(authority_is_a_soa_with_its_flag)
{
	struct dns_reply good = {.is_authoritative = true, .has_soa = true}, r;

	ck_assert_int_eq(server_judge(&good), SERVER_GOOD);
	r = good;
	r.is_authoritative = false;
	ck_assert_int_eq(server_judge(&r), SERVER_LAME);
	r = good;
	r.has_soa = false;
	ck_assert_int_eq(server_judge(&r), SERVER_LAME);
	r = good;
	r.rcode = DNS_RCODE_REFUSED;
	ck_assert_int_eq(server_judge(&r), SERVER_LAME);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_delegation_is_compared_with_the_zone,
		name_servers_are_counted,
		authority_is_a_soa_with_its_flag,
	};

	return unit_run("delegation", tests, N_ELEMENTS(tests));
}
