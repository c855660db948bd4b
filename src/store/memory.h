/* SPDX-License-Identifier: BSD-2-Clause
 * A store in memory: for tests, and the model that the conformance suite holds the others to. */
#ifndef MOORING_STORE_MEMORY_H
#define MOORING_STORE_MEMORY_H

struct store;
struct uv_loop_s;

/* Core thread. Answers come in the next turn of the loop. ERR_NOMEM. */
int store_memory_open(struct uv_loop_s *loop, struct store **ret);

#endif
