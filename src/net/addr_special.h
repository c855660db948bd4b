/* SPDX-License-Identifier: BSD-2-Clause
 * Addresses that no public name should have. Pure; any thread. */
#ifndef MOORING_NET_ADDR_SPECIAL_H
#define MOORING_NET_ADDR_SPECIAL_H

#include <stdbool.h>

#include "net/addr.h"

/* True for every block of the IANA special-purpose registries, as of the date that is in
 * addr_special_blocks.h, for multicast, and for IPv6 outside 2000::/3. */
bool addr_is_special(const struct addr *a);

/* True for what is no host's address in any network: unspecified (RFC 1122 §3.2.1.3, RFC 4291
 * §2.5.2), limited broadcast (RFC 919 §7) and multicast (RFC 5771, RFC 4291 §2.7). */
bool addr_is_no_host(const struct addr *a);

#endif
