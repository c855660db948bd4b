/* SPDX-License-Identifier: BSD-2-Clause
 * The daemon as a whole on one loop: opens everything in order, answers signals, stops in reverse.
 * Core thread.
 *
 * TERM, INT	drain, close, leave the loop empty; a second INT exits at once
 * HUP		the certificate is read again; the log says in which keys the configuration
 *		differs from the one that runs */
#ifndef MOORING_OPS_DAEMON_H
#define MOORING_OPS_DAEMON_H

#include <stdbool.h>

#include "base/err.h"

struct conf;
struct daemon;
struct uv_loop_s;

/* Opens store, zones, engine and HTTP listeners; conf and conf_path (NULL: none; for HUP)
 * are borrowed until the loop is empty. On failure the sentence is in ei, what was open is being
 * closed, and the loop has to be run until it is empty, as after a success. */
int daemon_start(struct uv_loop_s *loop, const struct conf *conf, const char *conf_path,
		 struct daemon **ret, struct errinfo *ei);
/* Nothing is left to be done, but crypt(3) still runs on a worker, and cannot be interrupted.
 * uv_run() returns early when it does at the stop; from then on this is to be asked after each turn
 * of the loop. NULL is fine. */
bool daemon_waits_for_hashes(const struct daemon *d);
/* After the loop is empty, or only hashes are waited for. 0, or why it ended by itself (a DNS
 * address that could not be bound is told only after the zones are loaded; it has been logged).
 * NULL is fine. */
int daemon_free(struct daemon *d);

/* -n: the part that conf_load() does not look at, the certificates with their keys, and the
 * peppers. */
int daemon_check(const struct conf *conf, struct errinfo *ei);

#endif
