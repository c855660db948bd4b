/* SPDX-License-Identifier: BSD-2-Clause
 * The DynamoDB store on an AWS layer that plays a script: aws_dynamodb_call() is defined here. Each
 * test has a store and a loop of its own. The clock stands still until it is moved. */
#ifndef MOORING_TESTS_KIT_FAKE_DYNAMODB_H
#define MOORING_TESTS_KIT_FAKE_DYNAMODB_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "kit/fake_clock.h"
#include "store/store.h"
#include "kit/values.h"

/* One call that the store shall make, and its answer. JSON is written with ' for ". */
struct fake_dynamodb_step {
	const char *operation;
	const char *request; /* members that the request must have, and their values */
	const char *actions; /* of a transaction: "Put bob, Update host:a.example.com"; with "over"
				behind what makes a state over; NULL: any */
	int err;
	const char *reply;   /* err 0; NULL: {} */
	const char *code;    /* AWS's, with err */
	const char *item;    /* with ERR_CONFLICT; NULL: none */
	const char *reasons; /* of a canceled transaction */
	unsigned attempts;   /* with err; 0: not told */
};

/* What a verb answered. */
struct fake_dynamodb_answer {
	unsigned n_calls;
	int err;
	char why[ERR_TEXT_MAX];
	struct account *account; /* lookup; the test frees it */
};

/* What a listing told. */
struct fake_dynamodb_listing {
	struct fake_dynamodb_answer answer;
	size_t n;
	char users[256]; /* in their order, each with a blank behind */
	unsigned n_waits;
	int waits_err; /* of the last one */
	/* The store is closed at this account, and at this wait; 0: at none. */
	size_t close_at, close_at_wait;
};

extern struct store *fake_dynamodb_store; /* of table t-1, zone dyn.example.com */

void fake_dynamodb_setup(void);
/* Of a service without transactions. */
void fake_dynamodb_setup_plain(void);
/* Every expected call was made. */
void fake_dynamodb_teardown(void);

/* At the end of the script. */
void fake_dynamodb_expect(const struct fake_dynamodb_step *step);
/* Steps of few words. */
void fake_dynamodb_expect_reply(const char *operation, const char *request, const char *reply);
void fake_dynamodb_expect_error(const char *operation, int err);
/* The item of a login is read: "{'Item':...}", or "{}". */
void fake_dynamodb_expect_get(const char *user, const char *reply);
/* The next aws_dynamodb_call() returns err. */
void fake_dynamodb_refuse_call(int err);
/* Delivers answers and runs the loop until nothing is left to do. */
void fake_dynamodb_run(void);
/* Expects no answer yet, runs, expects exactly one; returns its code. started is what the verb
 * returned; when it is negative there must be no answer, and it is returned. */
int fake_dynamodb_finish(int started, struct fake_dynamodb_answer *a);

void fake_dynamodb_on_lookup(void *arg, int err, struct account *account,
			     const struct errinfo *why);
void fake_dynamodb_on_done(void *arg, int err, const struct errinfo *why);

/* Of a listing. */
void fake_dynamodb_on_each(void *arg, const struct account *account);
void fake_dynamodb_on_waits(void *arg, int err, const struct errinfo *why);
void fake_dynamodb_on_listed(void *arg, int err, const struct errinfo *why);

/* Verbs that play their script to the end. */
int fake_dynamodb_list(struct fake_dynamodb_listing *l);
int fake_dynamodb_lookup(const char *user, struct fake_dynamodb_answer *a);
int fake_dynamodb_intend(const char *name, uint64_t expect_seq, const char *v4,
			 struct fake_dynamodb_answer *a);
/* The same with all of what is expected. */
int fake_dynamodb_intend_after(const char *name, const struct host_state *expect, const char *v4,
			       struct fake_dynamodb_answer *a);
int fake_dynamodb_confirm(const char *name, uint64_t seq, struct fake_dynamodb_answer *a);
/* The state of the only host of user bob, whose item the table holds. */
struct host_state fake_dynamodb_state(const char *item);

struct account *fake_dynamodb_account(const char *item);

#endif
