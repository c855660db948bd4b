/* SPDX-License-Identifier: BSD-2-Clause
 * The Security Token Service: temporary keys of a role, for keys or for a token; whose keys they
 * are. Core thread. */
#ifndef MOORING_AWS_STS_H
#define MOORING_AWS_STS_H

#include "aws/credentials.h"
#include "aws/error.h"
#include "aws/roleplan.h"

struct aws_client;
struct aws_sts;

enum { AWS_ACCOUNT_SIZE = 32, AWS_ARN_SIZE = 2048 };

struct aws_caller {
	char account[AWS_ACCOUNT_SIZE];
	char arn[AWS_ARN_SIZE];
};

/* caller is borrowed, NULL unless err is 0; error is NULL then. */
typedef void aws_caller_fn(void *arg, int err, const struct aws_caller *caller,
			   const struct aws_error *error);

/* Finds the endpoint: AWS_ENDPOINT_URL_STS and so on, or the one of the region (NULL: AWS_REGION
 * and so on; ERR_NOTFOUND when there is none). */
int aws_sts_new(struct aws_client *client, const char *region, struct aws_sts **ret,
		struct errinfo *ei);
/* A role that is being assumed is not answered any more; other questions end with ERR_CANCELED.
 * NULL is fine. */
void aws_sts_free(struct aws_sts *s);

/* AssumeRole, signed with creds; or, when they are NULL, AssumeRoleWithWebIdentity with token,
 * unsigned. One at a time. Everything is copied. Returns 0 and calls done once in a later turn, or
 * < 0 and never. done gets what the functions of a provider get, and may free s. */
int aws_sts_assume(struct aws_sts *s, const struct aws_role *role, struct aws_credentials *creds,
		   struct slice token, aws_credentials_fn *done, void *arg);

/* GetCallerIdentity: whose the client's keys are. It needs no permission. Returns 0 and calls done
 * exactly once in a later turn, or < 0 and never. */
int aws_sts_get_caller(struct aws_sts *s, aws_caller_fn *done, void *arg);

#endif
