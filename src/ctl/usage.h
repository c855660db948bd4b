/* SPDX-License-Identifier: BSD-2-Clause
 * Help on standard output. */
#ifndef MOORING_CTL_USAGE_H
#define MOORING_CTL_USAGE_H

#include "ctl/command.h"

/* noun and verb as given, NULL when they were not: everything, the verbs of a noun, or one command
 * with its options. */
void usage_help(const char *noun, const struct ctl_command *c);
/* As ctl_wrong_usage(), for a verb that is missing (NULL) or unknown; lists those that there are.
 */
int usage_wrong_verb(const char *noun, const char *verb);

#endif
