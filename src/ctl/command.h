/* SPDX-License-Identifier: BSD-2-Clause
 * The one table of subcommands and the one of options: argument checks, help, and, by tests, the
 * man page and the completion of the shell follow them. Pure. */
#ifndef MOORING_CTL_COMMAND_H
#define MOORING_CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ctl/args.h"

struct ctl_command {
	const char *noun;
	const char *verb;     /* NULL: the noun alone is the command */
	const char *operands; /* as the usage line shows them: one word each, "[NAME]" may be left
				 out, "HOST..." may be repeated */
	const char *options;  /* names of those it takes, separated by blanks */
	const char *help;
	ctl_fn *run;
};

/* Says in ei what is wrong with an option's value, as what follows "--name "; 0 if nothing is. */
typedef int ctl_check_fn(const char *value, struct errinfo *ei);

enum ctl_option_kind { CTL_FLAG, CTL_VALUE, CTL_VALUES };

struct ctl_option {
	const char *name;
	enum ctl_option_kind kind;
	const char *value; /* what the usage line calls it; NULL for a flag */
	size_t field; /* offset in struct ctl_args: of a bool, a string, or struct ctl_values */
	ctl_check_fn *check; /* NULL: any but the empty one will do */
	const char *help;
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_n_commands;
extern const struct ctl_option ctl_options[];
extern const size_t ctl_n_options;

/* "user add", or "doctor". */
const char *ctl_command_name(const struct ctl_command *c, char out[32]);
bool ctl_command_takes(const struct ctl_command *c, const char *option);
/* How many operands it needs and takes; *ret_max is -1 for any number. */
/* Judges the value of an option, as its check does; a question of the command's own that it answers
 * will judge it in its place. */
int ctl_command_check(const struct ctl_command *c, const struct ctl_option *o, const char *value,
		      struct errinfo *ei);
void ctl_command_operands(const struct ctl_command *c, int *ret_min, int *ret_max);
/* The word of the usage line for operand i (from 0) into out. */
void ctl_command_operand(const struct ctl_command *c, int i, char out[16]);

#endif
