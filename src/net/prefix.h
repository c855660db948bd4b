/* SPDX-License-Identifier: BSD-2-Clause
 * A CIDR prefix as a value. Pure; any thread. */
#ifndef MOORING_NET_PREFIX_H
#define MOORING_NET_PREFIX_H

#include <stdbool.h>

#include "net/addr.h"

struct prefix {
	struct addr addr; /* bits beyond len are zero */
	uint8_t len;
};

/* "192.0.2.0/24", "2001:db8::/32"; an address alone is a full-length prefix; host bits set are
 * ERR_INVAL. Returns 0 with *ret set. */
int prefix_parse(struct slice text, struct prefix *ret);
/* The prefix of a's first len_v4 or len_v6 bits, by family: what per-source limits count by. */
struct prefix prefix_of(const struct addr *a, uint8_t len_v4, uint8_t len_v6);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
bool prefix_contains(const struct prefix *p, const struct addr *a);
/* Keyed hash for tables that hostile peers can fill: seed is random per process. */
uint64_t prefix_hash(const struct prefix *p, uint64_t seed);

#endif
