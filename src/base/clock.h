/* SPDX-License-Identifier: BSD-2-Clause
 * The only place that reads a clock. Pure modules take time as an argument instead. Any thread. */
#ifndef MOORING_BASE_CLOCK_H
#define MOORING_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC: for every deadline and interval. */
int64_t clock_mono_ms(void);
/* Milliseconds since the epoch: for the log. */
int64_t clock_wall_ms(void);
/* Seconds since the epoch: for what is stored, signed or shown. */
int64_t clock_wall_s(void);

#endif
