/* SPDX-License-Identifier: BSD-2-Clause
 * Who is the client when a proxy is in front? Pure; pool threads. Private to http/. */
#ifndef MOORING_HTTP_FORWARDED_H
#define MOORING_HTTP_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "http/settings.h"
#include "net/addr.h"
#include "net/prefix.h"

/* The proxies that are believed, and what they write; at is borrowed. */
struct forwarded_trust {
	size_t n;
	const struct prefix *at;
	enum http_client_header header;
};

bool forwarded_is_trusted(const struct forwarded_trust *trust, const struct addr *a);
const char *forwarded_header_name(enum http_client_header header);

/* Whom the header lines of a trusted proxy name. Each proxy appends whom it heard from, so the
 * client is the right-most one that is no trusted proxy; what a client wrote into the header itself
 * lies further left. Where all are proxies it is the left-most: the first of them asks for itself.
 * Who is named by something else than an address ("unknown", a word) is ADDR_NONE: the proxy's own
 * address must never be published for somebody else's host. */
struct forwarded {
	const struct forwarded_trust *trust; /* borrowed */
	bool is_named;
	struct addr client; /* the answer so far; ADDR_NONE before anybody is named */
};

void forwarded_begin(struct forwarded *f, const struct forwarded_trust *trust);
/* The value of the next line of the header, from the first to the last. */
void forwarded_take(struct forwarded *f, struct slice line);

#endif
