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
enum { PREFIX_TEXT_MAX = ADDR_TEXT_MAX + 4 }; /* "/128" */
/* Returns out. */
const char *prefix_format(const struct prefix *p, char out[PREFIX_TEXT_MAX]);
/* An IPv6 site has a /56 or more. Its owner can use any address in it, so a limit for a smaller
 * prefix would limit nobody. Of IPv4 a client is one address, a network what one owner often has.
 */
enum { PREFIX_CLIENT_V4 = 32, PREFIX_NETWORK_V4 = 24, PREFIX_SITE_V6 = 56 };

/* The prefix of a's first len_v4 or len_v6 bits, by family: what per-source limits count by. */
struct prefix prefix_of(const struct addr *a, uint8_t len_v4, uint8_t len_v6);
struct prefix prefix_of_client(const struct addr *a);
struct prefix prefix_of_network(const struct addr *a);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
bool prefix_contains(const struct prefix *p, const struct addr *a);
/* Keyed hash for tables that hostile peers can fill: seed is random per process. */
uint64_t prefix_hash(const struct prefix *p, uint64_t seed);

#endif
