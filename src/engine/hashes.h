/* SPDX-License-Identifier: BSD-2-Clause
 * The queue of crypt(3) checks, which run on worker threads. Each client has its share: whoever
 * asks for many waits behind those who ask for one. Checks that may be right go before those that
 * are made for their price only. Core thread. */
#ifndef MOORING_ENGINE_HASHES_H
#define MOORING_ENGINE_HASHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/password.h"
#include "base/str.h"

struct hash_job;
struct hashes;
struct uv_loop_s;

/* At once: libuv's few worker threads also serve the store. */
enum { HASHES_AT_ONCE = 2 };
/* Of those that wait or run, one client may have a quarter, or so many where that is more. */
enum { HASHES_SHARE_MIN = 4 };

struct hash_order {
	const char *setting;   /* a crypt(3) string; copied */
	bool is_dummy;	       /* for its price only: never right */
	struct slice password; /* copied */
	uint64_t client;       /* whose share it is: any number that is the client's */
};

/* The end of a job, never from inside its own hashes_add(). PASSWORD_NO_MEMORY also when it was
 * pushed out of a full queue. */
typedef void hash_done_fn(void *arg, enum password_result result);

/* At most max jobs wait or run. ERR_NOMEM. */
int hashes_new(struct uv_loop_s *loop, unsigned max, struct hashes **ret);
/* ERR_LIMIT: the share or the queue is full. ERR_NOMEM. */
int hashes_add(struct hashes *h, const struct hash_order *order, hash_done_fn *done, void *arg,
	       struct hash_job **ret);
/* Nobody waits for it any more. One that runs goes on alone. */
void hashes_drop(struct hash_job *job);
/* Frees h. What a worker runs is left to end by itself. NULL is fine. */
void hashes_free(struct hashes *h);
/* How many run on, of queues that were freed: crypt(3) cannot be interrupted. */
unsigned hashes_left(void);

#endif
