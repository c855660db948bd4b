/* SPDX-License-Identifier: BSD-2-Clause
 * What the programs of script/bench share. */
#ifndef MOORING_TESTS_BENCH_KIT_H
#define MOORING_TESTS_BENCH_KIT_H

#include <stddef.h>
#include <stdint.h>

/* A measurement that goes otherwise than planned has no result: says why, ends with status 1. */
_Noreturn void die(const char *what);
/* memory, unless there is none. */
void *need(void *memory);
/* A decimal argument within bounds. */
unsigned number(const char *text, unsigned long min, unsigned long max);
uint64_t now_ns(void); /* monotonic */

/* Times that answers took; no more than there is room for are kept. */
struct latencies {
	size_t n, max;
	uint32_t *us;
};

void latencies_open(struct latencies *l, size_t max);
void latencies_add(struct latencies *l, uint64_t asked_ns);
/* Of those kept, the one that so many percent took no longer than; sorts them. */
uint32_t latencies_us(struct latencies *l, unsigned percent);
/* As a JSON object: rate, p50_us, p99_us. */
void latencies_print(struct latencies *l, double seconds);
void latencies_close(struct latencies *l);

#endif
