/* SPDX-License-Identifier: BSD-2-Clause
 * One request from arrival to answer: its account, the password, what it means, and the change that
 * it waits for. Core thread. */
#ifndef MOORING_ENGINE_UPDATE_H
#define MOORING_ENGINE_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/change.h"
#include "engine/update_learn.h"
#include "engine/update_request.h"

struct change_limit;
struct due_item;
struct due_timer;
struct engine_zone;
struct history;
struct line_limit;
struct logins;
struct repeats;
struct update;

/* Lost compare-and-sets of one update before it answers 911. */
enum { UPDATE_ROUNDS_MAX = 5 };

/* What updates work with; borrowed. */
struct update_parts {
	struct logins *logins;
	struct change_parts change;
	struct repeats *repeats;
	struct learners learners;
	struct change_limit *limit;
	struct line_limit *failures; /* of log lines */
	struct history *history;     /* NULL: none is kept */
	const struct engine_zone *zones;
	size_t n_zones;
	struct due_timer *deadlines; /* calls update_expire() */
	int64_t deadline_ms;
	struct plan *plan; /* scratch */
};

struct update_events {
	/* The answer was given. is_gone: and it is freed. */
	void (*answered)(void *arg, bool is_gone);
	void (*gone)(void *arg); /* it is freed now; not once the engine is closed */
};

/* Begins with the lookup; order counts up from update to update. done and done_arg are told the
 * answer, arg the events. ERR_*: nothing was begun. */
int update_new(const struct update_parts *parts, const struct update_events *events, void *arg,
	       struct engine_request *r, uint64_t order, engine_answer_fn *done, void *done_arg);
/* Whether item, which is in parts->deadlines, is that of the request with this id. */
bool update_has_id(const struct due_item *item, uint64_t id);
/* Answers with what is known: at the deadline, and at the drain. item is in parts->deadlines, or
 * was just taken out. */
void update_expire(struct due_item *item);

#endif
