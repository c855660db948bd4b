/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/wiping.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void wiping_free(void *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void *wiping_realloc(void *p, size_t size)
{
	size_t had = p != NULL ? malloc_usable_size(p) : 0;
	void *moved;

	if (size == 0 && p != NULL) {
		wiping_free(p);
		return NULL;
	}
	/* The end of a block that shrinks is wiped with the rest, when it is freed. */
	if (size <= had && size > had / 2)
		return p;
	moved = malloc(size);
	if (moved == NULL)
		return NULL;
	if (p != NULL)
		memcpy(moved, p, had < size ? had : size);
	wiping_free(p);
	return moved;
}
