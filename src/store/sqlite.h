/* SPDX-License-Identifier: BSD-2-Clause
 * The embedded store: one SQLite file in WAL mode, worked on by libuv's worker threads. */
#ifndef MOORING_STORE_SQLITE_H
#define MOORING_STORE_SQLITE_H

#include "base/err.h"
#include "net/fqdn.h"

struct store;
struct uv_loop_s;

/* Opens or creates the file (mode 0600) and its schema; blocks, so call it at start only.
 * default_zone completes bare labels; borrowed for the life of the store, may be NULL. On failure
 * one sentence in ei names the path. Core thread. */
int store_sqlite_open(struct uv_loop_s *loop, const char *path, const struct fqdn *default_zone,
		      struct store **ret, struct errinfo *ei);
/* Of the library that runs; static. */
const char *store_sqlite_version(void);

#endif
