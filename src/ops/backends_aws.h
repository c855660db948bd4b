/* SPDX-License-Identifier: BSD-2-Clause
 * The part of ops/backends.h that is AWS's. Core thread. */
#ifndef MOORING_OPS_BACKENDS_AWS_H
#define MOORING_OPS_BACKENDS_AWS_H

#include "ops/backend.h"

struct conf_notify;
struct fqdn;
struct notify_target;
struct uv_loop_s;

/* A DynamoDB table into b->store. */
int backends_aws_open_store(struct uv_loop_s *loop, const struct conf *conf,
			    const struct fqdn *default_zone, struct backends *b,
			    struct errinfo *ei);
/* A hosted zone into z, one of b->zones. */
int backends_aws_open_zone(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			   struct backend_zone *z, struct errinfo *ei);
/* A topic of SNS; the client for AWS stays in b. */
int backends_aws_open_sns(struct uv_loop_s *loop, const struct conf *conf,
			  const struct conf_notify *c, struct backends *b,
			  struct notify_target **ret, struct errinfo *ei);
/* After store and publishers are closed. */
void backends_aws_close(struct backends *b);

#endif
