/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl host clear: an address family of a host loses its record. It is stored as an update
 * would, so that running daemons, and whoever comes after a crash, see what is to be deleted. */
#ifndef MOORING_CTL_CLEAR_H
#define MOORING_CTL_CLEAR_H

#include <stdbool.h>

#include "account/account.h"
#include "ctl/args.h"
#include "store/store.h"

ctl_fn ctl_host_clear;

/* The intent that clears these families of a host in that state. False: there is nothing to be
 * done. Pure. */
bool clear_make_intent(const struct account_host *host, bool v4, bool v6, struct store_intent *ret);

#endif
