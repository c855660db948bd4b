/* SPDX-License-Identifier: BSD-2-Clause
 * A search for another account that has one of some names, by a reading of the whole store: where
 * not every name is claimed, nothing else tells. Pure. */
#ifndef MOORING_CTL_OWNER_SEARCH_H
#define MOORING_CTL_OWNER_SEARCH_H

#include <stddef.h>

#include "account/account.h"

/* The first three are set and borrowed; the rest is zero at first. */
struct owner_search {
	const struct account_host *hosts; /* the names */
	size_t n_hosts;
	const char *but;		 /* a login that is not meant; NULL: none */
	size_t n_accounts;		 /* that were seen */
	char user[ACCOUNT_USER_MAX + 1]; /* the first one that has a name; "": nobody */
	struct fqdn name;		 /* that it has */
};

/* A store_each_fn; arg is the search. */
void owner_search_see(void *arg, const struct account *account);

#endif
