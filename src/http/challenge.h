/* SPDX-License-Identifier: BSD-2-Clause
 * Answers HTTP-01 challenges of ACME (RFC 8555, 8.3) from the folder in which a client such as
 * certbot leaves them. Pool threads. Private to http/. */
#ifndef MOORING_HTTP_CHALLENGE_H
#define MOORING_HTTP_CHALLENGE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "http/endpoints.h"
#include "http/respond.h"

enum {
	/* 22 characters at least and 43 at the large authorities. */
	CHALLENGE_TOKEN_MAX = 128,
	/* The token, a dot, and 43 characters for the account's key. */
	CHALLENGE_BYTES_MAX = 1024,
};

/* Of base64url characters only, so that it names a file of the folder itself. */
bool challenge_is_token(struct slice s);

/* The file .well-known/acme-challenge/TOKEN below webroot; out has no NUL at its end. The webroot
 * may be reached by links; from there on none is followed. ERR_NOTFOUND: there is no such regular
 * file that can be read and is short enough. */
int challenge_read(const char *webroot, struct slice token, char out[CHALLENGE_BYTES_MAX],
		   size_t *ret_len);

/* Queues one response; MHD_NO: it could not be made. */
enum MHD_Result challenge_respond(const char *webroot, struct slice token, enum method method,
				  const struct responses *rs, struct MHD_Connection *c, bool keep);

#endif
