/* SPDX-License-Identifier: BSD-2-Clause
 * From the bytes of a DNS query to the bytes of its answer. Pure; core thread. */
#ifndef MOORING_DNS_ANSWER_H
#define MOORING_DNS_ANSWER_H

#include <stddef.h>
#include <stdint.h>

struct dns_zone;

/* The largest answers. Over UDP: what no path fragments (dnsflagday.net/2020). Over TCP: enough for
 * eight name servers of any length and a useful number of their addresses. */
enum { DNS_UDP_PAYLOAD = 1232, DNS_ANSWER_MAX = 4096 };

enum dns_transport {
	DNS_OVER_UDP,
	DNS_OVER_UDP_SHORT, /* truncated, so that the client comes back over TCP, which proves its
			       address */
	DNS_OVER_TCP,
};

/* Returns the length of the answer in out, 0 when the query must not be answered. Without zones
 * everything is refused. */
size_t dns_answer(struct dns_zone *const zones[], size_t n_zones, enum dns_transport transport,
		  const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX]);

#endif
