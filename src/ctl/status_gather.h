/* SPDX-License-Identifier: BSD-2-Clause
 * What is known of the hosts now: from the daemon where it answers, from the store where this user
 * may read it and it is not far away, or no daemon answers. */
#ifndef MOORING_CTL_STATUS_GATHER_H
#define MOORING_CTL_STATUS_GATHER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ctl/status_kept.h"
#include "ctl/status_rows.h"
#include "net/fqdn.h"
#include "store/history.h"

struct session;

/* Of the changes of one host. */
enum { STATUS_CHANGES_MAX = 20 };

struct status_facts {
	bool is_answered;	   /* by the daemon; else the store was read */
	json_t *daemon;		   /* its line; owned, NULL: it has not answered */
	struct errinfo unanswered; /* why */
	struct errinfo not_stored; /* why the store was not read, where it would be needed */
	int64_t store_age_s;	   /* how long ago the store was read, where it was */
	bool is_complete;	   /* no host is missing */
	int64_t now_s;
	/* That the daemon knows of, or that the store has. */
	struct status_notices notices;
	struct status_rows rows;
	/* Of the one host that was asked for, the oldest first; owned. From first on there are
	 * STATUS_CHANGES_MAX changes at most. */
	size_t n_entries, first;
	struct history_entry *entries;
	struct errinfo no_changes; /* why they could not be read */
};

/* only: of this host alone; NULL: of all. session was loaded; its store is opened when it is
 * needed. kept: what was read of a store that is far away, by the last call; NULL: nothing is kept
 * for a next one. facts are zeros. 0, or the sentence why the daemon cannot be asked though it may
 * run, or no memory is left. */
int status_gather(struct session *s, const struct fqdn *only, struct status_kept *kept,
		  struct status_facts *facts, struct errinfo *ei);
/* Makes them zeros. */
void status_facts_fini(struct status_facts *facts);

/* Why updates are not welcome: words of the daemon, borrowed; NULL: that was the last. */
const char *status_reason(const struct status_facts *facts, size_t i);
/* The daemon, or one of the rows, is in trouble; or neither the daemon nor the store answers. */
bool status_is_in_trouble(const struct status_facts *facts);

#endif
