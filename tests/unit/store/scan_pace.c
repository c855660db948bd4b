/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/scan_pace.h"

#include "kit/json_text.h"
#include "kit/unit.h"

static uint32_t take(struct scan_pace *p, const char *units, unsigned n_items)
{
	char text[96];
	json_t *reply;
	uint32_t ms;

	ck_assert_int_lt(
		snprintf(text, sizeof(text), "{'ConsumedCapacity':{'CapacityUnits':%s}}", units),
		(int)sizeof(text));
	reply = json_text(text);
	ms = scan_pace_take(p, reply, n_items);
	json_decref(reply);
	return ms;
}

/* Of a page of 500 items that has cost 63 units: the wait, and how many fit into a second. */
START_TEST(a_listing_takes_its_share)
{
	static const struct {
		unsigned share;
		uint64_t capacity;
		uint32_t ms;
		unsigned n_items;
	} rows[] = {
		{25, 5, 50400, 9},
		{100, 5, 12600, 39},
		{1, 1, 6300000, 1},
		{25, 1000, 252, 500},
		/* No more than one partition has, whatever the table has, or on demand. */
		{25, 3000, 84, 500},
		{25, 40000, 84, 500},
		{25, 0, 84, 500},
		{100, 0, 21, 500},
	};
	struct scan_pace p;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		scan_pace_init(&p, rows[i].share);
		ck_assert_uint_eq(p.n_items, SCAN_PAGE_ITEMS);
		scan_pace_set_capacity(&p, rows[i].capacity);
		ck_assert_msg(take(&p, "63", 500) == rows[i].ms, "row %zu", i);
		ck_assert_msg(p.n_items == rows[i].n_items, "row %zu: %u", i, p.n_items);
	}
}
END_TEST

START_TEST(a_table_that_nobody_tells_of_has_a_pace_too)
{
	struct scan_pace p;

	scan_pace_init(&p, 25);
	ck_assert_uint_eq(take(&p, "63.5", 500), 63500 * 4 / SCAN_UNKNOWN_UNITS);
}
END_TEST

/* An emulator that does not tell, and a page in which nothing was. */
START_TEST(a_page_without_a_price_costs_something)
{
	static const char *const replies[] = {"{}", "{'ConsumedCapacity':{'CapacityUnits':0}}",
					      "{'ConsumedCapacity':{'CapacityUnits':'many'}}",
					      "{'ConsumedCapacity':{'CapacityUnits':-3}}",
					      "{'ConsumedCapacity':{'CapacityUnits':4e9}}"};
	struct scan_pace p;
	json_t *reply;
	size_t i;

	for (i = 0; i < N_ELEMENTS(replies); i++) {
		reply = json_text(replies[i]);
		scan_pace_init(&p, 100);
		scan_pace_set_capacity(&p, 10);
		ck_assert_uint_eq(scan_pace_take(&p, reply, 79), 1000);
		ck_assert_uint_eq(scan_pace_take(&p, reply, 0), 100);
		json_decref(reply);
	}
}
END_TEST

START_TEST(after_a_throttle_it_is_slower_for_a_while)
{
	struct scan_pace p;
	uint32_t ms, first;
	unsigned i;

	scan_pace_init(&p, 100);
	scan_pace_set_capacity(&p, 100);
	first = take(&p, "10", 500);
	ck_assert_uint_eq(first, 100);
	for (i = 0; i < 8; i++) {
		ms = scan_pace_fail(&p, true);
		ck_assert_uint_ge(ms, i < 4 ? (500U << i) : 5000U);
		ck_assert_uint_le(ms, SCAN_WAIT_MAX_MS);
	}
	ms = take(&p, "10", 500);
	ck_assert_uint_gt(ms, 50 * first);
	/* However often it was throttled. */
	ck_assert_uint_lt(ms, 200 * first);
	for (i = 0; i < 64 && ms > first; i++)
		ms = take(&p, "10", 500);
	ck_assert_uint_eq(ms, first);
	/* The first wait is short again. */
	ck_assert_uint_le(scan_pace_fail(&p, false), SCAN_WAIT_MS);
	/* Other trouble says nothing of what the table can read. */
	ck_assert_uint_eq(take(&p, "10", 500), first);
}
END_TEST

/* All that it read was filtered, or it cost next to nothing. */
START_TEST(a_page_of_nothing_says_nothing_of_the_next_one)
{
	struct scan_pace p;

	scan_pace_init(&p, 25);
	scan_pace_set_capacity(&p, 5);
	ck_assert_uint_gt(take(&p, "63", 0), 0);
	ck_assert_uint_eq(p.n_items, SCAN_PAGE_ITEMS);
	ck_assert_uint_eq(take(&p, "0.0001", 7), 0);
	ck_assert_uint_eq(p.n_items, SCAN_PAGE_ITEMS);
}
END_TEST

START_TEST(what_describe_table_tells)
{
	static const struct {
		const char *reply;
		bool is_told;
		uint64_t units;
	} rows[] = {
		{"{'Table':{'ProvisionedThroughput':{'ReadCapacityUnits':5}}}", true, 5},
		{"{'Table':{'ProvisionedThroughput':{'ReadCapacityUnits':0}}}", true, 0},
		{"{'Table':{'ProvisionedThroughput':{'ReadCapacityUnits':0},"
		 "'OnDemandThroughput':{'MaxReadRequestUnits':70}}}",
		 true, 70},
		{"{'Table':{'OnDemandThroughput':{'MaxReadRequestUnits':-1}}}", true, 0},
		{"{'Table':{}}", true, 0},
		{"{'Table':'t-1'}", false, 0},
		{"{}", false, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		json_t *reply = json_text(rows[i].reply);
		uint64_t units = 0;

		ck_assert_msg(scan_pace_read_capacity(reply, &units) == rows[i].is_told, "row %zu",
			      i);
		ck_assert_msg(units == rows[i].units, "row %zu", i);
		json_decref(reply);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_listing_takes_its_share,
		a_table_that_nobody_tells_of_has_a_pace_too,
		a_page_without_a_price_costs_something,
		after_a_throttle_it_is_slower_for_a_while,
		a_page_of_nothing_says_nothing_of_the_next_one,
		what_describe_table_tells,
	};

	return unit_run("scan_pace", tests, N_ELEMENTS(tests));
}
