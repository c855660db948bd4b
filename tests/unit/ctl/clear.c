/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/clear.h"

#include "kit/unit.h"
#include "kit/values.h"

#define V4 "192.0.2.1"
#define V6 "2001:db8::1"

START_TEST(an_intent_says_what_is_cleared_and_what_is_still_owed)
{
	static const struct {
		const char *v4, *v6, *gone4, *gone6; /* the host's */
		bool is_owed, clears4, clears6;
		const char *want4, *want6, *lost4, *lost6; /* the intent's */
		bool want;
	} rows[] = {
		{V4, V6, NULL, NULL, false, true, true, NULL, NULL, V4, V6, true},
		{V4, V6, NULL, NULL, false, true, false, NULL, V6, V4, NULL, true},
		{V4, V6, NULL, NULL, false, false, true, V4, NULL, NULL, V6, true},
		{V4, NULL, NULL, NULL, false, true, true, NULL, NULL, V4, NULL, true},
		/* There is nothing, or nothing of that family. */
		{NULL, NULL, NULL, NULL, false, true, true, NULL, NULL, NULL, NULL, false},
		{V4, NULL, NULL, NULL, false, false, true, NULL, NULL, NULL, NULL, false},
		/* Somebody owes a deletion: it goes along, and is done by us if it is meant. */
		{V4, NULL, NULL, V6, true, true, false, NULL, NULL, V4, V6, true},
		{V4, NULL, NULL, V6, true, false, true, V4, NULL, NULL, V6, true},
		{NULL, V6, V4, NULL, true, false, true, NULL, NULL, V4, V6, true},
		/* It was done; an earlier version has left the word behind. */
		{V4, NULL, NULL, V6, false, false, true, NULL, NULL, NULL, NULL, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account_host host = {.name = value_name("home.example.com")};
		struct store_intent intent = {.seq = 7};
		struct addr_pair want = value_pair(rows[i].want4, rows[i].want6);
		struct addr_pair gone = value_pair(rows[i].lost4, rows[i].lost6);

		host.state.want = value_pair(rows[i].v4, rows[i].v6);
		host.state.gone = value_pair(rows[i].gone4, rows[i].gone6);
		host.state.seq = 5;
		host.state.pub = rows[i].is_owed ? 4 : 5;
		ck_assert_msg(clear_make_intent(&host, rows[i].clears4, rows[i].clears6, &intent) ==
				      rows[i].want,
			      "row %zu", i);
		if (!rows[i].want) {
			ck_assert_uint_eq(intent.seq, 7);
			continue;
		}
		ck_assert_msg(addr_pair_equal(&intent.want, &want), "row %zu", i);
		ck_assert_msg(addr_pair_equal(&intent.gone, &gone), "row %zu", i);
		ck_assert_uint_eq(intent.expect.seq, 5);
		ck_assert_uint_eq(intent.seq, 0);
		ck_assert(fqdn_equal(&intent.name, &host.name));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_intent_says_what_is_cleared_and_what_is_still_owed};

	return unit_run("clear", tests, N_ELEMENTS(tests));
}
