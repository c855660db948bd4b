/* SPDX-License-Identifier: BSD-2-Clause
 * All updates: how many there may be, when each is answered at the latest, and those that are
 * turned away at the door. Core thread. */
#ifndef MOORING_ENGINE_UPDATES_H
#define MOORING_ENGINE_UPDATES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/update_request.h"

struct cache;
struct calls;
struct engine_news;
struct history;
struct hosts;
struct logins;
struct repeats;
struct seen;
struct turns;
struct updates;
struct uv_loop_s;
struct zones;

/* Updates refused in one turn of the loop; a refusal never needs memory. */
enum { UPDATES_REFUSED_MAX = 1024 };

/* What they work with; borrowed until updates_close(). */
struct updates_parts {
	struct calls *calls;
	struct zones *zones;
	struct cache *cache; /* NULL: none */
	struct logins *logins;
	struct hosts *hosts;
	struct turns *turns;
	struct repeats *repeats;
	struct seen *seen;
	struct history *history;	/* NULL: none is kept */
	const struct engine_news *news; /* NULL: nobody is told */
};

struct updates_conf {
	int64_t deadline_ms;
	size_t max;		   /* updates at a time */
	unsigned changes_per_hour; /* of a host; 0: no limit */
};

/* drained is called after updates_stop(), when an answer was given. ERR_NOMEM. */
int updates_new(struct uv_loop_s *loop, const struct updates_parts *parts,
		const struct updates_conf *conf, void (*drained)(void *arg), void *arg,
		struct updates **ret);
/* As engine_update(). */
void updates_begin(struct updates *us, struct engine_request *r, engine_answer_fn *done, void *arg);
/* As engine_hurry(). */
void updates_hurry(struct updates *us, uint64_t id);
/* Answers all at once, with what is known, and refuses what comes. */
void updates_stop(struct updates *us);
/* After updates_stop(): those that a call still refers to are freed when it comes back. */
void updates_close(struct updates *us);
/* Of one that is over. NULL is fine. */
void updates_free(struct updates *us);

size_t updates_pending(const struct updates *us);    /* not yet answered */
uint64_t updates_answered(const struct updates *us); /* ever */

#endif
