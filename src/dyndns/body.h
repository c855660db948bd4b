/* SPDX-License-Identifier: BSD-2-Clause
 * The body of an update request: a form, a multipart form or a flat JSON object. Pure; pool
 * threads. The contract is docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_BODY_H
#define MOORING_DYNDNS_BODY_H

#include "base/str.h"

struct query_params;

enum { BODY_JSON_KEYS_MAX = 64 }; /* of one object */

/* Borrowed. */
struct dyndns_body {
	struct slice type;     /* Content-Type; empty: none */
	struct slice encoding; /* Content-Encoding; empty: none */
	struct slice bytes;
};

/* Adds the parameters of a body. ERR_REFUSED: it is none of the three, so nobody knows what it asks
 * for; otherwise the errors of params_add_form(), and ERR_NOMEM. */
int dyndns_body_read(const struct dyndns_body *body, struct query_params *p);

#endif
