/* SPDX-License-Identifier: BSD-2-Clause
 * The hosts of one change, from the plan until each is handed over to be published: each is held,
 * and has its turn, or waits for it, in the line of those who change it. Core thread. */
#ifndef MOORING_ENGINE_CHANGE_HOSTS_H
#define MOORING_ENGINE_CHANGE_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/turn.h"
#include "engine/host.h"
#include "engine/plan.h"

/* A host until its publication is queued. */
struct change_host {
	struct change_hosts *all;
	struct plan_item plan;
	struct host *host; /* held; NULL: there was no room for it, or it was handed over */
	struct turn turn;
};

/* The first two are borrowed, and set by the owner with come. */
struct change_hosts {
	struct hosts *hosts;
	struct turns *turns;
	void (*come)(struct change_hosts *all); /* the turn that was waited for */
	size_t n;
	struct change_host *at; /* of each item of the plan; owned */
};

/* Takes n items of a plan that was made of a read that began at the tick read_at, in the place of
 * those of the plan before, whose turns it keeps. *ret_turn is that of all of them. ERR_LIMIT,
 * ERR_NOMEM: it has none. */
int change_hosts_enter(struct change_hosts *all, const char *user, const struct plan_item *plan,
		       size_t n, uint64_t read_at, enum host_turn *ret_turn);
/* Ends the turns that it has, but not the one that it waits for. */
void change_hosts_end_turns(struct change_hosts *all);
/* Lets go of all of them, and leaves the lines. */
void change_hosts_drop(struct change_hosts *all);
/* The same once the engine is closed: the hosts are gone already. */
void change_hosts_forget(struct change_hosts *all);

bool change_hosts_are_waiting(const struct change_hosts *all);
/* Those who stand in the line where all waits, as change_in_line(). */
struct change_hosts *change_hosts_in_line(const struct change_hosts *all,
					  const struct change_hosts *after);
/* newer intends every host that older has. */
bool change_hosts_include(const struct change_hosts *newer, const struct change_hosts *older);

#endif
