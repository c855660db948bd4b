/* SPDX-License-Identifier: BSD-2-Clause
 * A flood becomes one sentence. */
#include "notify/digest.h"

#include "kit/unit.h"

START_TEST(so_many_in_a_minute_and_the_rest_is_counted)
{
	struct digest d = {0};
	struct event e = {.kind = EVENT_DIGEST};
	int i;

	for (i = 0; i < 3; i++)
		ck_assert(digest_takes(&d, 3, CONF_EVENT_ADDRESS_CHANGED, 1000 + i));
	for (i = 0; i < 997; i++)
		ck_assert(!digest_takes(&d, 3, CONF_EVENT_ADDRESS_CHANGED, 2000 + i));
	ck_assert(!digest_takes(&d, 3, CONF_EVENT_NAME_REFUSED, 5000));
	ck_assert(!digest_is_due(&d, 60999));
	ck_assert(digest_is_due(&d, 61000));
	digest_tell(&d, &e);
	ck_assert_str_eq(e.text, "998 more in a minute than are told: 997 address-changed, "
				 "1 name-refused");
	ck_assert(!digest_is_due(&d, 99999));
	ck_assert(digest_takes(&d, 3, CONF_EVENT_ADDRESS_CHANGED, 61000));
}
END_TEST

START_TEST(what_was_not_made_leaves_its_place)
{
	struct digest d = {0};
	int i;

	for (i = 0; i < 20; i++) {
		ck_assert(digest_takes(&d, 1, CONF_EVENT_ADDRESS_CHANGED, 1000 + i));
		digest_give_back(&d, CONF_EVENT_ADDRESS_CHANGED, 1000 + i);
	}
	ck_assert(digest_takes(&d, 1, CONF_EVENT_ADDRESS_CHANGED, 60999));
	/* That of another minute, or apart, is none of this one. */
	ck_assert(digest_takes(&d, 1, CONF_EVENT_ADDRESS_CHANGED, 61000));
	digest_give_back(&d, CONF_EVENT_ADDRESS_CHANGED, 60999);
	digest_give_back(&d, CONF_EVENT_LOGINS_REFUSED, 61000);
	ck_assert(!digest_takes(&d, 1, CONF_EVENT_ADDRESS_CHANGED, 61001));
}
END_TEST

START_TEST(without_a_flood_there_is_no_digest)
{
	struct digest d = {0};
	int64_t at_ms;

	for (at_ms = 0; at_ms < 600000; at_ms += 20000)
		ck_assert(digest_takes(&d, 3, CONF_EVENT_ADDRESS_CHANGED, at_ms));
	ck_assert(!digest_is_due(&d, at_ms));
}
END_TEST

START_TEST(what_strangers_cause_takes_nothing_from_the_others)
{
	struct digest d = {0};
	struct event e = {.kind = EVENT_DIGEST};
	unsigned n = 0;
	int i;

	for (i = 0; i < 30; i++)
		n += digest_takes(&d, 10, CONF_EVENT_LOGINS_REFUSED, 1000);
	ck_assert_uint_eq(n, DIGEST_APART);
	for (i = 0; i < 10; i++)
		ck_assert(digest_takes(&d, 10, CONF_EVENT_ADDRESS_CHANGED, 2000));
	ck_assert(!digest_takes(&d, 10, CONF_EVENT_ADDRESS_CHANGED, 2000));
	digest_tell(&d, &e);
	ck_assert_str_eq(e.text, "28 more in a minute than are told: 1 address-changed, "
				 "27 logins-refused");
	/* Nor does the digest about them. */
	ck_assert(digest_takes(&d, 1, EVENT_DIGEST, 61000));
	ck_assert(digest_takes(&d, 1, CONF_EVENT_ADDRESS_CHANGED, 61000));
	ck_assert(!digest_takes(&d, 1, CONF_EVENT_LOGINS_REFUSED, 61000));
}
END_TEST

START_TEST(where_nothing_may_be_made_all_is_counted)
{
	struct digest d = {0};

	ck_assert(!digest_takes(&d, 0, CONF_EVENT_RESTARTED, 5));
	ck_assert(digest_is_due(&d, 5 + DIGEST_WINDOW_MS));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		so_many_in_a_minute_and_the_rest_is_counted,
		what_was_not_made_leaves_its_place,
		without_a_flood_there_is_no_digest,
		what_strangers_cause_takes_nothing_from_the_others,
		where_nothing_may_be_made_all_is_counted,
	};

	return unit_run("digest", tests, N_ELEMENTS(tests));
}
