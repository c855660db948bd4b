/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of a store: a verb run to its end as one call, values from text, and the fixture of
 * store_suite.h. Whatever goes wrong fails the running test. */
#ifndef MOORING_TESTS_STORE_KIT_H
#define MOORING_TESTS_STORE_KIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "store/store.h"
#include "store_suite.h"

enum { KIT_HANDLES_MAX = 4 };

/* What the running test works with; set by the fixture. */
struct kit {
	const struct store_subject *subject;
	uv_loop_t loop;
	struct store *store; /* the first handle */
	struct store *handles[KIT_HANDLES_MAX];
	size_t n_handles;
};
extern struct kit kit;

/* What a done function was told. */
struct kit_answer {
	unsigned n_calls;
	int err;
	char text[ERR_TEXT_MAX];
	struct account *account; /* the test frees it */
	struct store_version version;
};

void kit_on_lookup(void *arg, int err, struct account *account, const struct errinfo *why);
void kit_on_done(void *arg, int err, const struct errinfo *why);
/* For done functions of a test's own: notes the call. */
void kit_take(struct kit_answer *a, int err, const struct errinfo *why);
/* Turns the loop until all n answers are there. */
void kit_await(const struct kit_answer *answers, size_t n);
/* What the verb returned and what it answered, as one code. */
int kit_finish(int started, struct kit_answer *a);

/* Verbs on kit.store (or on s), run to their end. */
int kit_lookup(struct store *s, const char *user, struct account **ret);
struct account *kit_find(const char *user);
int kit_put(const struct account *account, enum store_put_mode mode);
int kit_remove(const char *user);
int kit_rename(const char *user, const char *to);
int kit_intend(const char *user, const char *name, uint64_t seq, const char *v4, const char *v6);
int kit_intend_in(struct store *s, const char *user, const struct store_intent *intents, size_t n);
int kit_confirm(const char *user, const struct store_confirm *c);
uint64_t kit_version(struct store *s);
struct store_version kit_whole_version(struct store *s);
/* Creates an account; hosts may be NULL. */
void kit_create(const char *user, const char *host1, const char *host2);
struct host_state kit_state(const char *user, const char *host);
void kit_assert_state(const char *user, const char *host, uint64_t seq, uint64_t pub,
		      struct addr_pair want);
/* All but the states; hosts in any order. */
void kit_assert_same(const struct account *got, const struct account *want);

/* Values. */
struct fqdn kit_name(const char *text);
struct addr_pair kit_pair(const char *v4, const char *v6);
struct account *kit_account(const char *user, const char *secret, const char *host1,
			    const char *host2);
struct store_intent kit_intent(const char *name, uint64_t seq, const char *v4, const char *v6);

/* The fixture. */
struct store *kit_open(bool fresh);
void kit_close_all(void);
/* Adds an empty test case whose tests run between kit_open(true) and a full close. */
TCase *kit_case(Suite *s, const char *name);

/* The second half of the suite. */
void store_suite_add_state(Suite *s, bool is_shared);

#endif
