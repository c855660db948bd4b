/* SPDX-License-Identifier: BSD-2-Clause
 * Another program, started as it is: no shell reads its words. */
#ifndef MOORING_CTL_PROGRAM_H
#define MOORING_CTL_PROGRAM_H

#include <stdbool.h>

#include "base/err.h"

/* Whether a folder of PATH has it. */
bool program_is_there(const char *name);
/* Runs it, and waits for its end. argv ends with NULL; its first word is looked for in PATH. What
 * it prints goes where ours does, and it reads nothing. ERR_NOTFOUND, ERR_DENIED, ERR_IO: it could
 * not be started; ERR_REFUSED: it ended with another status than 0. */
int program_run(const char *const *argv, struct errinfo *ei);

#endif
