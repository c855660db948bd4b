/* SPDX-License-Identifier: BSD-2-Clause
 * Removing accounts and hosts together with their records. Each function returns an exit status,
 * after a sentence on stderr for each thing that was not done. */
#ifndef MOORING_CTL_REMOVAL_H
#define MOORING_CTL_REMOVAL_H

#include "account/account.h"
#include "ctl/session.h"

/* The account is disabled first, so that no update can bring a record back, and removed last, so
 * that a failure in between leaves everything that a second try needs. */
int removal_of_user(struct session *s, struct account *a);
/* a has lost gone already, but not yet in the store: from then on no update can bring a record
 * back. */
int removal_of_hosts(struct session *s, const struct account *a, const struct account_host *gone,
		     size_t n);

/* Deletes the records that the states of hosts, which are a's, say are published, and publishes the
 * addresses of who else has a name. */
int removal_of_records(struct session *s, const struct account *a, const struct account_host *hosts,
		       size_t n);

#endif
