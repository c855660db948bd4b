/* SPDX-License-Identifier: BSD-2-Clause
 * What monitors are told: whether the loop turns, whether updates are welcome, and the metrics that
 * are sampled rather than counted. Made, told and closed on the core thread; asked on HTTP's. */
#ifndef MOORING_OPS_ADMIN_H
#define MOORING_OPS_ADMIN_H

#include <stdbool.h>

struct admin;
struct conf;
struct engine;
struct http_admin;
struct uv_loop_s;

/* Why updates are not welcome; the first one that holds is told, and after these that AWS cannot be
 * used: no keys, no usable answer, a hosted zone that is refused. */
enum admin_reason { ADMIN_DRAINING, ADMIN_STARTING, ADMIN_REASONS };

/* conf is borrowed until admin_free(), engine until admin_close(). ADMIN_STARTING holds at first.
 * ERR_NOMEM. */
int admin_new(struct uv_loop_s *loop, const struct conf *conf, const struct engine *engine,
	      struct admin **ret);
/* For http_server_listen_admin(); borrowed until admin_free(). */
const struct http_admin *admin_http(const struct admin *a);
/* NULL is fine. */
void admin_set(struct admin *a, enum admin_reason reason, bool holds);
/* Before the engine is closed; NULL is fine. */
void admin_close(struct admin *a);
/* After the loop is empty; NULL is fine. */
void admin_free(struct admin *a);

#endif
