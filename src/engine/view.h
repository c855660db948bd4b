/* SPDX-License-Identifier: BSD-2-Clause
 * What the engine can say of hosts without asking the store: row by row, so that whoever tells it
 * to others can do so in slices. Core thread. */
#ifndef MOORING_ENGINE_VIEW_H
#define MOORING_ENGINE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "net/addr.h"
#include "net/fqdn.h"

struct hosts;
struct known;
struct seen;
struct view;

/* How the last change of a host stands. */
enum view_standing {
	VIEW_UNKNOWN,	/* nothing of it is in memory: the store has it */
	VIEW_PUBLISHED, /* the zone has what the host last asked for */
	VIEW_QUEUED,	/* it waits for the publisher */
	VIEW_UNSTORED,	/* it waits for the store */
	VIEW_OWED,	/* it is not in the zone, and nothing is under way */
};

/* Borrowed until the next turn of the loop. */
struct view_host {
	const char *user;
	struct slice name;
	enum view_standing standing;
	struct addr_pair addrs; /* what is wanted; unset where nothing is known */
	int64_t published_s;	/* wall clock; 0: not known */
	int64_t since_s;	/* when an update asked for addrs; 0: not known */
	int64_t waits_ms;	/* how long it has waited for the publisher */
	const char *why;	/* the publisher's last trouble; NULL: none */
	bool is_builtin;	/* the publisher is our own name server */
	int64_t asked_s;	/* wall clock; 0: never, as far as is known */
	struct addr from;
	const char *agent; /* "": none was named */
};

/* Begins with zeros. */
struct view_place {
	size_t n_seen;	/* hosts that were passed */
	size_t n_chain; /* and of those at work, chains of their table */
};

/* The parts are borrowed until view_free(). ERR_NOMEM. */
int view_new(const struct seen *seen, const struct hosts *hosts, const struct known *known,
	     struct view **ret);
/* NULL is fine. */
void view_free(struct view *v);

typedef void view_host_fn(void *arg, const struct view_host *host);
/* Tells of the next hosts, some n of them, and moves the place on. A host that comes or goes
 * meanwhile may be missing, or be told twice. False: that was all. */
bool view_tell(const struct view *v, struct view_place *place, size_t n, view_host_fn *fn,
	       void *arg);
/* All hosts are among them, but those that came in the last while. */
bool view_is_complete(const struct view *v);
/* Hosts that there are, of which none is at work alone. */
size_t view_count(const struct view *v);

#endif
