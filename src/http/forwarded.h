/* SPDX-License-Identifier: BSD-2-Clause
 * Who is the client when a proxy is in front? Pure; pool threads. Private to http/. */
#ifndef MOORING_HTTP_FORWARDED_H
#define MOORING_HTTP_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "net/addr.h"
#include "net/prefix.h"

/* The proxies whose X-Forwarded-For is believed; at is borrowed. */
struct forwarded_trust {
	size_t n;
	const struct prefix *at;
};

bool forwarded_is_trusted(const struct forwarded_trust *trust, const struct addr *a);

/* The client of a request that came from peer with this X-Forwarded-For ("" when there was none):
 * each proxy appends whom it heard from, so the list is read from its right end for as long as the
 * speaker is trusted. Only what a trusted proxy said counts; what a client wrote into the header
 * itself lies further left. An item that is no address gives "no address" (ADDR_NONE): the proxy's
 * own must never be published for somebody else's host. */
struct addr forwarded_client(const struct forwarded_trust *trust, const struct addr *peer,
			     struct slice header);

#endif
