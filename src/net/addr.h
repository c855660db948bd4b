/* SPDX-License-Identifier: BSD-2-Clause
 * An IP address as a value. Pure; any thread. */
#ifndef MOORING_NET_ADDR_H
#define MOORING_NET_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct sockaddr;

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

/* v4 uses bytes[0..3], the rest is zero. A zeroed struct is "no address" (ADDR_NONE). */
struct addr {
	uint8_t family;
	uint8_t bytes[16];
};

/* At most one address of each family; family ADDR_NONE where there is none. */
struct addr_pair {
	struct addr v4;
	struct addr v6;
};

enum { ADDR_TEXT_MAX = 46 }; /* INET6_ADDRSTRLEN, with the NUL */

/* Parses any spelling clients send (docs/PROTOCOL.md): dotted quad without leading zeros, any RFC
 * 4291 form, upper case, "[...]" around v6, "/len" after it is dropped; IPv4-mapped v6 becomes v4.
 * "%zone" is refused, and so is a network: an address with a "/len" beyond which no bit is set.
 * Returns 0 with *ret set, or ERR_INVAL with *ret untouched. */
int addr_parse(struct slice text, struct addr *ret);

/* RFC 5952 / dotted quad; "" for ADDR_NONE. Returns out. */
const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);

bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_pair_equal(const struct addr_pair *a, const struct addr_pair *b);
bool addr_is_set(const struct addr *a);
/* 0.0.0.0 or ::, which is set, but no host's. */
bool addr_is_unspecified(const struct addr *a);

/* From AF_INET or AF_INET6; IPv4-mapped v6 becomes v4. ERR_INVAL for other families. */
int addr_from_sockaddr(const struct sockaddr *sa, struct addr *ret);

#endif
