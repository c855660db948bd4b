/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan_addrs.h"

#include <stdio.h>
#include <string.h>

#include "engine/zones.h"
#include "kit/unit.h"
#include "kit/values.h"

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
		an_address_of_a_prefix_is_judged_by_the_zone,
	};

	return unit_run("plan_addrs", tests, N_ELEMENTS(tests));
}
