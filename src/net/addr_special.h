/* SPDX-License-Identifier: BSD-2-Clause
 * Addresses that no public name should have. Pure; any thread. */
#ifndef MOORING_NET_ADDR_SPECIAL_H
#define MOORING_NET_ADDR_SPECIAL_H

#include <stdbool.h>

#include "net/addr.h"

/* True for every block of the IANA special-purpose registries and for multicast. The rows are in
 * addr_special.c with their RFC. */
bool addr_is_special(const struct addr *a);

#endif
