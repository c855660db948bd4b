/* SPDX-License-Identifier: BSD-2-Clause
 * Whether an answer to a question of "mooringctl setup" can be used. What becomes a key of the
 * configuration is judged by the daemon's own loader. Pure, but that a path is looked at. */
#ifndef MOORING_CTL_SETUP_TAKE_H
#define MOORING_CTL_SETUP_TAKE_H

#include "ctl/setup_answers.h"

/* Judges text and keeps it. The sentence in ei has no subject: "must be ...". ERR_INVAL, ERR_LIMIT,
 * ERR_NOMEM; nothing is changed then. */
int setup_take(struct setup_answers *a, enum setup_question q, const char *text,
	       struct errinfo *ei);
/* The sockets that an answer to SETUP_LISTEN or SETUP_DNS_LISTEN means, as the loader has them. */
int setup_take_listens(enum setup_question q, const char *text, struct conf_listens *ret,
		       struct errinfo *ei);

#endif
