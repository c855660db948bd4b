/* SPDX-License-Identifier: BSD-2-Clause
 * What monitors are told: whether the loop turns, whether updates are welcome, and the metrics that
 * are sampled rather than counted. Made, told and closed on the core thread; asked on HTTP's. */
#ifndef MOORING_OPS_STATUS_H
#define MOORING_OPS_STATUS_H

#include <stdbool.h>
#include <stddef.h>

struct status;
struct conf;
struct engine;
struct http_admin;
struct uv_loop_s;

/* Why updates are not welcome; the first one that holds is told. Before the last one comes that AWS
 * cannot be used: no keys, no usable answer, a table or a hosted zone that is refused. */
enum status_reason { STATUS_DRAINING, STATUS_STARTING, STATUS_RESUMING, STATUS_REASONS };

/* conf is borrowed until status_free(), engine until status_close(). STATUS_STARTING holds at
 * first. ERR_NOMEM. */
int status_new(struct uv_loop_s *loop, const struct conf *conf, const struct engine *engine,
	       struct status **ret);
/* For http_server_listen_admin(); borrowed until status_free(). */
const struct http_admin *status_http(const struct status *a);
/* NULL is fine. */
void status_set(struct status *a, enum status_reason reason, bool holds);
/* All that hold, in the words of /readyz; at most max. */
size_t status_reasons(const struct status *a, const char **ret, size_t max);
/* Before the engine is closed; NULL is fine. */
void status_close(struct status *a);
/* After the loop is empty; NULL is fine. */
void status_free(struct status *a);

#endif
