/* SPDX-License-Identifier: BSD-2-Clause
 * Roles as a place that keys come from (aws/chain.h): of a profile, or for a token. Core thread. */
#ifndef MOORING_AWS_ROLES_H
#define MOORING_AWS_ROLES_H

#include "aws/credentials.h"

struct aws_client;

/* AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN. */
int aws_source_new_web_identity(struct aws_client *client, struct aws_provider **ret);
/* The chosen profile of the shared files. */
int aws_source_new_profile(struct aws_client *client, struct aws_provider **ret);

#endif
