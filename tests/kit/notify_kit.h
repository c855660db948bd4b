/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of notify/: targets that answer as they are told, and a store of notices in memory that
 * fails as it is told. In the time of kit/engine_kit.h. */
#ifndef MOORING_TESTS_KIT_NOTIFY_KIT_H
#define MOORING_TESTS_KIT_NOTIFY_KIT_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "notify/delivery.h"
#include "notify/event.h"
#include "notify/notify_target.h"
#include "store/store.h"

enum { NOTIFY_KIT_SENT_MAX = 64 };

/* What a target was told, the last ones. */
struct notify_kit_sent {
	char id[NOTICE_ID_MAX + 1];
	char kind[32];
	char text[EVENT_TEXT_MAX + 1];
	unsigned attempt;
};

struct notify_kit_target {
	struct notify_target base;
	int begin_err;	   /* of send() itself */
	int err;	   /* of what it answers */
	unsigned wait_s;   /* that it asks for */
	unsigned takes_ms; /* before it answers */
	bool hangs;	   /* it does not answer before it is closed */
	bool is_closed;
	size_t n_sent;
	struct notify_kit_sent sent[NOTIFY_KIT_SENT_MAX];
	/* What is under way. */
	notify_sent_fn *done;
	void *arg;
};

/* Of put, list, claim, update and remove, in this order. */
enum notify_kit_verb {
	NOTIFY_KIT_PUT,
	NOTIFY_KIT_LIST,
	NOTIFY_KIT_CLAIM,
	NOTIFY_KIT_UPDATE,
	NOTIFY_KIT_REMOVE,
	NOTIFY_KIT_VERBS,
};
extern int notify_kit_errs[NOTIFY_KIT_VERBS]; /* what each answers, without doing anything */
extern unsigned notify_kit_calls[NOTIFY_KIT_VERBS];

/* Two targets, "one" and "two", that want everything, 100 a minute; tests change them. */
enum { NOTIFY_KIT_TARGETS = 2 };
extern struct conf_notify notify_kit_confs[NOTIFY_KIT_TARGETS];
extern struct notify_kit_target notify_kit_targets[NOTIFY_KIT_TARGETS];
extern struct store *notify_kit_store;
/* How many notices it says that it keeps; NOTICES_MAX at first. */
void notify_kit_set_places(size_t n);

/* kit_open(), and all of these. */
void notify_kit_open(void);
/* Runs the loop until it is empty. */
void notify_kit_close(void);
/* With the store, as that daemon. */
struct deliveries_parts notify_kit_parts(const char *holder);
/* An address of that host has changed; the id is made of host and mark. */
struct event notify_kit_event(const char *host, uint64_t mark);
/* How many notices the store has, and in *ret (may be NULL) the last one listed. */
size_t notify_kit_stored(struct notice *ret);

#endif
