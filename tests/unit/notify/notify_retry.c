/* SPDX-License-Identifier: BSD-2-Clause
 * When a notice is tried again. */
#include "notify/notify_retry.h"

#include "base/err.h"
#include "kit/unit.h"

enum { NOW_S = 1800000000, DAY_S = 86400 };

START_TEST(each_pause_is_twice_as_long_until_an_hour)
{
	static const struct {
		int err;
		unsigned attempts;
		int64_t age_s;
		unsigned wait_s;
		uint32_t chance;
		int64_t pause_s; /* -1: it is given up */
	} rows[] = {
		{ERR_UNAVAILABLE, 1, 0, 0, 0, 5},
		{ERR_UNAVAILABLE, 1, 0, 0, UINT32_MAX, 3},
		{ERR_TIMEOUT, 2, 10, 0, 0, 10},
		{ERR_TIMEOUT, 3, 10, 0, 0, 20},
		{ERR_TIMEOUT, 10, 10, 0, 0, 2560},
		{ERR_TIMEOUT, 11, 10, 0, 0, 3600},
		{ERR_TIMEOUT, 11, 10, 0, UINT32_MAX, 1800},
		{ERR_TIMEOUT, 4000000000u, 10, 0, 0, 3600},
		{ERR_THROTTLED, 1, 0, 120, 0, 120},
		{ERR_THROTTLED, 11, 0, 120, 0, 3600},
		{ERR_THROTTLED, 1, 0, 99999, 0, 3600},
		{ERR_UNAVAILABLE, 40, 3 * DAY_S - 1, 0, 0, 3600},
		{ERR_UNAVAILABLE, 40, 3 * DAY_S, 0, 0, -1},
		{ERR_UNAVAILABLE, 10, 3 * DAY_S, 0, 0, -1},
		{ERR_UNAVAILABLE, 9, 1000 * DAY_S, 0, 0, 1280},
		{ERR_REFUSED, 1, 0, 0, 0, -1},
		/* The clock was set back. */
		{ERR_UNAVAILABLE, 1, -DAY_S, 0, 0, 5},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		int64_t at = notify_retry_at(rows[i].err, rows[i].attempts, NOW_S - rows[i].age_s,
					     NOW_S, rows[i].wait_s, rows[i].chance);
		int64_t want = rows[i].pause_s < 0 ? -1 : NOW_S + rows[i].pause_s;

		ck_assert_msg(at == want, "row %zu: %d", i, (int)(at - NOW_S));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_pause_is_twice_as_long_until_an_hour,
	};

	return unit_run("notify_retry", tests, N_ELEMENTS(tests));
}
