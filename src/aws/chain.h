/* SPDX-License-Identifier: BSD-2-Clause
 * The places that keys come from, in their standard order. Each is a provider of its own
 * (aws/credentials.h): it keeps nothing, looks anew at each question, and takes one question at a
 * time. ERR_NOTFOUND means that the place is not in use here, and the sentence says why; any other
 * error, that it is and fails. client, and its environment, are borrowed for life. Core thread. */
#ifndef MOORING_AWS_CHAIN_H
#define MOORING_AWS_CHAIN_H

#include "aws/credentials.h"

struct aws_client;

/* The source that which names; the standard order of all for AWS_CREDENTIALS_AUTO. Its errors are
 * never ERR_NOTFOUND. */
int aws_source_new_chain(struct aws_client *client, enum aws_credentials_source which,
			 struct aws_provider **ret);

#endif
