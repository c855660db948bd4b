/* SPDX-License-Identifier: BSD-2-Clause
 * DynamoDB's JSON 1.0 protocol: one call, its reply as JSON or its error as a code. Core thread. */
#ifndef MOORING_AWS_AWS_DYNAMODB_H
#define MOORING_AWS_AWS_DYNAMODB_H

#include <jansson.h>

#include "aws/error.h"
#include "base/err.h"

struct aws_client;
struct aws_dynamodb;

/* client is borrowed. region NULL: AWS_REGION and so on (aws/endpoint.h). endpoint NULL: the
 * region's own, or AWS_ENDPOINT_URL_DYNAMODB / AWS_ENDPOINT_URL. timeout_ms bounds a whole call
 * with its retries. Sentences in ei for a missing region or a bad endpoint. */
int aws_dynamodb_new(struct aws_client *client, const char *region, const char *endpoint,
		     unsigned timeout_ms, struct aws_dynamodb **ret, struct errinfo *ei);
/* That signatures name; "" before the instance has told it. */
const char *aws_dynamodb_region(const struct aws_dynamodb *db);
/* NULL is fine. Calls in flight end with ERR_CANCELED, in this call or a later turn. */
void aws_dynamodb_free(struct aws_dynamodb *db);

/* reply is borrowed, NULL unless err is 0; error is borrowed, NULL when err is 0. Codes by
 * exception: ERR_CONFLICT ConditionalCheckFailed (error->item: the item, when it was asked for),
 * ERR_DENIED AccessDenied (an IAM permission is missing), ERR_NOTFOUND ResourceNotFound (no such
 * table), ERR_REFUSED other 4xx, ERR_THROTTLED, ERR_TIMEOUT, ERR_UNAVAILABLE (5xx, network, bad
 * signature or credentials), ERR_PROTOCOL (garbage, bad x-amz-crc32). */
typedef void aws_json_fn(void *arg, int err, const json_t *reply, const struct aws_error *error);

/* operation: "GetItem"...; request is serialised before the return, the caller keeps it. Returns 0
 * and calls done exactly once in a later turn, or < 0 and never. */
int aws_dynamodb_call(struct aws_dynamodb *db, const char *operation, const json_t *request,
		      aws_json_fn *done, void *arg);

#endif
