/* SPDX-License-Identifier: BSD-2-Clause
 * A call on its way, and its life: its timer, and its end. call.c starts it, attempt.c sends one
 * request of it, verdict.c judges what came of that; all of them end it here. Core thread. */
#ifndef MOORING_AWS_CALL_LIFE_H
#define MOORING_AWS_CALL_LIFE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "aws/client_int.h"
#include "aws/credentials.h"
#include "aws/fault.h"
#include "aws/service_state.h"
#include "base/buf.h"

enum call_state {
	CALL_WAITING, /* for the first turn, or for a backoff to end */
	CALL_ASKING,  /* for credentials; the timer is the deadline */
	CALL_SENDING, /* curl keeps the deadline */
	CALL_ENDED,   /* the timer is closing */
};

struct aws_call;

/* Makes the next attempt. */
typedef void call_attempt_fn(struct aws_call *c);

struct aws_call {
	LIST_ENTRY(aws_call) link;
	struct aws_service_state *owner;
	enum call_state state;
	uv_timer_t timer;
	call_attempt_fn *attempt;
	struct fetch_transfer *transfer;
	struct aws_credentials_wait wait;
	struct aws_credentials *creds; /* of the last attempt */
	char label[64];		       /* "DynamoDB GetItem" */
	char *path;
	char *query;
	char *target;
	const char *content_type;
	struct buf body;
	aws_call_fn *done;
	void *arg;
	int64_t deadline_ms;
	int64_t signed_s;
	unsigned n_attempts; /* made, the two extra ones not counted */
	unsigned n_sent;     /* made, the extra ones included */
	unsigned n_retries;
	int last_cost;
	bool was_refreshed;	  /* the extra attempt with refreshed credentials was made */
	bool was_corrected;	  /* the extra attempt with a corrected clock was made */
	bool wants_refresh;	  /* the next attempt asks for refreshed credentials */
	bool is_extra;		  /* the next attempt is one of these two */
	bool has_own_credentials; /* creds, from the start */
	bool is_admitted;	  /* by the breaker, which waits for the outcome */
	bool is_probe;		  /* the request is a probe of the breaker */
	bool was_lost;		  /* a request was sent, and what became of it is not known */
	struct aws_error error;
	struct aws_fault fault;
};

/* Of a call that was not started. */
void call_free(struct aws_call *c);
/* Ends the call with the reply, or with c->error when reply is NULL. Afterwards c must not be used:
 * the done function may close the client. */
void call_end(struct aws_call *c, const struct fetch_transfer_reply *reply);
/* Sets c->error to an error that did not come in a reply of AWS. */
void call_set_error(struct aws_call *c, int err, const char *what);
/* Sets c->error and ends the call with it. */
void call_fail(struct aws_call *c, int err, const char *what);
int64_t call_left_ms(const struct aws_call *c);
/* Starts the timer of c, which ends what its state waits for. */
void call_wake_in(struct aws_call *c, uint64_t ms);
/* Begins the next attempt after that time. */
void call_attempt_later(struct aws_call *c, uint32_t delay_ms);
struct aws_breaker *call_breaker(const struct aws_call *c);

/* Every call in flight, or those of one service, end with ERR_CANCELED. */
void aws_calls_cancel(struct aws_client *c, const struct aws_service_state *only);

#endif
