/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/aws_dynamodb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/aws_head.h"
#include "aws/call.h"
#include "aws/service.h"

enum { REQUEST_MAX = 16 * 1024 * 1024, OPERATION_SIZE = 48, TARGET_SIZE = 80 };

struct aws_dynamodb {
	struct aws_service_state state;
};

struct pending {
	char operation[OPERATION_SIZE];
	aws_json_fn *done;
	void *arg;
};

int aws_dynamodb_new(struct aws_client *client, const char *region, const char *endpoint,
		     unsigned timeout_ms, struct aws_dynamodb **ret, struct errinfo *ei)
{
	struct aws_dynamodb *db = calloc(1, sizeof(*db));
	int err;

	if (db == NULL)
		return ERR_NOMEM;
	err = aws_service_init(&db->state, client, AWS_SERVICE_DYNAMODB, region, endpoint,
			       timeout_ms, ei);
	if (err != 0) {
		free(db);
		return err;
	}
	*ret = db;
	return 0;
}

const char *aws_dynamodb_region(const struct aws_dynamodb *db)
{
	return db->state.endpoint.signing_region;
}

void aws_dynamodb_free(struct aws_dynamodb *db)
{
	if (db == NULL)
		return;
	aws_service_fini(&db->state);
	free(db);
}

static void dynamodb_report(const struct pending *p, int err,
			    const struct fetch_transfer_reply *reply, const char *what)
{
	struct aws_error e = {.err = err, .status = reply->status, .message = ""};

	str_copy(e.request_id, sizeof(e.request_id), slice_of(aws_head_of(reply)->request_id));
	err_set(&e.why, err, "DynamoDB %s: %s", p->operation, what);
	p->done(p->arg, err, NULL, &e);
}

/* A string of DynamoDB's may hold a NUL: one item with such a text must not hide a whole page. An
 * empty body is no object either: taken for "{}" it would say that an account does not exist. */
static void dynamodb_parse_reply(const struct pending *p, const struct fetch_transfer_reply *reply)
{
	json_error_t why;
	json_t *json;

	json = json_loadb(reply->body.p, reply->body.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			  &why);
	if (json == NULL && json_error_code(&why) == json_error_out_of_memory)
		dynamodb_report(p, ERR_NOMEM, reply, err_str(ERR_NOMEM));
	else if (!json_is_object(json))
		dynamodb_report(p, ERR_PROTOCOL, reply, "the reply is not a JSON object");
	else
		p->done(p->arg, 0, json, NULL);
	json_decref(json);
}

static void on_dynamodb_done(void *arg, const struct fetch_transfer_reply *reply,
			     const struct aws_error *error)
{
	struct pending *p = arg;

	if (error != NULL)
		p->done(p->arg, error->err, NULL, error);
	else
		dynamodb_parse_reply(p, reply);
	free(p);
}

/* jansson's own text is as secret as the passwords in it. */
static int add_json(struct buf *out, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int err;

	if (text == NULL)
		return ERR_NOMEM;
	err = buf_adds(out, text);
	str_free_secret(text);
	return err;
}

static int dynamodb_start(struct aws_dynamodb *db, const char *operation, struct buf *body,
			  struct pending *p)
{
	char target[TARGET_SIZE];
	struct aws_call_request req = {
		.operation = p->operation,
		.path = "/",
		.content_type = "application/x-amz-json-1.0",
		.target = target,
		.body = body,
	};
	int n;

	n = snprintf(target, sizeof(target), "DynamoDB_20120810.%s", operation);
	if (n < 0 || (size_t)n >= sizeof(target) ||
	    str_copy(p->operation, sizeof(p->operation), slice_of(operation)) != 0)
		return ERR_LIMIT;
	return aws_call_start(&db->state, &req, on_dynamodb_done, p);
}

int aws_dynamodb_call(struct aws_dynamodb *db, const char *operation, const json_t *request,
		      aws_json_fn *done, void *arg)
{
	struct pending *p = calloc(1, sizeof(*p));
	struct buf body;
	int err;

	if (p == NULL)
		return ERR_NOMEM;
	p->done = done;
	p->arg = arg;
	buf_init(&body, REQUEST_MAX);
	err = add_json(&body, request);
	if (err == 0)
		err = dynamodb_start(db, operation, &body, p);
	buf_fini_secret(&body);
	if (err != 0)
		free(p);
	return err;
}
