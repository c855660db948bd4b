/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl host ...", and host names as an administrator gives them. */
#ifndef MOORING_CTL_HOSTS_H
#define MOORING_CTL_HOSTS_H

#include "account/account.h"
#include "ctl/args.h"
#include "ctl/session.h"

/* Adds the operands but the first one to a: each must lie in a configured zone and, without
 * --shared, belong to no other account, since the zone can hold the address of one of them only. a
 * is not stored. */
int hosts_add(struct session *s, struct account *a, const struct ctl_args *args,
	      struct errinfo *ei);

/* ERR_INVAL with a sentence: the name lies in no configured zone, or is one of its name servers. */
int hosts_check_name(const struct conf *conf, const struct fqdn *name, struct errinfo *ei);

ctl_fn ctl_host_list, ctl_host_add, ctl_host_set, ctl_host_remove;

#endif
