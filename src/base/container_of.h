/* SPDX-License-Identifier: BSD-2-Clause
 * From a link to the thing that it lies in. Pure; any thread. */
#ifndef MOORING_BASE_CONTAINER_OF_H
#define MOORING_BASE_CONTAINER_OF_H

#include <stddef.h>

/* The struct type whose member ptr points to. */
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
