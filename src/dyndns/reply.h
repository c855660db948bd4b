/* SPDX-License-Identifier: BSD-2-Clause
 * The dyndns2 answer: verdicts to status line and exact bytes. Pure; any thread. The contract is
 * docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_REPLY_H
#define MOORING_DYNDNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "dyndns/query.h"
#include "net/addr.h"

enum dyndns_code {
	DYNDNS_GOOD,
	DYNDNS_NOCHG,
	DYNDNS_BADAUTH,
	DYNDNS_NOHOST,
	DYNDNS_NOTFQDN,
	DYNDNS_NUMHOST,
	DYNDNS_DNSERR,	     /* the same request can never succeed: 200 */
	DYNDNS_DNSERR_LATER, /* it may: 503 and Retry-After */
	DYNDNS_911,	     /* our trouble or AWS's: 503 and Retry-After */
};

struct dyndns_line {
	enum dyndns_code code;
	struct addr_pair addrs; /* for good and nochg */
	struct prefix prefix;	/* where there is no address; its length may be 0: neither */
};

/* How an account's client wants to be answered. */
struct dyndns_form {
	bool errors_as_4xx; /* 400, 404 or 422 where others get an error with 200 */
	bool one_line;	    /* the worst line alone */
};

/* One line per host in request order; errors of the account or the request are one line alone. */
struct dyndns_answer {
	struct dyndns_form form;
	unsigned retry_after_s; /* when it is known; 0: it is not */
	size_t n_lines;
	struct dyndns_line lines[QUERY_HOSTS_MAX];
};

/* "nochg " and two addresses and a comma and a newline, for each line. */
enum { DYNDNS_BODY_MAX = QUERY_HOSTS_MAX * (6 + 2 * ADDR_TEXT_MAX + 2) + 1 };

struct dyndns_reply {
	unsigned status;
	bool challenge;		/* send WWW-Authenticate */
	unsigned retry_after_s; /* 0: no Retry-After */
	size_t body_len;
	char body[DYNDNS_BODY_MAX]; /* no trailing newline; NUL-terminated */
};

void dyndns_answer_one(struct dyndns_answer *a, enum dyndns_code code);
/* Whether it is only given to whoever has a right login. */
bool dyndns_answer_is_to_login(const struct dyndns_answer *a);
/* Renders a; any line that may succeed later makes the status 503, whatever the form is, with
 * retry_after_s where a does not know better. */
void dyndns_render(const struct dyndns_answer *a, unsigned retry_after_s, struct dyndns_reply *ret);
/* The protocol word of a code: "good", "911", ... for logs and metrics. */
const char *dyndns_word(enum dyndns_code code);

#endif
