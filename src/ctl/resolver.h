/* SPDX-License-Identifier: BSD-2-Clause
 * The name servers that this machine asks. resolver_ask() blocks, with a line of progress; all but
 * it and resolver_system() is pure. */
#ifndef MOORING_CTL_RESOLVER_H
#define MOORING_CTL_RESOLVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/str.h"
#include "dns/dns_reply.h"

enum { RESOLVERS_MAX = 3 }; /* MAXNS of resolv.conf(5) */
enum { RESOLVER_PORT = 53 };

struct resolvers {
	size_t n;
	struct sockaddr_storage at[RESOLVERS_MAX];
};

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "fe80::1%eth0" or "[2001:db8::1]:5353".
 * ERR_INVAL. */
int resolver_parse(struct slice text, struct sockaddr_storage *ret);
/* The text of resolv.conf(5). The one on this machine when it names none. */
void resolver_parse_conf(struct slice text, struct resolvers *ret);
void resolver_system(struct resolvers *ret);

struct sockaddr_storage resolver_sockaddr(const struct addr *addr, uint16_t port);

/* One after the other until one has an answer; SERVFAIL and REFUSED only from the last. Codes of
 * dns_client_ask(). */
int resolver_ask(const struct resolvers *r, const struct fqdn *name, enum dns_type type,
		 struct dns_reply *ret, struct errinfo *ei);

#endif
