/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/decay.h"

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { NOW = 1000, MAX = 600, SETS = 4 };

static struct decay *table;
static int64_t evicted;

static void open_table(void)
{
	ck_assert_int_eq(decay_new((size_t)SETS * DECAY_WAYS, METRIC_PENALTIES_EVICTED, &table), 0);
	evicted = metric_get(METRIC_PENALTIES_EVICTED);
}

static int64_t n_evicted(void)
{
	return metric_get(METRIC_PENALTIES_EVICTED) - evicted;
}

START_TEST(scores_add_up_to_the_maximum_and_run_down)
{
	static const struct {
		int64_t at_ms, by_ms, left_ms;
	} steps[] = {
		{0, 0, 0},	   {0, 100, 100}, {0, 100, 200}, {50, 0, 150}, {50, 1000, MAX},
		{60, 0, MAX - 10}, {649, 0, 1},	  {650, 0, 0},	 {5000, 0, 0}, {5000, 7, 7},
	};
	size_t i;

	open_table();
	for (i = 0; i < N_ELEMENTS(steps); i++) {
		if (steps[i].by_ms > 0)
			decay_add(table, 42, steps[i].by_ms, MAX, NOW + steps[i].at_ms);
		ck_assert_msg(decay_left_ms(table, 42, NOW + steps[i].at_ms) == steps[i].left_ms,
			      "step %zu", i);
		ck_assert_int_eq(decay_left_ms(table, 43, NOW + steps[i].at_ms), 0);
	}
	decay_free(table);
}
END_TEST

START_TEST(in_a_full_set_the_least_score_makes_room)
{
	const uint64_t first = 8; /* the keys of one set */
	uint64_t i;

	open_table();
	for (i = 0; i < DECAY_WAYS; i++)
		decay_add(table, first + i * SETS, 100 - (int64_t)i, MAX, NOW);
	ck_assert_int_eq(n_evicted(), 0);
	decay_add(table, first + i * SETS, 1, MAX, NOW);
	ck_assert_int_eq(n_evicted(), 1);
	ck_assert_int_eq(decay_left_ms(table, first + (i - 1) * SETS, NOW), 0);
	ck_assert_int_eq(decay_left_ms(table, first + i * SETS, NOW), 1);
	/* One that has run down is none that is pushed out. */
	decay_add(table, first + (i + 1) * SETS, 50, MAX, NOW + 1);
	ck_assert_int_eq(n_evicted(), 1);
	for (i = 0; i + 1 < DECAY_WAYS; i++)
		ck_assert_int_eq(decay_left_ms(table, first + i * SETS, NOW), 100 - (int64_t)i);
	/* Other sets have their own room. */
	decay_add(table, first + 1, 1, MAX, NOW);
	ck_assert_int_eq(n_evicted(), 1);
	decay_free(table);
}
END_TEST

START_TEST(without_memory_there_is_no_table)
{
	int err;

	table = NULL;
	fake_malloc_fail_at(1);
	err = decay_new(DECAY_WAYS, METRIC_PENALTIES_EVICTED, &table);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(table);
	decay_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		scores_add_up_to_the_maximum_and_run_down,
		in_a_full_set_the_least_score_makes_room,
		without_memory_there_is_no_table,
	};

	return unit_run("decay", tests, N_ELEMENTS(tests));
}
