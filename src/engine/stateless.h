/* SPDX-License-Identifier: BSD-2-Clause
 * DOUBT_STATELESS: hosts that replaced no state. Such a host is new, or its item was written anew
 * without its state; then something older, of a daemon that was killed, may be on its way to the
 * zone, and nothing in the store tells. So each is published at once, as any other, and once more
 * after settle-time, when all that is older has landed: what the store wants by then is intended
 * anew, as a repetition (engine/repeat.h), so behind all changes. Core thread.
 *
 * A host is let go of when an intent of this daemon's own was stored behind its time, whoever asked
 * for it: what is sent then comes last. Where that fails, or finds no room, it is tried again each
 * settle-time. */
#ifndef MOORING_ENGINE_STATELESS_H
#define MOORING_ENGINE_STATELESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/fqdn.h"

struct calls;
struct hosts;
struct repeats;
struct stateless;
struct ticks;
struct uv_loop_s;
struct zones;

/* Accounts that are being read at a time. */
enum { STATELESS_AT_ONCE = 32 };
/* How many are looked at in one turn of the loop. */
enum { STATELESS_LOOKS = 256 };

struct stateless_parts {
	struct calls *calls;
	struct zones *zones;
	const struct ticks *ticks;
	struct hosts *hosts;
	struct repeats *repeats;
};

struct stateless_conf {
	size_t max; /* hosts that wait, some 350 bytes each; one beyond it is published but once */
	int64_t settle_ms;
};

/* What parts names is borrowed until stateless_close(). ERR_NOMEM. */
int stateless_new(struct uv_loop_s *loop, const struct stateless_parts *parts,
		  const struct stateless_conf *conf, uint64_t seed, struct stateless **ret);
/* The store took an intent of this daemon's own; is_stateless: it replaced no state. Does nothing
 * but take note inside the call. */
void stateless_note(struct stateless *st, const char *user, const struct fqdn *name,
		    bool is_stateless);
size_t stateless_count(const struct stateless *st);
/* Begins nothing any more. NULL is fine, here and below. */
void stateless_stop(struct stateless *st);
/* Reads that are under way are freed when the store answers. */
void stateless_close(struct stateless *st);
/* Of one that is over. */
void stateless_free(struct stateless *st);

#endif
