/* SPDX-License-Identifier: BSD-2-Clause
 * What the IPv6 address of a host has behind the prefix of its network: the interface id of RFC
 * 4291 §2.5.1, and before it the number of the subnet, for a prefix shorter than 64 bits. Pure; any
 * thread. */
#ifndef MOORING_NET_INTERFACE_ID_H
#define MOORING_NET_INTERFACE_ID_H

#include <stdbool.h>

#include "base/err.h"
#include "net/addr.h"
#include "net/prefix.h"

/* Provider and registry give a site more than 32 bits, never fewer (RFC 6177), and behind 127 there
 * is one host left. What is shorter or longer is a slip of whoever wrote it. */
enum { INTERFACE_PREFIX_MIN = 32, INTERFACE_PREFIX_MAX = 127 };
/* What an address alone says of its network: a link has 64 bits (RFC 4291 §2.5.4). */
enum { INTERFACE_PREFIX_LINK = 64 };

/* All zero: none. As an address without a prefix, of family ADDR_V6 where there is one. */
struct interface_id {
	struct addr suffix;
};

bool interface_id_is_set(const struct interface_id *id);
bool interface_id_equal(const struct interface_id *a, const struct interface_id *b);

/* An IPv6 address whose first INTERFACE_PREFIX_MIN bits are zero ("::1:2:3:4"), or a MAC address
 * ("00:53:00:12:34:56", with "-", or as "0053.0012.3456"), of which the modified EUI-64 is made
 * (RFC 4291 appendix A). ERR_INVAL with a sentence; *ret is untouched then. */
int interface_id_parse(struct slice text, struct interface_id *ret, struct errinfo *ei);
/* As an IPv6 address; "" for none. Returns out. */
const char *interface_id_format(const struct interface_id *id, char out[ADDR_TEXT_MAX]);

/* A prefix of INTERFACE_PREFIX_MIN to INTERFACE_PREFIX_MAX bits; what its address has behind them
 * is dropped. Without a length it has INTERFACE_PREFIX_LINK. ERR_INVAL: it is anything else. */
int interface_prefix_parse(struct slice text, struct prefix *ret);

/* The prefix's bits, then the id's. False, with *ret untouched: the id has a bit set where the
 * prefix has its own. */
bool interface_id_join(const struct interface_id *id, const struct prefix *prefix,
		       struct addr *ret);

#endif
