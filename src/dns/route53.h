/* SPDX-License-Identifier: BSD-2-Clause
 * A hosted zone of Route 53 as a publisher. Core thread. */
#ifndef MOORING_DNS_ROUTE53_H
#define MOORING_DNS_ROUTE53_H

#include "base/err.h"

/* What changes cost in the bucket of the account.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/throttling-api-requests.html */
enum { ROUTE53_UPSERT_TOKENS = 2, ROUTE53_DELETE_TOKENS = 1 };

struct dns;
struct pace;
struct uv_loop_s;
struct aws_route53;

/* r53 and pace are borrowed for the life of the publisher, which alone uses r53; pace belongs to
 * the AWS account and is shared by all its zones (NULL: no limit). hosted_zone_id is copied, with
 * or without the "/hostedzone/" prefix. One of every sample_every accepted batches is watched until
 * it is in sync (0: none). No request is made. ERR_INVAL for an id outside [A-Z0-9]{1,32},
 * ERR_NOMEM. */
int dns_route53_open(struct uv_loop_s *loop, struct aws_route53 *r53, struct pace *pace,
		     const char *hosted_zone_id, unsigned sample_every, struct dns **ret,
		     struct errinfo *ei);

#endif
