/* SPDX-License-Identifier: BSD-2-Clause
 * What ops/backends.h opens. Core thread. */
#ifndef MOORING_OPS_BACKEND_H
#define MOORING_OPS_BACKEND_H

#include <stddef.h>

#include "aws/aws_route53.h"
#include "aws/route53_list.h"
#include "aws/route53_zone.h"
#include "base/err.h"
#include "dns/pace.h"

struct aws_client;
struct aws_dynamodb;
struct conf;
struct conf_zone;
struct dns;
struct dns_server;
struct store;

/* What mooringctl asks of a hosted zone beside what publishers do: the functions of aws/ of these
 * names, and the partition, "aws". */
struct backend_hosted {
	const char *(*partition)(const struct aws_route53 *r);
	int (*change)(struct aws_route53 *r, const char *hosted_zone_id,
		      const struct aws_route53_change *changes, size_t n, aws_route53_fn *done,
		      void *arg);
	int (*list_page)(struct aws_route53 *r, const char *hosted_zone_id,
			 const struct aws_route53_place *from, unsigned max_sets,
			 aws_route53_set_fn *each, aws_route53_page_fn *done, void *arg);
	int (*get_zone)(struct aws_route53 *r, const char *hosted_zone_id,
			aws_route53_zone_fn *done, void *arg);
};

struct backend_zone {
	const struct conf_zone *conf;	     /* borrowed */
	struct aws_route53 *route53;	     /* NULL for a builtin zone */
	const struct backend_hosted *hosted; /* the same */
	struct dns *dns;
};

/* Start from a zeroed struct. Everything in it is owned by it; read the members, never free them.
 */
struct backends {
	struct aws_client *aws; /* NULL when nothing in the configuration needs AWS */
	struct aws_dynamodb *dynamodb;
	struct store *store;
	struct pace pace;	       /* of all Route 53 zones */
	struct dns_server *dns_server; /* NULL without a builtin zone */
	size_t n_zones;		       /* as conf->zones, in that order */
	struct backend_zone *zones;
};

#endif
