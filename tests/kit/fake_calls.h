/* SPDX-License-Identifier: BSD-2-Clause
 * In the place of engine/calls.c, for tests of one file that calls the store: it keeps the one call
 * that is under way, and what it was asked for, until the test answers. Every user is "router". */
#ifndef MOORING_TESTS_KIT_FAKE_CALLS_H
#define MOORING_TESTS_KIT_FAKE_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "dyndns/query.h"
#include "engine/calls.h"

struct fake_calls {
	/* Of the test: how the next ones go. */
	int begin_err; /* they cannot be begun */
	bool is_stopping, is_closed;
	int rest_err; /* what is left of an account cannot be read */
	/* Is told "read", "read credential", "intend", "confirm", "is empty", "add history",
	 * "prune history" and "trouble", in order; NULL: nobody is. */
	void (*on_verb)(const char *verb);

	/* What was asked for. */
	struct call *call; /* under way; NULL: none */
	store_lookup_fn *found;
	store_done_fn *done;
	store_decided_fn *decided;
	struct store_intent intents[QUERY_HOSTS_MAX];
	size_t n_intents;
	struct store_confirm confirm;
	const struct history_entry *entries; /* borrowed from whoever adds them */
	size_t n_entries;
	int64_t keep_s, before_s, newest_s;
	unsigned n_lookups, n_credentials, n_rests;
	size_t n_begun; /* by calls_begin(), and not ended */
	int n_handles;
	unsigned n_troubles;
	int trouble; /* the last one */
	const char *trouble_verb;
	bool trouble_has_user;
};

extern struct fake_calls fake_calls;

/* Forgets everything; on_verb may be NULL. */
void fake_calls_reset(void (*on_verb)(const char *verb));
/* The call that is under way, which is no longer: the test answers it. */
struct call *fake_calls_take(void);
/* The store answers it. */
void fake_calls_found(int err, struct account *account);
void fake_calls_done(int err);
void fake_calls_decided(int err, bool is_so);

#endif
