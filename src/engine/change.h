/* SPDX-License-Identifier: BSD-2-Clause
 * What one update changes: its hosts, from the plan until each is published or refused. One change
 * of a host at a time: each takes its turn before it is intended. Core thread. */
#ifndef MOORING_ENGINE_CHANGE_H
#define MOORING_ENGINE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dyndns/reply.h"

struct cache;
struct calls;
struct change;
struct hosts;
struct plan_item;
struct turns;

/* What changes work with; borrowed. */
struct change_parts {
	struct calls *calls;
	struct cache *cache; /* NULL: none */
	struct hosts *hosts;
	struct turns *turns;
};

/* The end of change_go(), in it or later. Each may end the change, but for decided(). */
struct change_events {
	/* What was planned is out of date, since somebody wrote after the read: the account is to
	 * be read, and the change planned, again. It keeps the turns that it has. */
	void (*outdated)(void *arg);
	/* It waits for its turn at a host, and then is outdated. */
	void (*waiting)(void *arg);
	/* The intent is not stored, or nobody knows. The trouble is logged. */
	void (*failed)(void *arg);
	/* Every host is published or refused: a code for each item of the plan. The change has
	 * ended, and is freed. */
	void (*decided)(void *arg, const enum dyndns_code *codes);
	/* After change_end() said that it is busy: it is done, and freed. */
	void (*idle)(void *arg);
	void (*closed)(void *arg); /* the same, and the engine is closed */
};

/* Without hosts. user is borrowed, as are parts and events. ERR_NOMEM. */
int change_new(const struct change_parts *parts, const char *user,
	       const struct change_events *events, void *arg, struct change **ret);
/* Takes n items of a plan, made of a read that began at the tick read_at, in the place of those of
 * the plan before, whose turns it keeps; intends them, when its turn has come at each host, and
 * publishes them. ERR_LIMIT, ERR_NOMEM: it has none, and no event comes. */
int change_go(struct change *c, const struct plan_item *items, size_t n, uint64_t read_at);
/* Lets go of its hosts, and leaves the line. Not while it is being stored. */
void change_drop(struct change *c);
/* Nobody waits for it any more: frees it. False: it is being stored, and will be published all the
 * same, and freed. */
bool change_end(struct change *c);
/* What is known by now of each item: 911 if nothing is; stored: that the store holds it, or may, as
 * it was asked to and has not said no. Nobody waits for it any more. */
void change_codes(struct change *c, enum dyndns_code *codes, bool *stored);

/* Those who stand in the line where c waits, beginning with whose turn it is: the one behind after,
 * the first one if that is NULL. NULL: there is none. */
struct change *change_in_line(const struct change *c, const struct change *after);
bool change_is_waiting(const struct change *c);
/* newer intends every host that older has. */
bool change_includes(const struct change *newer, const struct change *older);
/* The arg of its events. */
void *change_owner(const struct change *c);

#endif
