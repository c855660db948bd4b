/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl setup" tells about answers as they are given: a line for each thing that was
 * looked at, on standard output. Nothing here refuses an answer: what is missing can be set right
 * later. Blocks while the network is asked. */
#ifndef MOORING_CTL_SETUP_CHECK_H
#define MOORING_CTL_SETUP_CHECK_H

#include "ctl/doctor_state.h"
#include "ctl/setup_answers.h"
#include "ctl/setup_talk.h"

struct setup_check {
	const struct setup_answers *answers; /* borrowed */
	const struct setup_talk *talk;	     /* whether somebody is there; borrowed */
	struct doctor *doctor;		     /* its report and resolvers; borrowed */
	bool replaces;			     /* a daemon may run already */
};

/* A setup_after_fn; arg is a struct setup_check. */
void setup_check_answer(void *arg, enum setup_question q);

#endif
