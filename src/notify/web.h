/* SPDX-License-Identifier: BSD-2-Clause
 * HTTP requests to targets: verified TLS, no redirect, bounded in time, number and size of the
 * reply. What a URL has behind its host may be a secret: sentences name the host alone. Core
 * thread. */
#ifndef MOORING_NOTIFY_WEB_H
#define MOORING_NOTIFY_WEB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "fetch/header.h"
#include "notify/notify_target.h"

/* Requests of one struct notify_web at once. A target's wish to wait is heard up to an hour. */
enum {
	NOTIFY_WEB_CALLS_MAX = 32,
	NOTIFY_WEB_CONNECTIONS_MAX = 8, /* calls beyond that wait for one, within their time */
	NOTIFY_WEB_REPLY_MAX = 16 * 1024,
	NOTIFY_WEB_WAIT_MAX_S = 3600,
};

struct notify_web;
struct uv_loop_s;

/* Borrowed for the call. */
struct notify_web_request {
	const char *url;
	bool is_post; /* else GET, without a body */
	const struct fetch_header *headers;
	size_t n_headers;
	struct slice body;
	unsigned timeout_s;
	/* What a service means otherwise than HTTP says; 0: nothing. */
	long refused_status; /* as ERR_REFUSED */
	long again_status;   /* to be tried again */
};

/* ca_file: the only authorities that count; NULL or "": the system's. ERR_NOMEM; ERR_UNAVAILABLE
 * when libcurl lacks something; ERR_INVAL in a build without libcurl. */
int notify_web_new(struct uv_loop_s *loop, const char *ca_file, struct notify_web **ret,
		   struct errinfo *ei);
/* As struct notify_target_ops.send. */
int notify_web_send(struct notify_web *w, const struct notify_web_request *req,
		    notify_sent_fn *done, void *arg);
/* As struct notify_target_ops.close; all calls end with ERR_CANCELED within it. NULL is fine. */
void notify_web_close(struct notify_web *w);

#endif
