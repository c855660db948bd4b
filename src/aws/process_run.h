/* SPDX-License-Identifier: BSD-2-Clause
 * One program that is run for what it writes: no shell, no input, a process group of its own, and
 * bounded in time and output. Whatever is over its bound is killed, with all of its group. Core
 * thread. */
#ifndef MOORING_AWS_PROCESS_RUN_H
#define MOORING_AWS_PROCESS_RUN_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct aws_process_run;
struct uv_loop_s;

enum { AWS_PROCESS_OUTPUT_MAX = 64 * 1024, AWS_PROCESS_TIMEOUT_MS = 10000 };

/* err is 0 when it ended with status 0: then output is what it wrote, borrowed, perhaps a secret.
 * Otherwise why has the sentence, with one line at most of what it wrote to its standard error. */
typedef void aws_process_run_fn(void *arg, int err, struct slice output, const struct errinfo *why);

/* argv and env as of execve(2), borrowed for the call. done is called once, in a later turn of the
 * loop, unless cancelled; after it the run is gone. ERR_NOMEM; ERR_UNAVAILABLE with a sentence. */
int aws_process_start(struct uv_loop_s *loop, char *const *argv, char *const *env,
		      unsigned timeout_ms, aws_process_run_fn *done, void *arg,
		      struct aws_process_run **ret, struct errinfo *ei);
/* Kills it. The loop goes on turning until it has ended. */
void aws_process_cancel(struct aws_process_run *r);

#endif
