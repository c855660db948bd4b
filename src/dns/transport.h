/* SPDX-License-Identifier: BSD-2-Clause
 * What the transports of the builtin name server (udp.h, tcp.h) want of it. Core thread. */
#ifndef MOORING_DNS_TRANSPORT_H
#define MOORING_DNS_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "net/addr.h"

/* Holds a query with EDNS options. A longer one is cut by the kernel, and is then FORMERR, or ends
 * its connection. */
enum { DNS_TRANSPORT_QUERY_MAX = 4096 };

/* Fills out with the answer to a query and returns its length; 0: none. */
typedef size_t dns_answer_fn(void *arg, const struct addr *client, enum dns_transport transport,
			     const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX]);
/* The transport is gone, and so is what its arg may point to. */
typedef void dns_gone_fn(void *arg);

struct dns_transport_owner {
	dns_answer_fn *answer;
	dns_gone_fn *gone;
	void *arg;
};

#endif
