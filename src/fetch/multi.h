/* SPDX-License-Identifier: BSD-2-Clause
 * curl's multi interface driven by a libuv loop: uv_poll for its sockets, one uv_timer for its
 * clock. Core thread. */
#ifndef MOORING_FETCH_MULTI_H
#define MOORING_FETCH_MULTI_H

#include <curl/curl.h>

#include "base/err.h"

struct fetch_multi;
struct uv_loop_s;

struct fetch_multi_ops {
	/* This easy handle is finished; take it out by fetch_multi_remove(). May close the multi.
	 */
	void (*done)(void *arg, CURL *easy, CURLcode result);
	/* curl has lost its state (curl_multi_socket_action(3) failed): take all handles out. */
	void (*broken)(void *arg, const char *why);
};

/* ops is borrowed for life. ERR_NOMEM. */
int fetch_multi_new(struct uv_loop_s *loop, unsigned max_connections,
		    const struct fetch_multi_ops *ops, void *arg, struct fetch_multi **ret);
/* Starts a transfer; done is called in a later turn of the loop. ERR_NOMEM. */
int fetch_multi_add(struct fetch_multi *m, CURL *easy);
void fetch_multi_remove(struct fetch_multi *m, CURL *easy);
/* Every handle must be out. Frees in a later turn of the loop; no function of ops is called any
 * more. */
void fetch_multi_close(struct fetch_multi *m);

#endif
