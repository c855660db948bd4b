/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/notify_retry.h"

#include "base/err.h"

int64_t notify_retry_at(int err, unsigned attempts, int64_t made_s, int64_t now_s, unsigned wait_s,
			uint32_t chance)
{
	int64_t pause_s = NOTIFY_RETRY_BASE_S;
	unsigned n;

	/* A clock that was set back makes a notice younger, not immortal: the cap bounds the pause.
	 */
	if (err == ERR_REFUSED ||
	    (attempts >= NOTIFY_ATTEMPTS_MIN && now_s - made_s >= NOTIFY_GIVE_UP_S))
		return -1;
	for (n = 1; n < attempts && pause_s < NOTIFY_RETRY_CAP_S; n++)
		pause_s *= 2;
	if (pause_s > NOTIFY_RETRY_CAP_S)
		pause_s = NOTIFY_RETRY_CAP_S;
	pause_s -= (int64_t)(((uint64_t)(pause_s / 2 + 1) * chance) >> 32);
	if (wait_s > pause_s)
		pause_s = wait_s < NOTIFY_RETRY_CAP_S ? wait_s : NOTIFY_RETRY_CAP_S;
	return now_s + pause_s;
}
