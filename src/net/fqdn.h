/* SPDX-License-Identifier: BSD-2-Clause
 * A fully qualified host name as a value: lower case, no trailing dot. Pure; any thread. */
#ifndef MOORING_NET_FQDN_H
#define MOORING_NET_FQDN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { FQDN_TEXT_MAX = 253 }; /* RFC 1035 §3.1: 255 bytes on the wire */

struct fqdn {
	uint8_t len;
	char text[FQDN_TEXT_MAX + 1];
};

/* A host name of two labels or more: labels of 1-63 letters, digits, '-' and '_', one trailing dot
 * tolerated, upper case folded; a label in UTF-8 becomes an A-label (libidn2, IDNA2008), one in
 * ASCII is taken as it is; a leading "*" label is allowed; a last label of digits only is refused
 * (it would be an address). *ret is untouched on failure: ERR_INVAL for anything else, ERR_NOMEM
 * when libidn2 has no memory (names in ASCII never need any). */
int fqdn_parse(struct slice text, struct fqdn *ret);

/* The same for one label or more, completed with zone when it has no dot: the original's table
 * holds bare labels. zone may be NULL: then as fqdn_parse(). */
int fqdn_complete(struct slice text, const struct fqdn *zone, struct fqdn *ret);

bool fqdn_equal(const struct fqdn *a, const struct fqdn *b);
/* True when name is zone or ends in "." zone: never a match inside a label. */
bool fqdn_is_within(const struct fqdn *name, const struct fqdn *zone);
/* The name of the zone with this number. */
typedef const struct fqdn *fqdn_zone_fn(const void *zones, size_t i);
/* Which of the n zones that name lies in is the deepest; n: it lies in none. */
size_t fqdn_find_zone(const struct fqdn *name, const void *zones, size_t n, fqdn_zone_fn *name_of);
/* Keyed, for tables; seed is random per process. */
uint64_t fqdn_hash(const struct fqdn *name, uint64_t seed);

#endif
