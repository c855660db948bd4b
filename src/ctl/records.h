/* SPDX-License-Identifier: BSD-2-Clause
 * Taking the records of a removed host out of its zone. */
#ifndef MOORING_CTL_RECORDS_H
#define MOORING_CTL_RECORDS_H

#include "account/account.h"
#include "ctl/session.h"

/* Deletes the A and AAAA record sets that host's state says are published, at ttl (0: the zone's
 * default). A builtin zone needs nothing: the running daemon sees that the store changed. On
 * failure the sentence in ei names the records that are left. */
int records_delete(struct session *s, const struct account_host *host, uint32_t ttl,
		   struct errinfo *ei);

#endif
