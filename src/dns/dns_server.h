/* SPDX-License-Identifier: BSD-2-Clause
 * The builtin authoritative name server: UDP and TCP on the core loop, ldns for the wire format.
 * One server answers for all builtin zones; each zone is a struct dns of its own. Core thread. */
#ifndef MOORING_DNS_DNS_SERVER_H
#define MOORING_DNS_DNS_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/zone.h"

struct dns;
struct dns_server;
struct listen_at;
struct uv_loop_s;

struct dns_server_limits {
	/* TCP connections at once, as tcp_table.h has them. */
	unsigned tcp_clients;
	unsigned tcp_per_network;
	unsigned tcp_idle_ms;
	unsigned responses_per_second; /* UDP answers to a network (/24, /56); 0: no limit */
};

/* No socket is opened yet. ERR_NOMEM. */
int dns_server_new(struct uv_loop_s *loop, const struct dns_server_limits *limits,
		   struct dns_server **ret);
/* Binds UDP and TCP; call once per address. The sentence in ei names the address. */
int dns_server_listen(struct dns_server *s, const struct listen_at *at, struct errinfo *ei);
/* The port really bound (for port 0 in tests) of the i-th listen. */
uint16_t dns_server_port(const struct dns_server *s, size_t i);
/* Adds a zone with the given SOA serial to begin with; *ret is its publisher, closed by dns_close()
 * (which takes the zone away) before the server is. Copies zone. */
int dns_server_add_zone(struct dns_server *s, const struct dns_server_zone *zone, uint32_t serial,
			struct dns **ret);
typedef void dns_drained_fn(void *arg);
/* Accepts no more connections of TCP; done when those that are open have their answers, or after
 * timeout_ms. UDP is answered as before: what comes after the close stays in the queue of a socket
 * that another process has, too. Never calls from inside the call. */
void dns_server_drain(struct dns_server *s, unsigned timeout_ms, dns_drained_fn *done, void *arg);
/* Closes sockets and connections, frees in a later turn of the loop; NULL is fine. */
void dns_server_close(struct dns_server *s);

#endif
