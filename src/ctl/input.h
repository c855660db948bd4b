/* SPDX-License-Identifier: BSD-2-Clause
 * Reading a secret: never from the command line, where every user of the machine could see it. */
#ifndef MOORING_CTL_INPUT_H
#define MOORING_CTL_INPUT_H

#include <stddef.h>

#include "base/err.h"

/* One line of standard input into out[cap] without its newline; from a terminal without echo, after
 * the prompt. ERR_INVAL for an empty or too long line. The caller wipes out. */
int input_secret(const char *prompt, char *out, size_t cap, struct errinfo *ei);

#endif
