/* SPDX-License-Identifier: BSD-2-Clause
 * Response rate limiting: how many UDP answers a client network may cause. So a query with a forged
 * source address cannot flood the owner of that address. Pure; core thread. */
#ifndef MOORING_DNS_RRL_H
#define MOORING_DNS_RRL_H

#include <stdint.h>

#include "net/addr.h"

struct rrl;

enum rrl_verdict {
	RRL_ANSWER,
	RRL_SLIP, /* a truncated answer: a real client comes back over TCP, a victim gets no more
		     bytes than were sent in its name */
	RRL_DROP,
};

/* Networks are /24 and /56. rate 0: no limit. seed is random per process. ERR_NOMEM. */
int rrl_new(unsigned answers_per_second, uint64_t seed, struct rrl **ret);
/* NULL is fine. */
void rrl_free(struct rrl *r);

/* Takes a token of client's network; over the limit every second one slips. now_ms is monotonic. */
enum rrl_verdict rrl_check(struct rrl *r, const struct addr *client, int64_t now_ms);

#endif
