/* SPDX-License-Identifier: BSD-2-Clause
 * The builtin name server over UDP. Core thread. */
#ifndef MOORING_DNS_UDP_H
#define MOORING_DNS_UDP_H

#include <stdint.h>

#include "base/err.h"
#include "dns/transport.h"

struct dns_udp;
struct listen_at;
struct uv_loop_s;

/* Binds and begins to answer. ERR_NOMEM, or as listen_open(). *ret_port is the one that was bound.
 */
int dns_udp_open(struct uv_loop_s *loop, const struct listen_at *at,
		 const struct dns_transport_owner *owner, struct dns_udp **ret, uint16_t *ret_port,
		 struct errinfo *ei);
/* Frees in a later turn of the loop and calls gone then; NULL is fine. */
void dns_udp_close(struct dns_udp *u);

#endif
