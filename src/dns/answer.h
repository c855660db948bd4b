/* SPDX-License-Identifier: BSD-2-Clause
 * From a DNS query to the bytes of its answer. Pure; core thread. */
#ifndef MOORING_DNS_ANSWER_H
#define MOORING_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_query;
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

struct dns_answer_how {
	enum dns_transport transport;
	const uint8_t *cookie; /* of DNS_COOKIE_LEN, for a query that has one; borrowed; or NULL */
	bool refuses_cookie;   /* BADCOOKIE alone: the client comes back with the cookie */
};

/* The answer to a query that dns_query_parse() did not say to drop; rcode is what it said. Returns
 * its length in out. Without zones everything is refused. */
size_t dns_answer(struct dns_zone *const zones[], size_t n_zones, const struct dns_query *query,
		  int rcode, const struct dns_answer_how *how, uint8_t out[DNS_ANSWER_MAX]);

#endif
