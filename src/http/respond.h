/* SPDX-License-Identifier: BSD-2-Clause
 * Replies: the constant ones made once, the others when they are needed. Pool threads. Private to
 * http/. */
#ifndef MOORING_HTTP_RESPOND_H
#define MOORING_HTTP_RESPOND_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/str.h"

struct dyndns_reply;
struct responses;

enum fixed {
	FIXED_BADAUTH,	      /* 401 and the challenge */
	FIXED_911,	      /* 503 and Retry-After */
	FIXED_NO_ADDRESS,     /* 503 and Retry-After: the client's is not known */
	FIXED_BADAGENT,	      /* 405 of an update */
	FIXED_METHOD,	      /* 405 of anything else */
	FIXED_BAD_REQUEST,    /* 400 */
	FIXED_TOO_LARGE,      /* 413 */
	FIXED_MEDIA_TYPE,     /* 415 */
	FIXED_HEAD_TOO_LARGE, /* 431 */
	FIXED_VERSION,	      /* 505 */
	FIXED_NOT_FOUND,      /* 404 */
	FIXED_OK,	      /* /healthz */
	FIXED_COUNT,
};

/* Of the constant replies. */
unsigned fixed_status(enum fixed what);
const char *fixed_body(enum fixed what);

/* ERR_NOMEM. */
int responses_new(unsigned retry_after_s, struct responses **ret);
/* NULL is fine. */
void responses_free(struct responses *rs);

/* Each queues one response; with keep false, libmicrohttpd closes the connection after it. MHD_NO:
 * it could not be made, the connection is to be closed. */
enum MHD_Result respond_fixed(const struct responses *rs, struct MHD_Connection *c, enum fixed what,
			      bool keep);
enum MHD_Result respond_text(struct MHD_Connection *c, unsigned status, const char *type,
			     struct slice body, bool keep);
enum MHD_Result respond_dyndns(const struct responses *rs, struct MHD_Connection *c,
			       const struct dyndns_reply *reply, bool keep);

#endif
