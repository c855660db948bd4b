/* SPDX-License-Identifier: BSD-2-Clause
 * How long to wait before what failed is tried again. Any thread. */
#ifndef MOORING_BASE_BACKOFF_H
#define MOORING_BASE_BACKOFF_H

#include <stdint.h>

/* The wait after so many failures in a row before this one: base_ms doubled each time, at most
 * cap_ms, and of that a random part between the half and all, so that those who failed together do
 * not come back together. */
uint32_t backoff_ms(uint32_t base_ms, uint32_t cap_ms, unsigned failures);

#endif
