/* SPDX-License-Identifier: BSD-2-Clause
 * Login and password among the parameters of an update request, where a listener allows that
 * (query-credentials): for devices that have a field for an URL and none for a login. Pure; runs on
 * the HTTP pool threads. The contract is docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_QUERY_AUTH_H
#define MOORING_DYNDNS_QUERY_AUTH_H

#include <stdbool.h>

#include "base/str.h"
#include "dyndns/user_password.h"

struct dyndns_body;

/* The raw (undecoded) query string and the body are read as by dyndns_query_parse(), but whether
 * they can be read as an update is not looked at. ERR_NOTFOUND (with *why as it was) when there is
 * no part of a login; ERR_INVAL (with *why filled) when there is one and it is none that could be
 * right; ERR_NOMEM. *ret is wiped unless 0 is returned. */
int dyndns_query_auth_parse(struct slice query, const struct dyndns_body *body,
			    struct query_credentials *ret, struct query_refusal *why);
/* Whether the query has a part of a login, for the log of who does not take it. */
bool dyndns_query_auth_is_tried(struct slice query);

#endif
