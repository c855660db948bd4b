/* SPDX-License-Identifier: BSD-2-Clause
 * A reply to a question about a name, taken apart. Pure; any thread. */
#ifndef MOORING_DNS_DNS_REPLY_H
#define MOORING_DNS_DNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/fqdn.h"

/* What may be asked for: the types' own numbers (RFC 1035 §3.2.2, RFC 3596 §2.1). */
enum dns_type { DNS_TYPE_A = 1, DNS_TYPE_NS = 2, DNS_TYPE_SOA = 6, DNS_TYPE_AAAA = 28 };

/* RFC 1035 §4.1.1 */
enum { DNS_RCODE_OK = 0, DNS_RCODE_SERVFAIL = 2, DNS_RCODE_NXDOMAIN = 3, DNS_RCODE_REFUSED = 5 };

enum { DNS_REPLY_NAMES_MAX = 16, DNS_REPLY_ADDRS_MAX = 16 };

/* What the answer section has of the name and type that were asked for; more than fits is left
 * out. Addresses are also those of the name that it is an alias of. */
struct dns_reply {
	unsigned rcode;
	bool is_authoritative;
	bool is_truncated;
	bool has_soa;
	size_t n_names; /* of NS records */
	struct fqdn names[DNS_REPLY_NAMES_MAX];
	size_t n_addrs;
	struct addr addrs[DNS_REPLY_ADDRS_MAX];
};

/* Writes the question to out. Returns its length, or 0 when it does not fit. */
size_t dns_reply_ask(uint8_t *out, size_t cap, uint16_t id, const struct fqdn *name,
		     enum dns_type type, bool is_recursive);

/* ERR_NOTFOUND: the message is no reply to that question, whose reply may still come. ERR_PROTOCOL:
 * it is one, and broken. ERR_NOMEM. */
int dns_reply_parse(const uint8_t *message, size_t len, uint16_t id, const struct fqdn *name,
		    enum dns_type type, struct dns_reply *ret);

/* "REFUSED"; "rcode" for those without a name here. */
const char *dns_rcode_name(unsigned rcode);

#endif
