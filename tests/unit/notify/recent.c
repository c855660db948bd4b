/* SPDX-License-Identifier: BSD-2-Clause
 * What was told a while ago. */
#include "notify/recent.h"

#include <stdio.h>

#include "kit/unit.h"

START_TEST(the_same_is_taken_again_after_its_time)
{
	static struct recent r;

	ck_assert(recent_takes(&r, "a", 1000, 500));
	ck_assert(!recent_takes(&r, "a", 1499, 500));
	ck_assert(recent_takes(&r, "b", 1499, 500));
	ck_assert(recent_takes(&r, "a", 1500, 500));
	ck_assert(!recent_takes(&r, "a", 1501, 500));
}
END_TEST

START_TEST(the_oldest_makes_room)
{
	static struct recent r;
	char id[16];
	unsigned i;

	for (i = 0; i <= RECENT_MAX; i++) {
		snprintf(id, sizeof(id), "id%u", i);
		ck_assert(recent_takes(&r, id, 1, 1000));
	}
	ck_assert(!recent_takes(&r, "id1", 1, 1000));
	ck_assert(recent_takes(&r, "id0", 1, 1000));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_same_is_taken_again_after_its_time,
		the_oldest_makes_room,
	};

	return unit_run("recent", tests, N_ELEMENTS(tests));
}
