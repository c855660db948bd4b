/* SPDX-License-Identifier: BSD-2-Clause
 * What the commands on the store have in common: open it, do the work, close it. */
#ifndef MOORING_CTL_FRAME_H
#define MOORING_CTL_FRAME_H

#include "account/account.h"
#include "ctl/args.h"
#include "ctl/session.h"

enum frame_subject {
	FRAME_STORE,   /* the store as a whole */
	FRAME_ACCOUNT, /* the account that the first operand names */
	FRAME_CHANGE,  /* the same, which --json prints as it is afterwards */
};

/* Returns an exit status, after at most one sentence on stderr. a is the account as it was read;
 * NULL with FRAME_STORE. */
typedef int frame_work_fn(struct session *s, const struct ctl_args *args, struct account *a);

/* A whole command. Returns the exit status. */
int frame_run(const struct ctl_args *args, enum frame_subject subject, frame_work_fn *work);
/* The part of it in a session that is open. */
int frame_work(struct session *s, const struct ctl_args *args, enum frame_subject subject,
	       frame_work_fn *work);

#endif
