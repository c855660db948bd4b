/* SPDX-License-Identifier: BSD-2-Clause
 * The metadata service of an instance as a place that keys come from (aws/chain.h). Core thread. */
#ifndef MOORING_AWS_IMDS_H
#define MOORING_AWS_IMDS_H

#include "aws/metadata.h"
#include "aws/credentials.h"
#include "aws/profile.h"
#include "base/err.h"

struct aws_client;

enum {
	AWS_IMDS_TIMEOUT_MS = 1000,
	AWS_IMDS_ATTEMPTS = 3,
	AWS_IMDS_RETRY_MS = 100,
};

/* The metadata service of an EC2 instance, version 2 alone. */
int aws_source_new_imds(struct aws_client *client, struct aws_provider **ret);

/* Where the metadata service is, without a slash at the end. profiles may be NULL.
 * ERR_UNAVAILABLE with a sentence. Pure. */
int aws_imds_find_endpoint(const char *const *env, const struct aws_profiles *profiles,
			   char ret[AWS_URL_SIZE], struct errinfo *ei);

#endif
