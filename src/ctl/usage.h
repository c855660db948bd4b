/* SPDX-License-Identifier: BSD-2-Clause
 * Help on standard output, and what is said about wrong usage on standard error. */
#ifndef MOORING_CTL_USAGE_H
#define MOORING_CTL_USAGE_H

#include "ctl/command.h"

/* noun and verb as given, NULL when they were not: everything, the verbs of a noun, or one command
 * with its options. */
void usage_help(const char *noun, const struct ctl_command *c);
/* "mooringctl: sentence; try ..." on stderr; returns CTL_USAGE. */
int usage_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for a verb that is missing (NULL) or unknown; lists those that there are. */
int usage_wrong_verb(const char *noun, const char *verb);

#endif
