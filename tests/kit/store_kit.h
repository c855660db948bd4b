/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of a store: a verb run to its end as one call, values from text, and the fixture of
 * store_suite.h. Whatever goes wrong fails the running test. */
#ifndef MOORING_TESTS_KIT_STORE_KIT_H
#define MOORING_TESTS_KIT_STORE_KIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "store/store.h"
#include "kit/values.h"
#include "suite/store_suite.h"

enum { STORE_KIT_HANDLES_MAX = 4 };

/* What the running test works with; set by the fixture. */
struct store_kit {
	const struct store_subject *subject;
	uv_loop_t loop;
	struct store *store; /* the first handle */
	struct store *handles[STORE_KIT_HANDLES_MAX];
	size_t n_handles;
};
extern struct store_kit store_kit;

/* What a done function was told. */
struct store_kit_answer {
	unsigned n_calls;
	int err;
	char text[ERR_TEXT_MAX];
	struct account *account; /* the test frees it */
	struct store_version version;
};

void store_kit_on_lookup(void *arg, int err, struct account *account, const struct errinfo *why);
void store_kit_on_done(void *arg, int err, const struct errinfo *why);
/* For done functions of a test's own: notes the call. */
void store_kit_take(struct store_kit_answer *a, int err, const struct errinfo *why);
/* Turns the loop until all n answers are there. */
void store_kit_await(const struct store_kit_answer *answers, size_t n);
/* What the verb returned and what it answered, as one code. */
int store_kit_finish(int started, struct store_kit_answer *a);

/* Verbs on store_kit.store (or on s), run to their end. */
int store_kit_lookup(struct store *s, const char *user, struct account **ret);
struct account *store_kit_find(const char *user);
int store_kit_put(const struct account *account, enum store_put_mode mode);
int store_kit_remove(const char *user);
int store_kit_rename(const char *user, const char *to);
int store_kit_replace_secret(const char *user, const char *old, const char *secret);
int store_kit_intend(const char *user, const char *name, uint64_t seq, const char *v4,
		     const char *v6);
int store_kit_intend_in(struct store *s, const char *user, const struct store_intent *intents,
			size_t n);
int store_kit_confirm(const char *user, const struct store_confirm *c);
uint64_t store_kit_version(struct store *s);
struct store_version store_kit_whole_version(struct store *s);
/* Creates an account; hosts may be NULL. */
void store_kit_create(const char *user, const char *host1, const char *host2);
struct host_state store_kit_state(const char *user, const char *host);
void store_kit_assert_state(const char *user, const char *host, uint64_t seq, uint64_t pub,
			    struct addr_pair want);
/* All but the states; hosts in any order. */
void store_kit_assert_same(const struct account *got, const struct account *want);

/* Values. */
struct account *store_kit_account(const char *user, const char *secret, const char *host1,
				  const char *host2);
struct store_intent store_kit_intent(const char *name, uint64_t seq, const char *v4,
				     const char *v6);

/* The fixture. */
struct store *store_kit_open(bool fresh);
void store_kit_close_all(void);
/* Adds an empty test case whose tests run between store_kit_open(true) and a full close. */
TCase *store_kit_case(Suite *s, const char *name);

/* The other parts of the suite. */
void store_suite_add_state(Suite *s, bool is_shared);
void store_suite_add_owners(Suite *s);
void store_suite_add_notices(Suite *s, bool is_shared);

#endif
