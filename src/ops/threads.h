/* SPDX-License-Identifier: BSD-2-Clause
 * libuv's workers, started on purpose and early. Left alone, libuv starts them for the first work
 * there is, and ends the process with abort(3) when the kernel gives it no thread: in the middle of
 * a start, or while a failed one is cleaned up. Core thread. */
#ifndef MOORING_OPS_THREADS_H
#define MOORING_OPS_THREADS_H

#include "base/err.h"

struct uv_loop_s;

/* Tries whether there are as many threads as libuv will start, and has it start them. The loop has
 * a turn to do for that. ERR_LIMIT when there are not. */
int threads_start(struct uv_loop_s *loop, struct errinfo *ei);

#endif
