/* SPDX-License-Identifier: BSD-2-Clause
 * Whether a server's reply is the one that a row expects. Pure. */
#ifndef MOORING_CTL_CONFORM_JUDGE_H
#define MOORING_CTL_CONFORM_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "ctl/conform_table.h"

enum { CONFORM_FOUND_MAX = 512 };

/* Appends to found what of the reply is not as the step has it, a clause for each difference;
 * nothing: it is. want is the step's reply, filled in. */
void conform_judge(const struct conform_step *step, const char *want,
		   const struct fetch_reply *reply, struct buf *found);

/* Whether every line is "good" or "nochg", and there is one. */
bool conform_is_success(const struct fetch_reply *reply);

#endif
