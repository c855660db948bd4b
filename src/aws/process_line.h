/* SPDX-License-Identifier: BSD-2-Clause
 * What a credential_process line of a profile means: the program and its arguments, by the quoting
 * rules of botocore (Python's shlex), without a shell; and what of our environment it gets.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 * Pure; any thread. */
#ifndef MOORING_AWS_PROCESS_LINE_H
#define MOORING_AWS_PROCESS_LINE_H

#include "base/err.h"
#include "base/str.h"

enum { AWS_PROCESS_LINE_MAX = 8192, AWS_PROCESS_ARGS_MAX = 128 };

/* argv[0] is the path of the program; NULL-terminated. Arguments may be secrets. */
struct aws_process_line {
	char *text; /* what argv points into */
	char *argv[AWS_PROCESS_ARGS_MAX + 1];
};

/* ERR_INVAL or ERR_LIMIT with a sentence, which shows the program alone; ERR_NOMEM. */
int aws_process_line_parse(struct slice line, struct aws_process_line *ret, struct errinfo *ei);
/* Wipes it. A zeroed struct is fine. */
void aws_process_line_fini(struct aws_process_line *l);

/* The variables that a program is given: those of AWS, and those that say where it runs and how it
 * reaches the network. Nothing else of ours: it may hold passwords. A NULL-terminated list of the
 * same strings; the caller frees the list alone. NULL: out of memory. */
char **aws_process_env(const char *const *env);

#endif
