/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl host ...", and host names as an administrator gives them. */
#ifndef MOORING_CTL_HOSTS_H
#define MOORING_CTL_HOSTS_H

#include "account/account.h"
#include "ctl/args.h"
#include "ctl/session.h"

/* Adds n names to a: each must lie in a configured zone and belong to no other account (two
 * accounts with one name would each believe the zone holds their address). a is not stored. */
int hosts_add(struct session *s, struct account *a, char **names, int n, struct errinfo *ei);

ctl_fn ctl_host_list, ctl_host_add, ctl_host_remove;

#endif
