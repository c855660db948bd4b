/* SPDX-License-Identifier: BSD-2-Clause
 * The dialogue of "mooringctl setup": each question in its turn is answered by an option, by its
 * default, or by a line of in. Pure but for the two files. */
#ifndef MOORING_CTL_SETUP_TALK_H
#define MOORING_CTL_SETUP_TALK_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/setup_answers.h"

/* Called after each answer, which may be told something about. */
typedef void setup_after_fn(void *arg, enum setup_question q);

struct setup_talk {
	struct setup_answers *answers;
	const char *given[SETUP_QUESTIONS]; /* by options; NULL: not */
	FILE *in;			    /* NULL: nobody can be asked */
	FILE *out;			    /* for the questions */
	bool takes_presets;		    /* where no option answers, and there is one */
	setup_after_fn *after;
	void *arg;
	bool has_asked; /* whether somebody was; set by setup_talk_run() */
};

/* ERR_INVAL: an option is wrong or missing; ERR_CANCELED: in has ended. The sentence is in
 * ei. */
int setup_talk_run(struct setup_talk *t, struct errinfo *ei);

#endif
