/* SPDX-License-Identifier: BSD-2-Clause
 * Somewhere that is told of events: the vtable that webhook, smtp, sns and exec implement. A target
 * sends one message once; who waits, tries again and keeps what is not delivered is the queue. Core
 * thread. */
#ifndef MOORING_NOTIFY_NOTIFY_TARGET_H
#define MOORING_NOTIFY_NOTIFY_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One event, as it is told. All strings are UTF-8, never NULL, "" where there is nothing to say,
 * and borrowed: for the call of send. */
struct notify_message {
	const char *id;	   /* of the event: the same whoever tells it, and however often */
	const char *kind;  /* "address-changed" */
	const char *host;  /* without a dot at its end */
	const char *user;  /* the login */
	const char *old;   /* addresses, with a blank between two of them */
	const char *new;   /* the same */
	const char *title; /* a few words, without a line end */
	const char *text;  /* one sentence */
	const char *json;  /* all of it: an object, in one line */
	int64_t at_s;	   /* when it happened, wall clock */
	unsigned attempt;  /* 1: the first one */
};

/* What came of it; borrowed for the call. */
struct notify_answer {
	/* What the target said, one sentence without a line end, never with a secret; of a
	 * delivered one, too: "hooks.example answered 204". */
	struct errinfo said;
	unsigned wait_s; /* not to be tried before; 0: the target names no time */
};

/* err is 0: delivered. ERR_REFUSED: this message never will be, by this target as it is configured.
 * ERR_CANCELED: the target was closed; it may have been delivered. All others: to be tried again,
 * and perhaps delivered already, which the other side can tell by the id. */
typedef void notify_sent_fn(void *arg, int err, const struct notify_answer *answer);

struct notify_target;

struct notify_target_ops {
	const char *kind; /* "webhook" */
	/* < 0: nothing was started, and done is not called: ERR_NOMEM; ERR_LIMIT: as many as this
	 * target sends at once are under way. 0: done is called once, in a later turn. */
	int (*send)(struct notify_target *t, const struct notify_message *m, notify_sent_fn *done,
		    void *arg);
	/* What is under way ends with ERR_CANCELED, in this call or a later turn; frees in a later
	 * turn of the loop. */
	void (*close)(struct notify_target *t);
	/* Both NULL: it has no files with secrets. Reads them again, and keeps what they have
	 * beside what is in use, until settle; the sentence in ei, which may be missing, names the
	 * file. */
	int (*reread)(struct notify_target *t, struct errinfo *ei);
	/* is_taken, which only comes after a reread that went well: that is in use from now on.
	 * Otherwise it is forgotten. */
	void (*settle)(struct notify_target *t, bool is_taken);
};

/* The first member of each implementation. */
struct notify_target {
	const struct notify_target_ops *ops;
};

static inline int notify_target_send(struct notify_target *t, const struct notify_message *m,
				     notify_sent_fn *done, void *arg)
{
	return t->ops->send(t, m, done, arg);
}

static inline int notify_target_reread(struct notify_target *t, struct errinfo *ei)
{
	return t->ops->reread != NULL ? t->ops->reread(t, ei) : 0;
}

static inline void notify_target_settle(struct notify_target *t, bool is_taken)
{
	if (t->ops->settle != NULL)
		t->ops->settle(t, is_taken);
}

/* NULL is fine. */
static inline void notify_target_close(struct notify_target *t)
{
	if (t != NULL)
		t->ops->close(t);
}

#endif
