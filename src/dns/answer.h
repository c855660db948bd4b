/* SPDX-License-Identifier: BSD-2-Clause
 * From the bytes of a DNS query to the bytes of its answer. Pure; core thread. */
#ifndef MOORING_DNS_ANSWER_H
#define MOORING_DNS_ANSWER_H

#include <stddef.h>
#include <stdint.h>

struct dns_zone;

/* An answer that goes through every path unfragmented (dnsflagday.net/2020), and the most over TCP:
 * eight name servers of any length fit, and as much of their addresses as is of use. */
enum { DNS_UDP_PAYLOAD = 1232, DNS_ANSWER_MAX = 4096 };

enum dns_transport {
	DNS_OVER_UDP,
	DNS_OVER_UDP_SHORT, /* the client shall prove its address: truncated, whatever it asked */
	DNS_OVER_TCP,
};

/* Returns the length of the answer in out, 0 when there shall be none. zones may be empty: then
 * everything is refused. */
size_t dns_answer(struct dns_zone *const zones[], size_t n_zones, enum dns_transport transport,
		  const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX]);

#endif
