/* SPDX-License-Identifier: BSD-2-Clause
 * Keeps what was seen of hosts in a store that has a place for it: reads it at the start, and
 * writes what is new once a day and at the stop, so that no request pays for it. Core thread. */
#ifndef MOORING_ENGINE_SEEN_KEEP_H
#define MOORING_ENGINE_SEEN_KEEP_H

struct calls;
struct seen;
struct seen_keep;
struct store;
struct uv_loop_s;

/* Between two writes, and after one that failed. */
enum { SEEN_KEEP_MS = 24 * 60 * 60 * 1000, SEEN_KEEP_AGAIN_MS = 60 * 60 * 1000 };
/* Hosts in one transaction of the store: an update that comes meanwhile waits for it. */
enum { SEEN_KEEP_AT_ONCE = 256 };

/* store, calls and seen are borrowed until seen_keep_close(). ERR_NOMEM. */
int seen_keep_new(struct uv_loop_s *loop, struct store *store, struct calls *calls,
		  struct seen *seen, struct seen_keep **ret);
/* Reads; a store in trouble, or without a place for it, has nothing. */
void seen_keep_start(struct seen_keep *k);
/* Writes for the last time. NULL is fine, here and below. */
void seen_keep_stop(struct seen_keep *k);
void seen_keep_close(struct seen_keep *k);
/* Of one that is over. */
void seen_keep_free(struct seen_keep *k);

#endif
