/* SPDX-License-Identifier: BSD-2-Clause
 * What each endpoint makes of a complete request: a reply, or an update for the engine. Pure; pool
 * threads. Private to http/. */
#ifndef MOORING_HTTP_ENDPOINTS_H
#define MOORING_HTTP_ENDPOINTS_H

#include <stdbool.h>

#include "base/str.h"
#include "dyndns/user_password.h"
#include "dyndns/body.h"
#include "dyndns/query.h"
#include "http/respond.h"
#include "http/target.h"
#include "net/addr.h"

struct engine_request;

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_OTHER };

struct call {
	enum method method;
	struct slice query, authorization;
	bool query_login; /* one among the parameters counts where the header has none */
	struct dyndns_body body;
	const struct addr *peer;
	struct engine_request *update; /* filled for OUTCOME_UPDATE: credentials and query */
};

enum outcome_kind { OUTCOME_FIXED, OUTCOME_TEXT, OUTCOME_UPDATE };

enum { OUTCOME_TEXT_MAX = 160 }; /* Dyn's check-IP page with an IPv6 address */

struct outcome {
	enum outcome_kind kind;
	enum fixed fixed;
	const char *type;
	char text[OUTCOME_TEXT_MAX];
	struct query_refusal why; /* of an update that is refused: OUTCOME_FIXED */
};

/* Methods are case-sensitive: RFC 9110 §9.1. */
enum method method_parse(const char *name);

void endpoint_run(enum endpoint e, const struct call *call, struct outcome *ret);

#endif
