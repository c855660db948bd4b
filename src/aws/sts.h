/* SPDX-License-Identifier: BSD-2-Clause
 * The Security Token Service: temporary keys of a role, for keys or for a token. Core thread. */
#ifndef MOORING_AWS_STS_H
#define MOORING_AWS_STS_H

#include "aws/credentials.h"
#include "aws/roleplan.h"

struct aws_client;
struct aws_sts;

/* Finds the endpoint: AWS_ENDPOINT_URL_STS and so on, or the one of the region. */
int aws_sts_new(struct aws_client *client, struct aws_sts **ret, struct errinfo *ei);
/* A question under way is not answered any more. NULL is fine. */
void aws_sts_free(struct aws_sts *s);

/* AssumeRole, signed with creds; or, when they are NULL, AssumeRoleWithWebIdentity with token,
 * unsigned. One at a time. Everything is copied. Returns 0 and calls done once in a later turn, or
 * < 0 and never. done gets what the functions of a provider get, and may free s. */
int aws_sts_assume(struct aws_sts *s, const struct aws_role *role, struct aws_credentials *creds,
		   struct slice token, aws_credentials_fn *done, void *arg);

#endif
