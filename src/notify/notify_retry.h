/* SPDX-License-Identifier: BSD-2-Clause
 * When a notice that was not delivered is tried again, and when it is given up. Pure: time and
 * chance are arguments. */
#ifndef MOORING_NOTIFY_NOTIFY_RETRY_H
#define MOORING_NOTIFY_NOTIFY_RETRY_H

#include <stdint.h>

enum {
	NOTIFY_RETRY_BASE_S = 5, /* doubled each time */
	NOTIFY_RETRY_CAP_S = 60 * 60,
	NOTIFY_GIVE_UP_S = 3 * 24 * 60 * 60, /* after it was made */
	/* Nor before so many attempts, which take most of an hour: that time may have gone by while
	 * nobody tried, with the daemon down, or by a clock that was years behind at the start. */
	NOTIFY_ATTEMPTS_MIN = 10,
};

/* The time of the next attempt after so many (1 at least), of which the last one ended at now_s
 * with err; -1: there is none. wait_s is what the target asked for, 0: nothing. chance, of 2^32,
 * moves it within the latter half of its time, so that those that failed together do not come back
 * together. */
int64_t notify_retry_at(int err, unsigned attempts, int64_t made_s, int64_t now_s, unsigned wait_s,
			uint32_t chance);

#endif
