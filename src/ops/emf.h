/* SPDX-License-Identifier: BSD-2-Clause
 * log-format = "emf": once a minute a line of the log that CloudWatch Logs makes metrics of (AWS's
 * page "Specification: Embedded metric format"): what was counted since the line before, and what
 * is the case. Core thread. */
#ifndef MOORING_OPS_EMF_H
#define MOORING_OPS_EMF_H

#include <stdint.h>

struct emf;
struct uv_loop_s;

enum { EMF_PERIOD_MS = 60000 };

/* Begins to count, and writes a line each period. ERR_NOMEM. */
int emf_new(struct uv_loop_s *loop, uint64_t period_ms, struct emf **ret);
/* Writes a line now. */
void emf_write(struct emf *e);
/* Writes the last line, for what was counted since the one before. NULL is fine. Freed in a later
 * turn of the loop. */
void emf_close(struct emf *e);

#endif
