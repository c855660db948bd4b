/* SPDX-License-Identifier: BSD-2-Clause
 * From the configuration to an open store and open zones; what mooringd and mooringctl share. Core
 * thread.
 *
 *	struct backends b = {0};
 *
 *	r = backends_open_store(loop, conf, &b, &ei);	    b.store
 *	r = r != 0 ? r : backends_open_zones(loop, conf, &b, &ei);   b.zones[i].dns
 *	r = r != 0 ? r : backends_listen_dns(conf, &b, &ei);	    the daemon only
 *	...
 *	backends_close(&b);				    after any failure too
 *	uv_run(loop, UV_RUN_DEFAULT);			    until the loop is empty
 */
#ifndef MOORING_OPS_BACKENDS_H
#define MOORING_OPS_BACKENDS_H

#include <stddef.h>

#include "base/err.h"
#include "dns/pace.h"

struct aws_client;
struct aws_dynamodb;
struct aws_route53;
struct conf;
struct conf_zone;
struct dns;
struct dns_server;
struct store;
struct uv_loop_s;

struct backend_zone {
	const struct conf_zone *conf; /* borrowed */
	struct aws_route53 *route53;  /* NULL for a builtin zone */
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

/* conf is borrowed until backends_close(). Opens b->store; no request is made to AWS. On failure
 * the sentence is in ei and b stays fit for backends_close(). */
int backends_open_store(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			struct errinfo *ei);

/* Opens b->zones, one publisher each. No socket yet: a builtin zone answers nobody until
 * backends_listen_dns(). */
int backends_open_zones(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			struct errinfo *ei);

/* Binds conf->dns_listen when there is a builtin zone; else does nothing. */
int backends_listen_dns(const struct conf *conf, struct backends *b, struct errinfo *ei);

/* Closes what is open, in reverse, and zeroes b; a zeroed struct is fine. Memory and handles go in
 * later turns of the loop. Close the engine first. */
void backends_close(struct backends *b);

#endif
