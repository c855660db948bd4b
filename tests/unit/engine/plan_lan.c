/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan_lan.h"

#include <stdio.h>
#include <string.h>

#include "engine/zones.h"
#include "kit/unit.h"
#include "kit/values.h"

/* Hosts a, b, c ... of which those that stand in lan are on the LAN. */
static struct account *account_of(size_t n_hosts, const char *lan)
{
	struct account *a;
	size_t i;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	for (i = 0; i < n_hosts; i++) {
		char name[] = "a.example.com";
		struct account_host *h;

		name[0] = (char)('a' + i);
		ck_assert_int_eq(account_add_host(a, slice_of(name), NULL, &h, NULL), 0);
		if (strchr(lan, name[0]) != NULL)
			h->interface_id = value_interface_id("::1");
	}
	return a;
}

START_TEST(the_only_host_is_the_one_that_is_not_on_the_lan)
{
	static const struct {
		size_t n_hosts;
		const char *lan, *query;
		unsigned quirks;
		const char *want; /* NULL: none */
	} rows[] = {
		{1, "", "", 0, "a"},
		{1, "a", "", 0, "a"},
		{2, "", "", 0, NULL},
		{2, "b", "", 0, "a"},
		{2, "a", "hostname=any", 0, "b"},
		{2, "ab", "", 0, NULL},
		{3, "bc", "", 0, "a"},
		{3, "c", "", 0, NULL},
		{0, "", "", 0, NULL},
		/* what is named is meant, unless any name will do */
		{1, "", "hostname=a.example.com", 0, NULL},
		{2, "b", "hostname=a.example.com", 0, NULL},
		{1, "", "hostname=x.example.org", ACCOUNT_ANY_HOSTNAME, "a"},
		{2, "b", "hostname=x.example.org", ACCOUNT_ANY_HOSTNAME, "a"},
		{2, "b", "hostname=x..", ACCOUNT_ANY_HOSTNAME, "a"},
		{2, "b", "hostname=b.example.com", ACCOUNT_ANY_HOSTNAME, NULL},
		{2, "", "hostname=x.example.org", ACCOUNT_ANY_HOSTNAME, NULL},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account *a = account_of(rows[i].n_hosts, rows[i].lan);
		const struct account_host *got;
		struct dyndns_query q;

		a->quirks = rows[i].quirks;
		ck_assert_int_eq(dyndns_query_parse(slice_of(rows[i].query), NULL, &q), 0);
		got = plan_only_host(a, &q);
		ck_assert_msg((got != NULL) == (rows[i].want != NULL), "row %zu", i);
		if (got != NULL)
			ck_assert_msg(got->name.text[0] == rows[i].want[0], "row %zu", i);
		account_free(a);
	}
}
END_TEST

START_TEST(an_address_of_a_prefix_is_judged_by_the_zone)
{
	static const struct {
		const char *id, *prefix;
		bool lab;
		enum plan_note note;
		const char *want; /* "": not set */
	} rows[] = {
		{"::1", "2a02:1:2:3::/64", false, PLAN_NOTE_NONE, "2a02:1:2:3::1"},
		{"::1", "2001:db8::/64", false, PLAN_NOTE_LAN_SPECIAL, "2001:db8::1"},
		{"::1", "2001:db8::/64", true, PLAN_NOTE_NONE, "2001:db8::1"},
		{"::1", "fd00::/64", true, PLAN_NOTE_NONE, "fd00::1"},
		{"::1", "::/64", true, PLAN_NOTE_LAN_SPECIAL, "::1"},
		{"::1", "ff02::/64", true, PLAN_NOTE_LAN_SPECIAL, "ff02::1"},
		{"::5:0:0:0:1", "2a02:1:2:3::/64", true, PLAN_NOTE_LAN_NO_FIT, ""},
		{"::5:0:0:0:1", "2a02:1:2::/48", false, PLAN_NOTE_NONE, "2a02:1:2:5::1"},
	};
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account_host host = {.interface_id = value_interface_id(rows[i].id)};
		struct engine_zone zone = {.allow_special_addresses = rows[i].lab};
		struct addr got = {.family = ADDR_NONE};
		struct prefix prefix = {.len = 0};

		ck_assert_int_eq(interface_prefix_parse(slice_of(rows[i].prefix), &prefix), 0);
		ck_assert_msg(plan_lan_address(&host, &zone, &prefix, &got) == rows[i].note,
			      "row %zu", i);
		ck_assert_str_eq(addr_format(&got, text), rows[i].want);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_only_host_is_the_one_that_is_not_on_the_lan,
		an_address_of_a_prefix_is_judged_by_the_zone,
	};

	return unit_run("plan_lan", tests, N_ELEMENTS(tests));
}
