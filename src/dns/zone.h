/* SPDX-License-Identifier: BSD-2-Clause
 * The records of one builtin zone: a table of names with at most one A and one AAAA each, and what
 * the zone says about itself. Pure; core thread. */
#ifndef MOORING_DNS_ZONE_H
#define MOORING_DNS_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "net/addr.h"
#include "net/fqdn.h"

struct dns_zone;

enum { DNS_SERVER_NS_MAX = 8 };

/* Names and addresses of the zone's own name servers: for NS, SOA MNAME and glue. */
struct dns_server_zone {
	struct fqdn name;
	size_t n_ns;
	struct fqdn ns[DNS_SERVER_NS_MAX]; /* at least one */
	size_t n_ns_addrs;
	struct addr ns_addrs[DNS_SERVER_NS_MAX]; /* of those ns names that lie in the zone */
	uint32_t ttl;				 /* of NS and SOA, and the negative TTL */
};

struct dns_zone_rr {
	struct addr addr;
	uint32_t ttl;
};

/* What a name is to the zone. A name below which there are names exists, with or without records
 * of its own (RFC 8020). */
struct dns_zone_view {
	bool exists;
	bool is_apex;
	size_t n_rrs;
	struct dns_zone_rr rrs[DNS_SERVER_NS_MAX];
};

/* Copies conf. seed is random per process. ERR_NOMEM. */
int dns_zone_new(const struct dns_server_zone *conf, uint32_t serial, uint64_t seed,
		 struct dns_zone **ret);
/* NULL is fine. */
void dns_zone_free(struct dns_zone *z);

const struct dns_server_zone *dns_zone_conf(const struct dns_zone *z);
/* Grows by one with every call that changed an answer (RFC 1982 arithmetic, never 0). */
uint32_t dns_zone_serial(const struct dns_zone *z);

/* Name is within the zone. Wildcards are followed as RFC 4592 says. */
void dns_zone_look(const struct dns_zone *z, const struct fqdn *name, struct dns_zone_view *ret);

/* All changes or none. ERR_REFUSED for a name outside of the zone or with glue, ERR_NOMEM. */
int dns_zone_apply(struct dns_zone *z, const struct dns_change *changes, size_t n,
		   struct errinfo *ei);

/* As in dns.h. */
void dns_zone_reconcile_begin(struct dns_zone *z);
int dns_zone_reconcile_keep(struct dns_zone *z, const struct fqdn *name,
			    const struct addr_pair *addrs, uint32_t ttl);
void dns_zone_reconcile_end(struct dns_zone *z, bool complete);

/* The zone of zones[n] that name lies in, the deepest one; NULL when there is none. */
const struct dns_zone *dns_zone_find(struct dns_zone *const zones[], size_t n,
				     const struct fqdn *name);

#endif
