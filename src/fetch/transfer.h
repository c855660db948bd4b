/* SPDX-License-Identifier: BSD-2-Clause
 * One HTTP/1.1 exchange: bounded in time, size and trust; no retry, no signature, no redirect.
 * Core thread. */
#ifndef MOORING_FETCH_TRANSFER_H
#define MOORING_FETCH_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "fetch/header.h"

enum { FETCH_TRANSFER_HEADERS_MAX = 64 * 1024, FETCH_TRANSFER_WHY_SIZE = 256 };

struct fetch_transfers;
struct fetch_transfer;
struct uv_loop_s;
struct sockaddr;

/* What the owner of the transfers wants to know of the header of each reply. */
struct fetch_head_ops {
	size_t size; /* of what it keeps of one */
	/* A header begins: the real one comes after an interim one of status 1xx. */
	void (*reset)(void *head);
	/* One field, without blanks around its value. */
	void (*take)(void *head, struct slice name, struct slice value);
};

/* Copied; head is borrowed for life. */
struct fetch_transfers_conf {
	const char *title;		   /* "AWS client", for the log; a constant */
	const struct fetch_head_ops *head; /* NULL: nothing */
	const char *ca_bundle;		   /* NULL: the system's */
	unsigned connect_timeout_ms;
	unsigned max_connections; /* per host */
	unsigned max_response_bytes;
};

/* body is borrowed until the exchange ends, all else is copied. */
struct fetch_transfer_request {
	const char *url;
	bool is_post;
	bool is_put;	/* with an empty body */
	bool use_proxy; /* that of the environment */
	/* NULL, or asked for every address before a connection to it is made: a new one always */
	bool (*may_connect)(const struct sockaddr *addr);
	const struct fetch_header *headers;
	size_t n_headers;
	struct slice body;
	unsigned timeout_ms;
	unsigned max_response_bytes; /* 0: the limit of all transfers */
};

enum fetch_transfer_result {
	FETCH_TRANSFER_DONE,	    /* a whole reply came, of whatever status */
	FETCH_TRANSFER_TIMEOUT,	    /* sent or not: unknown */
	FETCH_TRANSFER_UNREACHABLE, /* nothing was sent */
	FETCH_TRANSFER_UNTRUSTED,   /* certificate or address is not to be trusted; nothing was sent
				     */
	FETCH_TRANSFER_BROKEN,	    /* the connection ended early */
	FETCH_TRANSFER_GARBAGE,	    /* not HTTP */
	FETCH_TRANSFER_TOO_LARGE,
	FETCH_TRANSFER_NOMEM,
};

/* Valid within the callback. */
struct fetch_transfer_reply {
	enum fetch_transfer_result result;
	char why[FETCH_TRANSFER_WHY_SIZE]; /* unless DONE: curl's words */
	long status;
	struct slice body;
	const void *head; /* what the owner's take() kept; NULL when it wants nothing */
	int64_t date_s;	  /* Date; 0 when absent */
	int64_t wait_s;	  /* Retry-After, a date or seconds, from now; 0 when absent */
	/* How often curl sent the request anew by itself, which it does when a kept connection ends
	 * without a byte of reply: the first one may have been carried out. */
	unsigned n_resent;
	bool was_sent; /* at least once; false: nothing can have been carried out */
};

typedef void fetch_transfer_fn(void *arg, const struct fetch_transfer_reply *reply);

/* ERR_NOMEM. */
int fetch_transfers_new(struct uv_loop_s *loop, const struct fetch_transfers_conf *conf,
			struct fetch_transfers **ret);
/* No exchange may be under way. Frees in a later turn of the loop; NULL is fine. */
void fetch_transfers_close(struct fetch_transfers *ts);

/* done is called once, in a later turn of the loop, unless the exchange is cancelled. ERR_NOMEM. */
int fetch_transfer_start(struct fetch_transfers *ts, const struct fetch_transfer_request *req,
			 fetch_transfer_fn *done, void *arg, struct fetch_transfer **ret);
void fetch_transfer_cancel(struct fetch_transfer *t);

#endif
