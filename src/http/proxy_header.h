/* SPDX-License-Identifier: BSD-2-Clause
 * The header of HAProxy's PROXY protocol, versions 1 and 2, by which a proxy that passes bytes on
 * unread says whose they are (HAProxy's proxy-protocol.txt). Pure; pool threads. Private to http/.
 */
#ifndef MOORING_HTTP_PROXY_HEADER_H
#define MOORING_HTTP_PROXY_HEADER_H

#include <stddef.h>

#include "net/addr.h"

enum {
	/* The longest line of version 1, its CR LF included: what the specification wants. */
	PROXY_HEADER_V1_MAX = 107,
	/* The fixed part of version 2. */
	PROXY_HEADER_V2_HEAD = 16,
	/* Addresses and what follows them. AWS's load balancers send about 84 bytes, HAProxy with
	 * all it knows of a client's certificate some hundred; the field could say 65535. */
	PROXY_HEADER_V2_REST_MAX = 2048,
	PROXY_HEADER_MAX = PROXY_HEADER_V2_HEAD + PROXY_HEADER_V2_REST_MAX,
};

enum proxy_verdict {
	PROXY_MORE,	 /* right so far, and not whole */
	PROXY_WHOLE,	 /* read */
	PROXY_MISSING,	 /* what comes is another protocol */
	PROXY_MALFORMED, /* too long or against the rules; the checksum, too */
};

/* Whose bytes follow the header. */
enum proxy_source {
	PROXY_SOURCE_CLIENT, /* those of the address that it names */
	PROXY_SOURCE_PROXY,  /* the proxy's own: LOCAL of version 2, a health check */
	PROXY_SOURCE_NOBODY, /* a client's whose address is not told: UNKNOWN, UNSPEC, not TCP */
};

struct proxy_header {
	size_t len; /* of its bytes; what follows them is the client's */
	enum proxy_source source;
	struct addr client; /* ADDR_NONE where it names none */
};

/* Judges the first len bytes of a connection. *ret is written with PROXY_WHOLE only. With
 * PROXY_HEADER_MAX bytes the answer is never PROXY_MORE. */
enum proxy_verdict proxy_header_parse(const unsigned char *bytes, size_t len,
				      struct proxy_header *ret);

#endif
