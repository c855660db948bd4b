/* SPDX-License-Identifier: BSD-2-Clause
 * SNS's query protocol: Publish. Core thread. */
#ifndef MOORING_AWS_AWS_SNS_H
#define MOORING_AWS_AWS_SNS_H

#include "aws/error.h"
#include "base/err.h"

struct aws_client;
struct aws_sns;

/* SNS's own bounds, in characters. */
enum { AWS_SNS_SUBJECT_MAX = 100, AWS_SNS_GROUP_MAX = 128, AWS_SNS_ID_SIZE = 101 };

/* Strings are UTF-8; NULL: without that one. A FIFO topic wants a group and a deduplication id,
 * another one neither. */
struct aws_sns_message {
	const char *topic;   /* its ARN */
	const char *subject; /* printable ASCII in one line, for mail */
	const char *message;
	const char *group, *deduplication_id;
	const char *attribute, *attribute_value; /* one, of type String */
};

/* As aws_dynamodb_new(). */
int aws_sns_new(struct aws_client *client, const char *region, const char *endpoint,
		unsigned timeout_ms, struct aws_sns **ret, struct errinfo *ei);
/* NULL is fine. Calls in flight end with ERR_CANCELED, in this call or a later turn. */
void aws_sns_free(struct aws_sns *s);

/* message_id is SNS's own, borrowed; NULL unless err is 0; error is borrowed, NULL when err is 0.
 * Codes: ERR_NOTFOUND no such topic, ERR_DENIED a permission is missing, ERR_REFUSED other 4xx,
 * ERR_THROTTLED, ERR_TIMEOUT, ERR_UNAVAILABLE, ERR_PROTOCOL. */
typedef void aws_sns_fn(void *arg, int err, const char *message_id, const struct aws_error *error);

/* Returns 0 and calls done exactly once in a later turn, or < 0 and never. */
int aws_sns_publish(struct aws_sns *s, const struct aws_sns_message *m, aws_sns_fn *done,
		    void *arg);

#endif
