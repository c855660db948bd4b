/* SPDX-License-Identifier: BSD-2-Clause
 * State of hosts kept in memory, on top of what the table says, for a policy that allows GetItem
 * alone. Bounded: the accounts not changed for longest go first, which costs one more publication
 * each. Pure; core thread. */
#ifndef MOORING_STORE_OVERLAY_H
#define MOORING_STORE_OVERLAY_H

#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "net/fqdn.h"

struct overlay;

/* State of a host that counts while the table still has base for it. A table with another seq or
 * other addresses wins. */
struct overlay_host {
	struct fqdn name;
	struct host_state base;
	struct host_state state;
	uint64_t at, owner; /* set by the caller; overlay_drop_before() compares at */
};

/* Holds at most max_hosts hosts, but always the account of the latest overlay_put(). ERR_NOMEM. */
int overlay_new(size_t max_hosts, struct overlay **ret);
/* NULL is fine. */
void overlay_free(struct overlay *o);

/* NULL when there is none. Borrowed until the next change. */
const struct overlay_host *overlay_find(const struct overlay *o, const char *user,
					const struct fqdn *name);
/* Adds or replaces n hosts of one account, copied: all, or none and ERR_NOMEM. */
int overlay_put(struct overlay *o, const char *user, const struct overlay_host *hosts, size_t n);
/* Puts the state kept here into an account as the table has it; forgets hosts that the account does
 * not have and hosts whose state in the table moved on. */
void overlay_merge(struct overlay *o, struct account *a);
/* Forgets the hosts that the account does not have. */
void overlay_keep(struct overlay *o, const struct account *a);
/* Forgets the hosts that were not put since at. */
void overlay_drop_before(struct overlay *o, uint64_t at);
/* Forgets one host, or the whole account when name is NULL. */
void overlay_drop(struct overlay *o, const char *user, const struct fqdn *name);
size_t overlay_count(const struct overlay *o);

#endif
