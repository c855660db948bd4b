/* SPDX-License-Identifier: BSD-2-Clause
 * The endpoint of a container as a place that keys come from (aws/chain.h). Core thread. */
#ifndef MOORING_AWS_CONTAINER_H
#define MOORING_AWS_CONTAINER_H

#include <stdbool.h>

#include "aws/metadata.h"
#include "aws/credentials.h"
#include "base/err.h"

struct aws_client;
struct sockaddr;

enum {
	AWS_CONTAINER_TIMEOUT_MS = 2000,
	AWS_CONTAINER_ATTEMPTS = 3,
	AWS_CONTAINER_RETRY_MS = 1000,
};

/* The endpoint of an ECS task or an EKS pod. */
int aws_source_new_container(struct aws_client *client, struct aws_provider **ret);

/* Where the container's endpoint is. *ret_check: plain HTTP, so that only certain addresses will
 * do. ERR_NOTFOUND when the environment names none, ERR_UNAVAILABLE with a sentence. Pure. */
int aws_container_find_url(const char *const *env, char ret[AWS_URL_SIZE], bool *ret_check,
			   struct errinfo *ei);
/* Whether plain HTTP may go to that address. Pure. */
bool aws_container_may_connect(const struct sockaddr *addr);

#endif
