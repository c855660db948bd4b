/* SPDX-License-Identifier: BSD-2-Clause
 * The command line: options may stand before, between and behind the words, the last of the same
 * name counts; all after "--" are words. */
#ifndef MOORING_CTL_PARSE_H
#define MOORING_CTL_PARSE_H

#include "ctl/command.h"

/* Returns -1 with *ret_command set and args filled in, or the exit status: help or the version was
 * printed, or a sentence on stderr says what is wrong. args->conf_path stays when -c is not given.
 */
int parse_command_line(int argc, char **argv, struct ctl_args *args,
		       const struct ctl_command **ret_command);

#endif
