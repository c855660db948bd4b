/* SPDX-License-Identifier: BSD-2-Clause
 * The places that keys come from, each as a provider of its own (aws/credentials.h): it keeps
 * nothing, looks anew at each question, and takes one question at a time. ERR_NOTFOUND means that
 * the place is not in use here, and the sentence says why; any other error, that it is and fails.
 * client, and its environment, are borrowed for life. Core thread. */
#ifndef MOORING_AWS_SOURCE_H
#define MOORING_AWS_SOURCE_H

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/profile.h"

struct sockaddr;

enum {
	AWS_CONTAINER_TIMEOUT_MS = 2000,
	AWS_CONTAINER_ATTEMPTS = 3,
	AWS_CONTAINER_RETRY_MS = 1000,
	AWS_IMDS_TIMEOUT_MS = 1000,
	AWS_IMDS_ATTEMPTS = 3,
	AWS_IMDS_RETRY_MS = 100,
	AWS_URL_SIZE = 2048,
};

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
int aws_source_new_environment(struct aws_client *client, struct aws_provider **ret);
/* AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN. */
int aws_source_new_web_identity(struct aws_client *client, struct aws_provider **ret);
/* The chosen profile of the shared files. */
int aws_source_new_profile(struct aws_client *client, struct aws_provider **ret);
/* The endpoint of an ECS task or an EKS pod. */
int aws_source_new_container(struct aws_client *client, struct aws_provider **ret);
/* The metadata service of an EC2 instance, version 2 alone. */
int aws_source_new_imds(struct aws_client *client, struct aws_provider **ret);
/* The source that which names; the standard order of all for AWS_CREDENTIALS_AUTO. Its errors are
 * never ERR_NOTFOUND. */
int aws_source_new_chain(struct aws_client *client, enum aws_credentials_source which,
			 struct aws_provider **ret);

/* Where the container's endpoint is. *ret_check: plain HTTP, so that only certain addresses will
 * do. ERR_NOTFOUND when the environment names none, ERR_UNAVAILABLE with a sentence. Pure. */
int aws_container_find_url(const char *const *env, char ret[AWS_URL_SIZE], bool *ret_check,
			   struct errinfo *ei);
/* Whether plain HTTP may go to that address. Pure. */
bool aws_container_may_connect(const struct sockaddr *addr);
/* Where the metadata service is, without a slash at the end. profiles may be NULL.
 * ERR_UNAVAILABLE with a sentence. Pure. */
int aws_imds_find_endpoint(const char *const *env, const struct aws_profiles *profiles,
			   char ret[AWS_URL_SIZE], struct errinfo *ei);

/* For tests: the pause before the container's endpoint or the metadata service is asked again. */
void aws_client_set_ask_delay_ms(struct aws_client *c, unsigned delay_ms);

#endif
