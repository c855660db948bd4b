/* SPDX-License-Identifier: BSD-2-Clause
 * Random bytes from the kernel. Any thread. */
#ifndef MOORING_BASE_RAND_H
#define MOORING_BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

/* Fills out with bytes fit for keys. Aborts when the kernel has none: nothing safe is left to do.
 */
void rand_bytes(void *out, size_t len);
/* Uniform in [0, bound); bound > 0. For jitter and ids. */
uint32_t rand_below(uint32_t bound);
/* len characters of [A-Za-z0-9] (5.95 bits each) and a NUL; out needs len+1 bytes. */
void rand_text(char *out, size_t len);

#endif
