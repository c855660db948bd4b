/* SPDX-License-Identifier: BSD-2-Clause
 * The parameters of an update request, wherever they stood: which names mean what, and the last
 * value of each. Pure; runs on the HTTP pool threads. The contract is docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_PARAMS_H
#define MOORING_DYNDNS_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { QUERY_PARAMS_MAX = 4096 }; /* bytes of query string and body, each */

/* What a parameter is read as. */
enum param_role {
	PARAM_HOSTS,
	PARAM_ADDRESS,
	PARAM_ADDRESS_V4,
	PARAM_ADDRESS_V6,
	PARAM_PREFIX,
	PARAM_OFFLINE,
};

enum { PARAMS_KNOWN = 18 };

/* The parameters that a login may stand in; the order of those of a kind is their precedence. */
enum param_login {
	PARAM_USER,
	PARAM_USER_LAST = 2,
	PARAM_PASSWORD,
	PARAM_PASSWORD_LAST = 7,
	PARAM_TOKEN,
	PARAMS_LOGIN
};

/* Which parameters are known: those of an update, or those of a login. A request is read for each
 * of them by itself, so that a password is decoded only where it is asked for. */
enum params_set { PARAMS_OF_UPDATE, PARAMS_OF_LOGIN };

/* Decoded values of the parameters that are known, without the blanks around them; an absent one
 * is NULL, and counts as an empty one but where params_has() is asked. Must not be copied: the
 * values point into text. */
struct query_params {
	enum params_set set;
	struct slice at[PARAMS_KNOWN]; /* of PARAMS_OF_LOGIN by enum param_login */
	size_t text_len;
	char text[2 * QUERY_PARAMS_MAX]; /* a decoded value is no longer than it was before */
};

void params_init(struct query_params *p, enum params_set set);
/* Of PARAMS_OF_UPDATE. For PARAM_HOSTS the order is the precedence. */
enum param_role params_role(size_t i);
/* It was given, with a value or without. */
bool params_has(const struct query_params *p, size_t i);
/* Names are compared without regard to case. */
bool params_knows(const struct query_params *p, struct slice name);
/* Wipes what was decoded. */
void params_wipe(struct query_params *p);

/* Every parameter of an encoded form or query string. ERR_INVAL: an escape in a name or in a known
 * value is broken, or holds a NUL, or a name is a known one with an index; ERR_LIMIT: it is longer
 * than QUERY_PARAMS_MAX. */
int params_add_form(struct query_params *p, struct slice encoded);
/* One that is not encoded. ERR_INVAL: the name or the value of a known one holds a NUL, or the name
 * is a known one with an index; ERR_LIMIT: there is no room left. */
int params_add(struct query_params *p, struct slice name, struct slice value);

#endif
