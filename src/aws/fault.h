/* SPDX-License-Identifier: BSD-2-Clause
 * An error reply of AWS, in whatever shape it came: JSON, three kinds of XML, HTML of a proxy, or
 * nothing at all. Pure; any thread. */
#ifndef MOORING_AWS_FAULT_H
#define MOORING_AWS_FAULT_H

#include <jansson.h>

#include "aws/error.h"
#include "fetch/transfer.h"
#include "base/buf.h"
#include "base/str.h"

enum { AWS_FAULT_MESSAGE_MAX = 16 * 1024 };

struct aws_fault {
	char code[AWS_CODE_MAX]; /* "" when the reply has none */
	char request_id[AWS_REQUEST_ID_MAX];
	struct buf message;	      /* as it came; several are joined: "[one, two]" */
	json_t *json;		      /* the body when it was JSON; owned */
	const json_t *item, *reasons; /* in json */
};

void aws_fault_init(struct aws_fault *f);
void aws_fault_fini(struct aws_fault *f);

/* Takes what body has; error_type and request_id are the headers that win over it, or "". A body
 * that cannot be read leaves f without a code. ERR_NOMEM alone. */
int aws_fault_parse(struct aws_fault *f, struct slice body, const char *error_type,
		    const char *request_id);

/* The code by which to judge: that of the action which canceled a transaction, else the fault's
 * own. A failed condition comes before trouble that may pass. */
const char *aws_fault_cause(const struct aws_fault *f);

/* The sentence for the log, in e->why; label is "DynamoDB GetItem". Copies code and request id into
 * e, whose status is set already, and lets e->message and e->item point into f. Nothing that AWS
 * echoes of a canonical request gets into it: it would hold the session token. */
void aws_fault_explain(const struct aws_fault *f, const char *label, int err, struct aws_error *e);

/* For a reply that should have told what was asked: err is what its parser returned, what says in
 * the log what is wrong with it. *ret has ERR_NOMEM or ERR_PROTOCOL. */
void aws_fault_misread(const struct fetch_transfer_reply *reply, const char *label, int err,
		       const char *what, struct aws_error *ret);

#endif
