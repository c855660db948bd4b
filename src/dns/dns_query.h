/* SPDX-License-Identifier: BSD-2-Clause
 * A DNS query as it came off the wire, taken apart and judged. Pure; any thread. */
#ifndef MOORING_DNS_DNS_QUERY_H
#define MOORING_DNS_DNS_QUERY_H

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/wire.h"
#include "net/fqdn.h"

struct dns_query {
	uint16_t id;
	uint8_t opcode;
	bool is_recursive; /* RD, which is given back */
	ldns_rdf *owner;   /* the name as it was spelt; owned; NULL when only the header was
			      understood */
	/* The same name, folded by dns_read_text() for the lookup. */
	struct fqdn name;
	uint16_t type;
	uint16_t class;
	bool has_edns;
	bool wants_dnssec; /* DO, which is given back (RFC 3225 §3) */
	uint8_t edns_version;
	uint16_t payload_size; /* what the client can take over UDP */
};

/* What dns_query_parse() returns, instead of an rcode, for a message that must not be answered: an
 * answer (two servers would answer each other for ever), or one too short for a header. */
enum { DNS_QUERY_DROP = -1 };

/* RFC 6891 §9: an rcode that only fits into the OPT record's extension. */
enum { DNS_RCODE_BADVERS = 16 };

/* Returns LDNS_RCODE_NOERROR for a query of class IN that may be looked up; otherwise
 * DNS_QUERY_DROP or the rcode to answer with. dns_query_fini() in either case. */
int dns_query_parse(const uint8_t *message, size_t len, struct dns_query *ret);
void dns_query_fini(struct dns_query *q);

#endif
