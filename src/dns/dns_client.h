/* SPDX-License-Identifier: BSD-2-Clause
 * One question to one name server, over UDP, and over TCP when the reply does not fit. It blocks
 * its thread: for mooringctl, never for the daemon. */
#ifndef MOORING_DNS_DNS_CLIENT_H
#define MOORING_DNS_DNS_CLIENT_H

#include <sys/socket.h>

#include "base/err.h"
#include "dns/dns_reply.h"

/* Tries over UDP; one over TCP follows when the reply is truncated. */
enum { DNS_CLIENT_TRIES = 2 };

/* timeout_ms is for each try. Any rcode is a reply: 0 with *ret set. ERR_TIMEOUT, ERR_UNAVAILABLE
 * (nothing listens, no way there), ERR_PROTOCOL, ERR_NOMEM; a sentence without the server's address
 * is in ei. */
int dns_client_ask(const struct sockaddr_storage *server, const struct fqdn *name,
		   enum dns_type type, bool is_recursive, unsigned timeout_ms,
		   struct dns_reply *ret, struct errinfo *ei);

#endif
