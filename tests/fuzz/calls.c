/* SPDX-License-Identifier: BSD-2-Clause
 * See calls.h. */
#include "calls.h"

#include "aws/call.h"
#include "aws/fault.h"
#include "fuzz.h"

static const char *environment[] = {"AWS_REGION=eu-west-1", NULL};
struct aws_client calls_client = {.env = environment};

static aws_call_fn *open_done;
static void *open_arg;

int __wrap_aws_call_start(struct aws_service_state *s, const struct aws_call_request *req,
			  aws_call_fn *done, void *arg);

int __wrap_aws_call_start(struct aws_service_state *s, const struct aws_call_request *req,
			  aws_call_fn *done, void *arg)
{
	(void)s;
	must(req->operation != NULL && req->path[0] == '/');
	must(open_done == NULL);
	open_done = done;
	open_arg = arg;
	return 0;
}

bool calls_are_open(void)
{
	return open_done != NULL;
}

static void finish(const struct fetch_transfer_reply *reply, const struct aws_error *error)
{
	aws_call_fn *done = open_done;

	must(done != NULL);
	open_done = NULL;
	done(open_arg, reply, error);
}

void calls_answer(struct slice body)
{
	const struct fetch_transfer_reply reply = {.status = 200, .body = body};

	finish(&reply, NULL);
}

/* By the code, as aws/outcome.c judges; here it is enough that each kind comes. */
static int code_of(const char *cause)
{
	if (strcmp(cause, "ConditionalCheckFailedException") == 0)
		return ERR_CONFLICT;
	if (strcmp(cause, "AccessDeniedException") == 0)
		return ERR_DENIED;
	if (strcmp(cause, "ResourceNotFoundException") == 0)
		return ERR_NOTFOUND;
	return cause[0] != '\0' ? ERR_REFUSED : ERR_UNAVAILABLE;
}

void calls_refuse(struct slice body)
{
	struct aws_error e = {.status = 400};
	struct aws_fault f;

	aws_fault_init(&f);
	must(aws_fault_parse(&f, body, "", "") == 0);
	aws_fault_explain(&f, "DynamoDB GetItem", code_of(aws_fault_cause(&f)), &e);
	must(e.message != NULL && strlen(e.code) < AWS_CODE_MAX);
	fuzz_must_explain(e.err, &e.why);
	finish(NULL, &e);
	aws_fault_fini(&f);
}
