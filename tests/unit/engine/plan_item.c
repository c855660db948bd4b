/* SPDX-License-Identifier: BSD-2-Clause
 * What plan_item.c makes of a state is in the rows of tests/unit/engine/plan.c; here is what others
 * ask it by itself. */
#include "engine/plan_item.h"

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
		a_change_leaves_the_other_family_as_it_is,
		what_is_owed_is_published_again_and_taken_over_with_a_higher_seq,
		what_is_known_better_keeps_its_moment_unless_an_update_asks_for_it,
		a_ttl_is_the_accounts_or_the_zones,
		another_zone_is_one_whose_id_is_known,
		what_the_store_has_is_published_as_it_is,
	};

	return unit_run("plan_item", tests, N_ELEMENTS(tests));
}
