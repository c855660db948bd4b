/* SPDX-License-Identifier: BSD-2-Clause
 * A program as a place that keys come from (aws/chain.h): the credential_process of a profile. Core
 * thread. */
#ifndef MOORING_AWS_CREDENTIAL_PROCESS_H
#define MOORING_AWS_CREDENTIAL_PROCESS_H

#include "aws/credentials.h"
#include "base/str.h"

struct aws_client;

/* line is what the profile says, profile its name; both are copied. It is run at each question. Its
 * errors are never ERR_NOTFOUND. */
int aws_source_new_process(struct aws_client *client, struct slice line, struct slice profile,
			   struct aws_provider **ret);

#endif
