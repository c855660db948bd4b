/* SPDX-License-Identifier: BSD-2-Clause
 * The conformance suite of store/store.h: one set of tests that every backend must pass. It knows
 * nothing of a backend but the vtable and what is told here. */
#ifndef MOORING_TESTS_SUITE_STORE_SUITE_H
#define MOORING_TESTS_SUITE_STORE_SUITE_H

#include <check.h>
#include <stdbool.h>

#include "base/err.h"

struct store;
struct uv_loop_s;

/* How the suite gets at the store under test. Every test has a loop of its own. */
struct store_subject {
	const char *name;
	/* fresh: a store without accounts (whatever earlier tests left is gone). Not fresh: one
	 * more handle on the same data, while earlier ones may still be open; only called when
	 * is_shared. May run the loop. */
	int (*open)(void *ctx, struct uv_loop_s *loop, bool fresh, struct store **ret,
		    struct errinfo *ei);
	/* Optional: called after the last store_close() of a test, before the loop is run until it
	 * is empty: closes what open() made beside the store. */
	void (*shut)(void *ctx);
	void *ctx;
	bool is_shared;	     /* the data outlives a handle */
	bool is_plain;	     /* writes one account at a time: who has a name is not known */
	unsigned hosts_max;  /* of an account, unless the store is plain; 0: ACCOUNT_HOSTS_MAX */
	unsigned timeout_ms; /* a verb that takes longer has failed */
};

/* Adds the suite's test cases to s. subject is borrowed until the runner is freed; one subject per
 * program. Tests run with or without fork. */
void store_suite_add(Suite *s, const struct store_subject *subject);

#endif
