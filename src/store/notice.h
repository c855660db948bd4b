/* SPDX-License-Identifier: BSD-2-Clause
 * A notice: one event to be told to one target of the administrator's, kept in the store until it
 * is delivered. Values; never a secret. Pure; any thread. */
#ifndef MOORING_STORE_NOTICE_H
#define MOORING_STORE_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
	NOTICE_ID_MAX = 64,	/* bytes of an id and of the others, without the NUL */
	NOTICE_TARGET_MAX = 32, /* of the name of a section */
	NOTICE_BODY_MAX = 2048,
	NOTICE_WHY_MAX = 200,
	NOTICE_HOLDER_MAX = 32,
	/* Notices that SQLite keeps, of some 2.5 KB at most: a target that is away for days must
	 * not fill the disk. */
	NOTICES_MAX = 10000,
	/* Longer than anybody holds a notice: who holds one for longer than that has a clock that
	 * is ahead, and is not believed. */
	NOTICE_HOLD_MAX_S = 60 * 60,
	/* What nobody took out is forgotten so long after it was made, where the service does that
	 * by itself. */
	NOTICE_KEEP_S = 30 * 24 * 60 * 60,
};

enum notice_state {
	NOTICE_WAITING, /* to be delivered */
	NOTICE_DEAD,	/* given up: for the administrator to see */
};

struct notice {
	/* Of the event, the same whoever tells it; together with the target it is the key. Both are
	 * printable ASCII without blanks. */
	char id[NOTICE_ID_MAX + 1];
	char target[NOTICE_TARGET_MAX + 1];
	char body[NOTICE_BODY_MAX + 1]; /* the event, as JSON on one line; UTF-8 */
	int64_t made_s, next_s;		/* wall clock: made; not to be tried before */
	unsigned attempts;
	enum notice_state state;
	char why[NOTICE_WHY_MAX + 1];	    /* of the last failure, printable; "": none */
	char holder[NOTICE_HOLDER_MAX + 1]; /* the daemon that delivers it, hex; "": nobody */
	int64_t held_until_s;
};

/* The words of a state: "waiting", "dead". */
const char *notice_state_word(enum notice_state state);
int notice_parse_state(struct slice word, enum notice_state *ret);

/* What a store takes: to be put, and of whoever holds it. ERR_INVAL. */
int notice_check(const struct notice *n, struct errinfo *ei);
int notice_check_update(const struct notice *n);
/* What names one, and who has or wants it: all of them as above, and none empty. ERR_INVAL. */
int notice_name(struct notice *n, const char *id, const char *target, const char *holder);
bool notice_has_key(const struct notice *n, const char *id, const char *target);

/* Copies what a target or a library said, which may be anything: as far as there is room, printable
 * ASCII as it is, every other byte as '?'. */
void notice_set_why(struct notice *n, struct slice text);

/* Whether holder may take it: nobody holds it, it does already, or the time of who does is over. */
bool notice_is_free(const struct notice *n, const char *holder, int64_t now_s);
/* What an update by the holder changes: all but the key and the body. Who lets it begin anew says
 * that it is made now. */
void notice_apply(struct notice *kept, const struct notice *update);

#endif
