/* SPDX-License-Identifier: BSD-2-Clause
 * Login and password of an update request in its Authorization header. Pure; runs on the HTTP pool
 * threads. The contract is docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_BASIC_AUTH_H
#define MOORING_DYNDNS_BASIC_AUTH_H

#include "base/str.h"
#include "dyndns/user_password.h"

/* The value of an Authorization header (RFC 7617): scheme without case, base64, then as
 * credentials_from_pair(). ERR_INVAL with *why filled and *ret wiped, also without a header (it is
 * empty), for another scheme and for bad base64. */
int dyndns_basic_auth_parse(struct slice header, struct query_credentials *ret,
			    struct query_refusal *why);

#endif
