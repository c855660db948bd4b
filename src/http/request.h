/* SPDX-License-Identifier: BSD-2-Clause
 * The life of one request, from its first line to the end of its reply. Private to http/.
 *
 *	pool thread				core thread
 *	request_begin()		first line
 *	request_handle()	head: refused, or body swallowed, or
 *				complete: answered at once, or
 *				suspended FIRST, then posted  -->  engine_update()
 *	request_handle()	rendered and queued	     <--  answer copied in, resumed once
 *	request_end()		sent, or given up
 *
 * A request belongs to its pool thread, but between the post and the resume to the core; the core
 * does not touch it after that. Suspended connections have no timeout here: the engine answers
 * every update by its own deadline. Stopping libmicrohttpd with one suspended aborts the process:
 * see struct front. */
#ifndef MOORING_HTTP_REQUEST_H
#define MOORING_HTTP_REQUEST_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mailbox.h"
#include "http/forwarded.h"

struct engine;
struct http_admin;
struct conn_table;
struct known_clients;
struct line_limit;
struct responses;

/* What the requests of all listeners share. */
struct front {
	struct engine *engine; /* touched on the core only */
	struct mailbox *mailbox;
	struct responses *responses;
	struct line_limit *refused; /* of log lines */
	struct known_clients *known;
	unsigned keepalive_requests;
	unsigned retry_after_s;
	struct forwarded_trust trust;
	_Atomic uint64_t next_id;
	_Atomic bool draining; /* true: every reply closes its connection */
	/* To stop, the core sets closing and then reads crossing; a pool thread adds its request to
	 * crossing and then reads closing. So the thread sees that the server closes, or the core
	 * sees the request. */
	_Atomic bool closing;
	_Atomic size_t crossing; /* requests that are suspended, or about to be */
};

/* What they share on one listener: libmicrohttpd's closure. */
struct request_context {
	struct front *front;
	const struct http_admin *admin; /* NULL: a public listener */
	bool query_login;
	const char *acme_webroot; /* NULL: no challenges are answered here */
	bool challenges_only;	  /* and nothing else is */
	struct conn_table *conns;
	struct mail hurried; /* to the core: conns has requests that are to be answered at once */
	atomic_bool is_posted;
};

/* The table's on_hurried(); context is a struct request_context. */
void request_hurry(void *context);

/* MHD_OPTION_URI_LOG_CALLBACK: the only place to see the target before libmicrohttpd takes it
 * apart. */
void *request_begin(void *context, const char *target, struct MHD_Connection *c);
/* MHD_AccessHandlerCallback. */
enum MHD_Result request_handle(void *context, struct MHD_Connection *c, const char *url,
			       const char *method, const char *version, const char *data,
			       size_t *data_len, void **request);
/* MHD_RequestCompletedCallback. */
void request_end(void *context, struct MHD_Connection *c, void **request,
		 enum MHD_RequestTerminationCode how);

#endif
