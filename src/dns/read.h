/* SPDX-License-Identifier: BSD-2-Clause
 * The pieces that a DNS message is made of, taken one after the other. ldns_wire2pkt() and
 * ldns_wire2rr() do not survive a failed allocation; its reader of names, which is the hard part,
 * does. Pure; any thread. */
#ifndef MOORING_DNS_READ_H
#define MOORING_DNS_READ_H

#include <ldns/ldns.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/wire.h"
#include "net/fqdn.h"

/* What follows a name: type and class; and a TTL and a length. */
enum { DNS_QUESTION_FIXED_LEN = 4, DNS_RECORD_FIXED_LEN = 10 };

struct dns_reader {
	const uint8_t *message;
	size_t len;
	size_t at;
};

uint16_t dns_read_u16(const uint8_t *at);
/* How many records the header of a whole message says that are in the section. */
uint16_t dns_read_count(const uint8_t *message, enum dns_section section);
/* n bytes of what follows, or NULL. */
const uint8_t *dns_read_bytes(struct dns_reader *r, size_t n);
/* *ret is the caller's to ldns_rdf_deep_free(). ERR_PROTOCOL, ERR_NOMEM. */
int dns_read_name(struct dns_reader *r, ldns_rdf **ret);

/* The name in lower case, without compression. A byte that no host name has stands there as
 * DNS_NAME_STRANGE, so that "a\.b" is never taken for "a.b". */
enum { DNS_NAME_STRANGE = 1 };
void dns_read_text(const ldns_rdf *dname, struct fqdn *ret);

#endif
