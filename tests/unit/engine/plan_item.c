/* SPDX-License-Identifier: BSD-2-Clause
 * What plan_item.c makes of a state is in the rows of tests/unit/engine/plan.c; here is what others
 * ask it by itself. */
#include "engine/plan_item.h"

#include <stdio.h>

#include "engine/family.h"
#include "engine/zones.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOW_S = 1800000000, DAY_S = 86400 };

static struct engine_zone zone;
static struct account *account;
static struct account_host *host;

/* One host that has 81.2.69.1 and 2a02::1, published a while ago. */
static void open_account(int64_t age_s)
{
	zone = (struct engine_zone){.name = value_name("dyn.example.com"),
				    .id = "Z1",
				    .ttl = 60,
				    .republish_interval_s = DAY_S};
	ck_assert_int_eq(account_new(slice_of("router"), &account, NULL), 0);
	ck_assert_int_eq(
		account_add_host(account, slice_of("home.dyn.example.com"), NULL, &host, NULL), 0);
	host->state = (struct host_state){.want = value_pair("81.2.69.1", "2a02::1"),
					  .seq = 5,
					  .pub = 5,
					  .wanted_ms = 77,
					  .since_ms = 66,
					  .time_s = NOW_S - age_s};
}

static enum plan_work make(const char *v4, const char *v6, struct plan_item *ret)
{
	struct addr_pair given = value_pair(v4, v6);

	return plan_item_make(account, host, &zone, 0, &given, NOW_S, ret);
}

START_TEST(nothing_is_to_be_done_for_what_is_there)
{
	struct plan_item item;

	open_account(100);
	ck_assert_int_eq(make("81.2.69.1", "2a02::1", &item), PLAN_WORK_NONE);
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_NONE);
	account_free(account);
	open_account(2 * DAY_S);
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_REPEAT);
	ck_assert(item.repeats && item.intend && item.seq == 6);
	ck_assert(!item.is_asked && item.wanted_ms == 77);
	account_free(account);
}
END_TEST

/* A part of the interval is left out, another one for each host: never more than a quarter. */
START_TEST(a_publication_is_old_after_its_interval)
{
	static const struct {
		int64_t age_s;
		uint32_t interval_s;
		enum plan_work want;
	} rows[] = {
		{0, DAY_S, PLAN_WORK_NONE},
		{DAY_S * 3 / 4 - 1, DAY_S, PLAN_WORK_NONE},
		{DAY_S, DAY_S, PLAN_WORK_REPEAT},
		{0, 0, PLAN_WORK_REPEAT},
		/* Somebody's clock is fast, or was. */
		{-PLAN_CLOCK_SKEW_S, DAY_S, PLAN_WORK_NONE},
		{-PLAN_CLOCK_SKEW_S - 1, DAY_S, PLAN_WORK_REPEAT},
		{-1, 0, PLAN_WORK_REPEAT},
		/* At no time. */
		{NOW_S, UINT32_MAX, PLAN_WORK_REPEAT},
		{NOW_S - 1, UINT32_MAX, PLAN_WORK_NONE},
	};
	char name[64];
	struct plan_item item;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_account(rows[i].age_s);
		zone.republish_interval_s = rows[i].interval_s;
		for (k = 0; k < 50; k++) {
			snprintf(name, sizeof(name), "h%zu.dyn.example.com", k);
			host->name = value_name(name);
			ck_assert_msg(make(NULL, "2a02::1", &item) == rows[i].want, "row %zu: %s",
				      i, name);
		}
		account_free(account);
	}
}
END_TEST

START_TEST(an_overwritten_host_is_changed_and_never_only_repeated)
{
	struct plan_item item;

	open_account(100);
	host->is_overwritten = true;
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(item.intend && item.seq == 6 && item.families == FAMILY_BOTH);
	ck_assert(!plan_once_more(account, host, &zone, 0, &item));
	host->is_overwritten = false;
	ck_assert(plan_once_more(account, host, &zone, 0, &item));
	ck_assert(item.repeats && item.seq == 6 && item.awaited == 0);
	host->state.seq = host->state.pub = 0;
	ck_assert(!plan_once_more(account, host, &zone, 0, &item));
	account_free(account);
}
END_TEST

START_TEST(a_host_that_went_backwards_is_intended_above_both)
{
	struct plan_item item;

	open_account(100);
	host->is_rolled_back = true;
	host->stored =
		(struct host_state){.want = value_pair("81.2.69.9", NULL), .seq = 2, .pub = 2};
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(item.intend && item.is_rolled_back && item.seq == 6);
	ck_assert_uint_eq(item.expect.seq, 2);
	account_free(account);
}
END_TEST

START_TEST(a_record_is_deleted_with_the_ttl_that_it_has)
{
	struct plan_item item;

	open_account(100);
	host->state.ttl = 111;
	account->ttl = 300;
	ck_assert_int_eq(make("0.0.0.0", NULL, &item), PLAN_WORK_CHANGE);
	ck_assert_uint_eq(item.ttl, 300);
	ck_assert_uint_eq(item.gone_ttl, 111);
	ck_assert_uint_eq(family_set(&item.gone), FAMILY_V4);
	account_free(account);
}
END_TEST

/* What goes: what the host has, else what it owes the deletion of. */
START_TEST(what_is_no_longer_wanted_goes)
{
	static const struct {
		const char *had, *owed, *want, *gone;
	} rows[] = {
		{"81.2.69.1", NULL, NULL, "81.2.69.1"},
		{"81.2.69.1", NULL, "81.2.69.2", NULL},
		{NULL, "81.2.69.3", NULL, "81.2.69.3"},
		{NULL, "81.2.69.3", "81.2.69.2", NULL},
		{NULL, NULL, NULL, NULL},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct host_state s = {.want = value_pair(rows[i].had, NULL),
					     .gone = value_pair(rows[i].owed, NULL),
					     .seq = 5,
					     .pub = 4};
		const struct addr_pair want = value_pair(rows[i].want, NULL);
		const struct addr_pair gone = value_pair(rows[i].gone, NULL);
		const struct addr_pair is_gone = plan_gone(&s, NULL, &want);

		ck_assert_msg(addr_pair_equal(&is_gone, &gone), "row %zu", i);
	}
}
END_TEST

START_TEST(a_change_leaves_the_other_family_as_it_is)
{
	struct plan_item item;
	struct addr_pair want = value_pair("81.2.69.1", "2a02::2");

	open_account(100);
	ck_assert_int_eq(make(NULL, "2a02::2", &item), PLAN_WORK_CHANGE);
	ck_assert(addr_pair_equal(&item.want, &want));
	ck_assert_uint_eq(item.families, FAMILY_V6);
	ck_assert_uint_eq(item.awaited, FAMILY_V6);
	ck_assert_uint_eq(item.expect.seq, 5);
	ck_assert_uint_eq(item.owed_from, 0);
	ck_assert(item.is_asked);
	account_free(account);
}
END_TEST

START_TEST(what_is_owed_is_published_again_and_taken_over_with_a_higher_seq)
{
	struct plan_item item;

	open_account(100);
	host->state.pub = 3;
	ck_assert_uint_eq(plan_owed_from(&host->state), 4);
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(!item.intend && item.seq == 5 && item.owed_from == 4 && item.is_asked);
	plan_take_over(&item);
	ck_assert(item.intend && item.seq == 6);
	account_free(account);
}
END_TEST

/* The same change, whoever publishes it, unless something came in between. */
START_TEST(what_is_owed_is_asked_for_again)
{
	struct plan_item item;

	open_account(100);
	host->state.pub = 3;
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(item.is_asked && item.is_asked_again && item.wanted_ms == 77);
	ck_assert_int_eq(item.since_ms, 66);
	ck_assert_int_eq(make("81.2.69.2", "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(item.is_asked && !item.is_asked_again);
	host->is_overwritten = true;
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(item.is_asked && !item.is_asked_again);
	host->is_overwritten = false;
	host->is_rolled_back = true;
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(item.is_asked && !item.is_asked_again);
	account_free(account);
}
END_TEST

/* Whoever publishes it once more does not ask for it. */
START_TEST(what_is_known_better_keeps_its_moment_unless_an_update_asks_for_it)
{
	struct plan_item item;

	open_account(100);
	host->is_rolled_back = true;
	ck_assert(plan_once_more(account, host, &zone, 0, &item));
	ck_assert(!item.is_asked && item.wanted_ms == 77);
	ck_assert_int_eq(make(NULL, "2a02::1", &item), PLAN_WORK_CHANGE);
	ck_assert(item.is_asked && item.wanted_ms == 77);
	account_free(account);
}
END_TEST

START_TEST(a_ttl_is_the_accounts_or_the_zones)
{
	open_account(100);
	ck_assert_uint_eq(plan_ttl(account, &zone), 60);
	account->ttl = 300;
	ck_assert_uint_eq(plan_ttl(account, &zone), 300);
	account_free(account);
}
END_TEST

START_TEST(another_zone_is_one_whose_id_is_known)
{
	struct host_state s = {.zone = ""};

	open_account(100);
	ck_assert(!plan_is_elsewhere(&s, &zone));
	str_copy(s.zone, sizeof(s.zone), slice_of("Z1"));
	ck_assert(!plan_is_elsewhere(&s, &zone));
	str_copy(s.zone, sizeof(s.zone), slice_of("Z2"));
	ck_assert(plan_is_elsewhere(&s, &zone));
	zone.id[0] = '\0';
	ck_assert(!plan_is_elsewhere(&s, &zone));
	account_free(account);
}
END_TEST

START_TEST(what_the_store_has_is_published_as_it_is)
{
	struct plan_item item;

	open_account(100);
	host->state.seq = 7;
	host->state.ttl = 30;
	plan_as_stored(account, &zone, 2, &host->name, &host->state, &item);
	ck_assert(fqdn_equal(&item.name, &host->name) && item.zone == 2);
	ck_assert(item.ttl == 60 && item.gone_ttl == 30);
	ck_assert(addr_pair_equal(&item.want, &host->state.want));
	ck_assert(item.seq == 7 && item.expect.seq == 7 && item.owed_from == 6);
	ck_assert_int_eq(item.time_s, NOW_S - 100);
	ck_assert_uint_eq(item.families, FAMILY_BOTH);
	ck_assert(!item.intend && !item.repeats && item.awaited == 0);
	/* What is to be deleted goes along, while it is owed. */
	host->state.gone.v6 = host->state.want.v6;
	host->state.want.v6 = (struct addr){0};
	plan_as_stored(account, &zone, 2, &host->name, &host->state, &item);
	ck_assert_uint_eq(item.families, FAMILY_BOTH);
	ck_assert(addr_equal(&item.gone.v6, &host->state.gone.v6));
	host->state.pub = 7;
	plan_as_stored(account, &zone, 2, &host->name, &host->state, &item);
	ck_assert(item.families == FAMILY_V4 && item.owed_from == 0);
	account_free(account);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_is_to_be_done_for_what_is_there,
		a_publication_is_old_after_its_interval,
		an_overwritten_host_is_changed_and_never_only_repeated,
		a_host_that_went_backwards_is_intended_above_both,
		a_record_is_deleted_with_the_ttl_that_it_has,
		what_is_no_longer_wanted_goes,
		a_change_leaves_the_other_family_as_it_is,
		what_is_owed_is_published_again_and_taken_over_with_a_higher_seq,
		what_is_owed_is_asked_for_again,
		what_is_known_better_keeps_its_moment_unless_an_update_asks_for_it,
		a_ttl_is_the_accounts_or_the_zones,
		another_zone_is_one_whose_id_is_known,
		what_the_store_has_is_published_as_it_is,
	};

	return unit_run("plan_item", tests, N_ELEMENTS(tests));
}
