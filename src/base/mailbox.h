/* SPDX-License-Identifier: BSD-2-Clause
 * The one way into the core thread: closures posted from any thread, run by the loop in order.
 * Its lock is held for two pointer writes; nothing waits on it. */
#ifndef MOORING_BASE_MAILBOX_H
#define MOORING_BASE_MAILBOX_H

#include <sys/queue.h>

struct uv_loop_s;
struct mailbox;
struct mail;

typedef void mail_fn(struct mail *m);

/* Lives inside the thing that is sent (first member, or found back by its offset). The mailbox
 * links it and never frees it; once run is called the mail may be posted again or freed. */
struct mail {
	STAILQ_ENTRY(mail) link;
	mail_fn *run;
};

/* Core thread. Returns 0 with *ret set, or ERR_NOMEM. */
int mailbox_new(struct uv_loop_s *loop, struct mailbox **ret);

/* Any thread, the core included (run is then called in a later turn of the loop, never from inside
 * this call). Cannot fail. Must not be called once mailbox_close() was. */
void mailbox_post(struct mailbox *mb, struct mail *m, mail_fn *run);

/* Core thread; NULL is fine. What is still queued is dropped, not run. Freed by the loop's turn. */
void mailbox_close(struct mailbox *mb);

#endif
