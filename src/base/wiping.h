/* SPDX-License-Identifier: BSD-2-Clause
 * Memory that held a secret. malloc(3) and its kin for libraries that let go of secrets without
 * wiping them: what is freed is overwritten first. Memory of malloc(3) itself may be freed here,
 * and the other way round. Any thread. */
#ifndef MOORING_BASE_WIPING_H
#define MOORING_BASE_WIPING_H

#include <stddef.h>

/* NULL is fine. */
void wiping_free(void *p);
/* A block that cannot stay where it is moves, and is wiped where it was. As realloc(3) otherwise.
 */
void *wiping_realloc(void *p, size_t size);

/* What functions that have returned left on this thread's stack and in its registers, which may be
 * saved to a stack as a whole later. To be called when a request is over, or its password was
 * looked at. */
void wiping_stack(void);

#endif
