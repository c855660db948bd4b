/* SPDX-License-Identifier: BSD-2-Clause
 * The two transports of the builtin name server. Core thread. */
#ifndef MOORING_DNS_LISTEN_H
#define MOORING_DNS_LISTEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/answer.h"
#include "net/addr.h"

struct dns_tcp;
struct dns_udp;
struct listen_at;
struct uv_loop_s;

/* Fills out with the answer to a query and returns its length; 0: none. */
typedef size_t dns_answer_fn(void *arg, const struct addr *client, enum dns_transport transport,
			     const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX]);
/* The transport is gone, and so is what its arg may point to. */
typedef void dns_gone_fn(void *arg);

struct dns_listen_owner {
	dns_answer_fn *answer;
	dns_gone_fn *gone;
	void *arg;
};

struct dns_tcp_limits {
	unsigned clients; /* at once over all listeners that share n_clients */
	unsigned *n_clients;
	unsigned idle_ms;
};

/* Each binds and begins to answer. ERR_NOMEM, or as listen_open(). *ret_port is the one that was
 * bound; TCP takes port instead of its address's. */
int dns_udp_open(struct uv_loop_s *loop, const struct listen_at *at,
		 const struct dns_listen_owner *owner, struct dns_udp **ret, uint16_t *ret_port,
		 struct errinfo *ei);
int dns_tcp_open(struct uv_loop_s *loop, const struct listen_at *at, uint16_t port,
		 const struct dns_tcp_limits *limits, const struct dns_listen_owner *owner,
		 struct dns_tcp **ret, struct errinfo *ei);
/* Frees in a later turn of the loop and calls gone then; NULL is fine. */
void dns_udp_close(struct dns_udp *u);
void dns_tcp_close(struct dns_tcp *t);

#endif
