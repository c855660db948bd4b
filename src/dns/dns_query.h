/* SPDX-License-Identifier: BSD-2-Clause
 * A DNS query as it came off the wire, taken apart and judged. Pure; any thread. */
#ifndef MOORING_DNS_DNS_QUERY_H
#define MOORING_DNS_DNS_QUERY_H

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/cookie.h"
#include "dns/wire.h"
#include "net/fqdn.h"

struct dns_query {
	uint16_t id;
	uint8_t opcode;
	bool is_recursive; /* RD, which is given back */
	ldns_rdf *owner;   /* the name as it was spelt; owned; NULL when only the header was
			      understood, or a cookie alone is asked for */
	/* The same name, folded by dns_read_text() for the lookup. */
	struct fqdn name;
	uint16_t type;
	uint16_t class;
	bool has_edns;
	bool wants_dnssec; /* DO, which is given back (RFC 3225 §3) */
	uint8_t edns_version;
	uint16_t payload_size; /* what the client can take over UDP */
	uint8_t cookie[DNS_COOKIE_MAX];
	uint8_t cookie_len; /* 0: none; otherwise it is well-formed */
};

/* What dns_query_parse() returns, instead of an rcode, for a message that must not be answered: an
 * answer (two servers would answer each other for ever), or one too short for a header. */
enum { DNS_QUERY_DROP = -1 };

/* Rcodes that only fit into the OPT record's extension (RFC 6891 §9, RFC 7873 §8). */
enum { DNS_RCODE_BADVERS = 16, DNS_RCODE_BADCOOKIE = 23 };

/* Returns LDNS_RCODE_NOERROR for a query of class IN that may be looked up, or for one without a
 * question, which asks for a cookie (RFC 7873 §5.4); otherwise DNS_QUERY_DROP or the rcode to
 * answer with. dns_query_fini() in either case. */
int dns_query_parse(const uint8_t *message, size_t len, struct dns_query *ret);
void dns_query_fini(struct dns_query *q);

#endif
