/* SPDX-License-Identifier: BSD-2-Clause
 * Sets of address families, as bits: a host has one record set for each. Pure; any thread. */
#ifndef MOORING_ENGINE_FAMILY_H
#define MOORING_ENGINE_FAMILY_H

#include <stddef.h>

#include "net/addr.h"

enum { FAMILY_V4 = 1, FAMILY_V6 = 2, FAMILY_BOTH = 3 };
enum { FAMILY_COUNT = 2 };

/* The bit of the i-th family, i < FAMILY_COUNT. */
static inline unsigned family_bit(size_t i)
{
	return 1u << i;
}

static inline const struct addr *family_addr(const struct addr_pair *p, size_t i)
{
	return i == 0 ? &p->v4 : &p->v6;
}

/* The families that p has an address of. */
static inline unsigned family_set(const struct addr_pair *p)
{
	return (addr_is_set(&p->v4) ? FAMILY_V4 : 0u) | (addr_is_set(&p->v6) ? FAMILY_V6 : 0u);
}

/* The families in which p and q differ. */
static inline unsigned family_diff(const struct addr_pair *p, const struct addr_pair *q)
{
	return (addr_equal(&p->v4, &q->v4) ? 0u : FAMILY_V4) |
	       (addr_equal(&p->v6, &q->v6) ? 0u : FAMILY_V6);
}

#endif
