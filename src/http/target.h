/* SPDX-License-Identifier: BSD-2-Clause
 * Finds the endpoint that a request target means, in every spelling that routers are known to send
 * (docs/PROTOCOL.md). Pure; pool threads. Private to http/. */
#ifndef MOORING_HTTP_TARGET_H
#define MOORING_HTTP_TARGET_H

#include <stdbool.h>

#include "base/str.h"

enum endpoint {
	ENDPOINT_NONE,	  /* 404 */
	ENDPOINT_UPDATE,  /* the dyndns2 update */
	ENDPOINT_CHECKIP, /* the caller's address, in Dyn's HTML */
	ENDPOINT_MYIP,	  /* the caller's address, alone */
	ENDPOINT_HEALTH,
	ENDPOINT_CHALLENGE, /* HTTP-01 of ACME; only where plain HTTP has a folder for it */
	ENDPOINT_READY,	    /* admin listeners only, as is the next */
	ENDPOINT_METRICS,
};

/* The target in parts; slices of what was parsed. */
struct target {
	enum endpoint endpoint;
	struct slice query; /* raw, without the '?' */
	struct slice token; /* of ENDPOINT_CHALLENGE */
};

/* raw: origin-form, absolute-form or what clients make of it; without a NUL. host: the Host header,
 * empty when there is none; it only matters for "/",
 * and not in absolute-form, which has its own. */
void target_parse(struct slice raw, struct slice host, struct target *ret);

/* The same on an admin listener: nothing but /healthz, /readyz and /metrics, as they are written
 * here. */
void target_parse_admin(struct slice raw, struct target *ret);

#endif
