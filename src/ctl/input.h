/* SPDX-License-Identifier: BSD-2-Clause
 * What is asked of who sits at the terminal. A secret is read here and never from the command line,
 * where every user of the machine could see it. */
#ifndef MOORING_CTL_INPUT_H
#define MOORING_CTL_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* One line of standard input into out[cap] without its newline; from a terminal without echo, after
 * the prompt. ERR_INVAL for an empty or too long line. The caller wipes out. */
int input_secret(const char *prompt, char *out, size_t cap, struct errinfo *ei);

/* The answer to a question that the caller has printed: "y" or "yes" on a line. */
bool input_agrees(void);

#endif
