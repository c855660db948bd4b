/* SPDX-License-Identifier: BSD-2-Clause
 * How often a host may change in an hour: a router that flaps, or is not alone with its name, must
 * not use up what Route 53 takes for everybody. Pure but for its key; core thread. */
#ifndef MOORING_ENGINE_CHANGE_LIMIT_H
#define MOORING_ENGINE_CHANGE_LIMIT_H

#include <stddef.h>
#include <stdint.h>

struct change_limit;
struct plan_item;

enum { CHANGE_LIMIT_HOSTS = 65536 }; /* that are remembered, of 16 bytes each */

/* per_hour 0: no limit. ERR_NOMEM. */
int change_limit_new(unsigned per_hour, struct change_limit **ret);
/* NULL is fine. */
void change_limit_free(struct change_limit *l);

/* Counts a change for each of the items that is one. 0: they may be made. Else nothing is counted,
 * since one of them would be too much, and it is told after how many milliseconds none is. now_ms
 * is monotonic. */
int64_t change_limit_take(struct change_limit *l, const struct plan_item *items, size_t n,
			  int64_t now_ms);

#endif
