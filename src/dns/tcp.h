/* SPDX-License-Identifier: BSD-2-Clause
 * The builtin name server over TCP. Core thread. */
#ifndef MOORING_DNS_TCP_H
#define MOORING_DNS_TCP_H

#include <stdint.h>

#include "base/err.h"
#include "dns/transport.h"

struct dns_tcp;
struct listen_at;
struct uv_loop_s;

struct dns_tcp_limits {
	unsigned clients; /* at once over all listeners that share n_clients */
	unsigned *n_clients;
	unsigned idle_ms;
};

/* Binds the address of at, with port instead of its own, and begins to answer. ERR_NOMEM, or as
 * listen_open(). */
int dns_tcp_open(struct uv_loop_s *loop, const struct listen_at *at, uint16_t port,
		 const struct dns_tcp_limits *limits, const struct dns_transport_owner *owner,
		 struct dns_tcp **ret, struct errinfo *ei);
/* Frees in a later turn of the loop and calls gone then; NULL is fine. */
void dns_tcp_close(struct dns_tcp *t);

#endif
