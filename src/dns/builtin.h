/* SPDX-License-Identifier: BSD-2-Clause
 * One zone of the builtin name server as a publisher. Core thread. */
#ifndef MOORING_DNS_BUILTIN_H
#define MOORING_DNS_BUILTIN_H

struct dns;
struct dns_zone;
struct uv_loop_s;

/* Called by dns_close(): the zone is no longer to be answered from; it is freed next. */
typedef void builtin_closed_fn(void *arg, struct dns_zone *zone);

/* Takes zone over, but for ERR_NOMEM. */
int builtin_new(struct uv_loop_s *loop, struct dns_zone *zone, builtin_closed_fn *closed, void *arg,
		struct dns **ret);

#endif
