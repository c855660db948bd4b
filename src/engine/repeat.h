/* SPDX-License-Identifier: BSD-2-Clause
 * Publications that are repeated though nothing changed: the last one is old, or the TTL is another
 * one by now. Their routers were answered nochg already; the repetitions go behind all changes, and
 * only while the zone's backend is well. Core thread. */
#ifndef MOORING_ENGINE_REPEAT_H
#define MOORING_ENGINE_REPEAT_H

#include <stddef.h>
#include <stdint.h>

struct change_parts;
struct plan_item;
struct repeats;
struct uv_loop_s;
struct zones;

/* Accounts that wait. Beyond it a repetition is left to the router's next request. */
enum { REPEATS_MAX = 1024 };
/* Of them, those whose intents are being stored. */
enum { REPEATS_AT_ONCE = 32 };
/* How often one that waits looks whether its zone has room for it. */
enum { REPEATS_LOOK_MS = 1000 };

/* What parts names, and zones, are borrowed until repeats_close(). ERR_NOMEM. */
int repeats_new(struct uv_loop_s *loop, const struct change_parts *parts, struct zones *zones,
		struct repeats **ret);
/* Copies the n items of user's plan, which was made of a read that began at the tick read_at; n may
 * be 0. Does nothing from inside the call. A zone whose backend is in trouble takes none. A host of
 * user's that waits already, or is being stored, is not taken once more. */
void repeats_add(struct repeats *rs, const char *user, const struct plan_item *items, size_t n,
		 uint64_t read_at);
size_t repeats_count(const struct repeats *rs);
/* Begins none any more. NULL is fine, here and below. */
void repeats_stop(struct repeats *rs);
/* Those whose intents are being stored are freed when the store answers. */
void repeats_close(struct repeats *rs);
/* Of one that is over. */
void repeats_free(struct repeats *rs);

#endif
