/* SPDX-License-Identifier: BSD-2-Clause
 * Login and password of an update request. Pure; runs on the HTTP pool threads. The contract is
 * docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_BASIC_AUTH_H
#define MOORING_DYNDNS_BASIC_AUTH_H

#include <stddef.h>

#include "base/str.h"

enum { QUERY_USER_MAX = 128 };	   /* bytes of a login */
enum { QUERY_PASSWORD_MAX = 256 }; /* bytes of a password */

/* Login and password of one request; wipe with explicit_bzero() after use. The password may hold
 * any byte but control characters. */
struct query_credentials {
	char user[QUERY_USER_MAX + 1];
	char password[QUERY_PASSWORD_MAX + 1];
	size_t password_len;
};

/* What the log says of a request that is no update: why, and whose it was. No part of a password.
 */
struct query_refusal {
	const char *reason;	   /* a constant */
	char user[QUERY_USER_MAX]; /* the login, or its beginning: any bytes */
	size_t user_len;	   /* 0: the login is not known */
};

/* The value of an Authorization header (RFC 7617): scheme without case, base64, split at the first
 * colon. Login and password that are not UTF-8 together are taken for Latin-1, and *ret has them in
 * UTF-8. ERR_INVAL (with *why filled and *ret wiped) for another scheme, bad base64, no colon, an
 * empty login, a control character, or above the limits, which count bytes of UTF-8. An empty
 * password is returned as such; it is never right. */
int dyndns_basic_auth_parse(struct slice header, struct query_credentials *ret,
			    struct query_refusal *why);

#endif
