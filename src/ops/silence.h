/* SPDX-License-Identifier: BSD-2-Clause
 * Hosts whose routers have not asked for days: found once an hour, and told to the targets that
 * want to know after so many. Core thread.
 *
 * What this daemon saw may not be all: of several on one store another one may be asked now. An
 * update that changes nothing is published once more after republish-interval, so the store is
 * asked when the host was last published before anybody is told; what it does not answer is asked
 * again before the look goes on. Where the router asks now this one, now that one, each tells that
 * it is silent, with the same id.
 *
 * The first look reaches back to the last request before the start, and an hour, so that nothing is
 * lost that fell silent while no daemon ran. What an earlier process told in that time is told
 * again, with the same id. */
#ifndef MOORING_OPS_SILENCE_H
#define MOORING_OPS_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

struct conf;
struct notify;
struct silence;
struct store;
struct uv_loop_s;
struct view;

enum {
	SILENCE_LOOK_MS = 60 * 60 * 1000,
	SILENCE_FIRST_MS = 60 * 1000,	/* after the start: what was seen before is read by then */
	SILENCE_TROUBLE_MS = 60 * 1000, /* after trouble of the store */
	SILENCE_SLICE = 64,    /* hosts in one turn of the loop, and accounts read at once */
	SILENCE_BACK_DAYS = 7, /* that the first look reaches back at most */
};

/* Whether a host that was last asked for at asked_s became silent between the two moments. Pure. */
bool silence_began(int64_t asked_s, unsigned days, int64_t after_s, int64_t until_s);

/* All are borrowed until silence_close(). *ret is NULL where no target wants to know. ERR_NOMEM. */
int silence_new(struct uv_loop_s *loop, const struct conf *conf, struct store *store,
		struct notify *notify, struct silence **ret);
/* view is borrowed until silence_stop(). NULL is fine, here and below. */
void silence_start(struct silence *s, const struct view *view);
void silence_stop(struct silence *s);
/* Before the store. */
void silence_close(struct silence *s);
/* After the loop is empty. */
void silence_free(struct silence *s);

#endif
