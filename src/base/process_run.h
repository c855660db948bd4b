/* SPDX-License-Identifier: BSD-2-Clause
 * One program that is run: no shell, a process group of its own, and bounded in time, input and
 * output. Whatever is over its bound is killed, with all of its group. Core thread. */
#ifndef MOORING_BASE_PROCESS_RUN_H
#define MOORING_BASE_PROCESS_RUN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct process_run;
struct uv_loop_s;

/* An empty pipe takes as much of input at once, however small the system makes it (pipe(7)). */
enum { PROCESS_RUN_OUTPUT_MAX = 64 * 1024, PROCESS_RUN_INPUT_MAX = 4096 };

/* Borrowed for the call. */
struct process_run_request {
	char *const *argv, *const *env; /* as of execve(2) */
	struct slice input;		/* comes on its standard input; empty: nothing does */
	unsigned timeout_ms;
	unsigned grace_ms; /* that its group has after SIGTERM; 0: it is killed without */
	/* False: what it writes to its standard output is treated as an error text is, and has no
	 * bound; when it ends, what is left of its group is killed. True: it is over when all who
	 * have its output have ended. */
	bool keeps_output;
};

/* Borrowed for the call of process_run_fn. */
struct process_run_end {
	int err;	     /* 0: it ended with status 0; ERR_NOMEM, ERR_UNAVAILABLE */
	int status;	     /* with which it ended; -1: it was killed, or ended by a signal */
	struct slice output; /* unless err: what it wrote, perhaps a secret */
	/* NULL when err is 0. Otherwise a sentence with one line at most of its error text. */
	const struct errinfo *why;
};

typedef void process_run_fn(void *arg, const struct process_run_end *end);

/* done is called once, in a later turn of the loop, unless cancelled; after it the run is gone.
 * ERR_NOMEM; ERR_LIMIT: the input is too long; ERR_UNAVAILABLE with a sentence. */
int process_run_start(struct uv_loop_s *loop, const struct process_run_request *req,
		      process_run_fn *done, void *arg, struct process_run **ret,
		      struct errinfo *ei);
/* Kills it. The loop goes on turning until it has ended. */
void process_run_cancel(struct process_run *r);

#endif
