/* SPDX-License-Identifier: BSD-2-Clause
 * The builtin name server over TCP. Core thread. */
#ifndef MOORING_DNS_TCP_H
#define MOORING_DNS_TCP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/transport.h"

struct dns_tcp;
struct listen_at;
struct tcp_table;
struct uv_loop_s;

/* Binds the address of at, with port instead of its own, and begins to answer. The table is
 * borrowed until owner's gone(); the listeners that share it look for idle connections each
 * look_ms. ERR_NOMEM, or as listen_open(). */
int dns_tcp_open(struct uv_loop_s *loop, const struct listen_at *at, uint16_t port,
		 struct tcp_table *table, unsigned look_ms, const struct dns_transport_owner *owner,
		 struct dns_tcp **ret, struct errinfo *ei);
/* Accepts no more connections from now on, and closes those that are at rest: answered, with
 * nothing to be read. How many are left; to be called until there are none. */
size_t dns_tcp_drain(struct dns_tcp *t);
/* Frees in a later turn of the loop and calls gone then; NULL is fine. */
void dns_tcp_close(struct dns_tcp *t);

#endif
