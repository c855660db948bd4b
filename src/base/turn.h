/* SPDX-License-Identifier: BSD-2-Clause
 * One at a time, in the order in which they came: whoever wants to change something stands in its
 * line. Core thread; nothing is allocated but the struct turns, one for all lines. */
#ifndef MOORING_BASE_TURN_H
#define MOORING_BASE_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct turn;
struct turns;
struct uv_loop_s;

TAILQ_HEAD(turn_list, turn);

enum turn_state {
	TURN_NONE,
	TURN_WAITING, /* in the line */
	TURN_COMING,  /* it is its turn, and come() is about to tell */
	TURN_NOW,
};

/* Lies inside what is changed. */
struct turn_line {
	struct turn *first; /* whose turn it is; NULL: nobody's */
	struct turn_list waiting;
};

/* Lies inside whoever wants to change it; all zero but come(): in no line. */
struct turn {
	void (*come)(struct turn *t);
	enum turn_state state;
	struct turn_line *line;
	TAILQ_ENTRY(turn) link;
};

/* ERR_NOMEM. */
int turns_new(struct uv_loop_s *loop, struct turns **ret);
/* Nobody is told any more; closed(arg) is called in a later turn of the loop, after which it may be
 * freed. NULL is fine: nothing is called. */
void turns_close(struct turns *ts, void (*closed)(void *arg), void *arg);
/* Of one that is over. NULL is fine. */
void turns_free(struct turns *ts);

static inline void turn_line_init(struct turn_line *l)
{
	l->first = NULL;
	TAILQ_INIT(&l->waiting);
}

/* t is in no line. True: it is its turn. False: it waits; come() is called in a later turn of the
 * loop. */
bool turn_take(struct turn_line *l, struct turn *t);
/* Its turn ends, or it leaves the line. Does nothing in none. */
void turn_end(struct turns *ts, struct turn *t);
/* to, which is in no line, has the turn that from had. */
void turn_pass(struct turn *from, struct turn *to);
/* Whoever is behind t in its line; NULL: nobody. l->first is the first one. */
struct turn *turn_next(const struct turn *t);

#endif
