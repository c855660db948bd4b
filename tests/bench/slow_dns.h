/* SPDX-License-Identifier: BSD-2-Clause
 * A DNS backend that accepts everything, after a moment or when it is let. Core thread. */
#ifndef MOORING_TESTS_BENCH_SLOW_DNS_H
#define MOORING_TESTS_BENCH_SLOW_DNS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "dns/dns.h"

/* What a call of ChangeResourceRecordSets may hold. */
enum { SLOW_DNS_CHANGES = 410 };

struct slow_dns {
	struct dns dns;
	uv_timer_t timer;
	uint64_t latency_ms; /* of a batch */
	bool is_holding;     /* answers no batch until slow_dns_release() */
	dns_done_fn *done;
	void *arg;
};

void slow_dns_open(struct slow_dns *d, uv_loop_t *loop, uint64_t latency_ms, bool is_holding);
/* The batch that is held, if any, and all that come: after the latency from now on. */
void slow_dns_release(struct slow_dns *d);
/* No batch is under way. */
void slow_dns_close(struct slow_dns *d);

#endif
