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

#include "ops/backend.h"

struct uv_loop_s;

/* ERR_INVAL when the configuration asks for what this build lacks (configure --without-aws). */
int backends_check(const struct conf *conf, struct errinfo *ei);

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
