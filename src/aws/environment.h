/* SPDX-License-Identifier: BSD-2-Clause
 * The environment as a place that keys come from (aws/chain.h). Core thread. */
#ifndef MOORING_AWS_ENVIRONMENT_H
#define MOORING_AWS_ENVIRONMENT_H

#include "aws/credentials.h"

struct aws_client;

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
int aws_source_new_environment(struct aws_client *client, struct aws_provider **ret);

#endif
