/* SPDX-License-Identifier: BSD-2-Clause
 * What the front hands to the engine, and how it is answered. */
#ifndef MOORING_ENGINE_UPDATE_REQUEST_H
#define MOORING_ENGINE_UPDATE_REQUEST_H

#include <stdint.h>

#include "base/str.h"
#include "dyndns/basic_auth.h"
#include "dyndns/query.h"
#include "dyndns/reply.h"
#include "net/addr.h"

/* Borrowed until it is answered. The names of the query are read once the password is right. */
struct engine_request {
	struct query_credentials credentials;
	struct dyndns_query query;
	struct addr peer;
	uint64_t id;	    /* for the log, as is the next */
	struct slice agent; /* the client's User-Agent; p NULL: none */
};

/* answer is borrowed for the call. Called exactly once per request, on the core thread, never from
 * inside the call that handed it over. */
typedef void engine_answer_fn(void *arg, const struct dyndns_answer *answer);

#endif
