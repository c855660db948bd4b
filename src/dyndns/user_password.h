/* SPDX-License-Identifier: BSD-2-Clause
 * Login and password of an update request, wherever they stood. Pure; runs on the HTTP pool
 * threads. The contract is docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_USER_PASSWORD_H
#define MOORING_DYNDNS_USER_PASSWORD_H

#include <stddef.h>

enum { QUERY_USER_MAX = 128 };	   /* bytes of a login */
enum { QUERY_PASSWORD_MAX = 256 }; /* bytes of a password */

/* Bytes of the longest "login:password", and of the same from a client that sends Latin-1: each of
 * its bytes may become two. */
enum {
	CREDENTIALS_PAIR_MAX = QUERY_USER_MAX + 1 + QUERY_PASSWORD_MAX,
	CREDENTIALS_PAIR_ROOM = 2 * (CREDENTIALS_PAIR_MAX + 1)
};

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

/* Splits "login:password" at the first colon. Both are UTF-8 afterwards: what is not, together, is
 * taken for Latin-1. Of a text longer than CREDENTIALS_PAIR_MAX its beginning suffices, one byte
 * more than that. The caller wipes pair, in which bytes are moved. ERR_INVAL (with *why filled)
 * without a colon, with an empty login or a control character, or above the limits, which count
 * bytes of UTF-8. An empty password is returned as such; it is never right. */
int credentials_from_pair(char pair[CREDENTIALS_PAIR_ROOM], size_t len,
			  struct query_credentials *ret, struct query_refusal *why);

#endif
