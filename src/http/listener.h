/* SPDX-License-Identifier: BSD-2-Clause
 * One listening address: its socket, the thread that accepts, its limits, and its libmicrohttpd
 * daemon with a pool of threads. Core thread. Private to http/. */
#ifndef MOORING_HTTP_LISTENER_H
#define MOORING_HTTP_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct front;
struct http_admin;
struct http_limits;
struct http_listen;
struct conn_table;
struct listener;

/* front and admin (NULL: public) are borrowed until listener_free(). Accepts at once. The sentence
 * in ei begins with the address as written. */
int listener_new(struct front *front, const struct http_limits *conf, const struct http_listen *how,
		 const struct http_admin *admin, struct listener **ret, struct errinfo *ei);
uint16_t listener_port(const struct listener *l);
bool listener_is_admin(const struct listener *l);
struct conn_table *listener_conns(struct listener *l);
/* Whether its threads get on: acceptor_gets_on(), conn_table_gets_on(). */
bool listener_gets_on(struct listener *l, int64_t now_ms, unsigned limit_ms);
/* Accepts no more connections from now on: others are refused, or stay in the queue of a socket
 * that another process has, too. */
void listener_quiesce(struct listener *l);
/* Joins the pool. No request may be suspended: libmicrohttpd would abort the process. NULL is fine.
 */
void listener_free(struct listener *l);

#endif
