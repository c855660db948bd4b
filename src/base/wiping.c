/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/wiping.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL's digests and crypt(3) need some kilobytes. */
enum { STACK_LEFT = 16 * 1024, LARGEST_COPY = 1024 };

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

#if defined(__has_attribute) && __has_attribute(zero_call_used_regs)
#define CLEARS_REGISTERS __attribute__((zero_call_used_regs("all")))
#else
#define CLEARS_REGISTERS
#endif

/* Not in the caller's frame, which would put it beside what is to be wiped; nor behind what the
 * sanitizer would leave free around it. glibc copies with registers that nobody clears (ymm16 and
 * up): copies of zeros of its sizes go through the same ones. */
__attribute__((noinline, no_sanitize_address)) CLEARS_REGISTERS void wiping_stack(void)
{
	void *(*volatile copy)(void *, const void *, size_t) = memmove;
	unsigned char left[STACK_LEFT];
	size_t size;

	explicit_bzero(left, sizeof(left));
	for (size = 16; size <= LARGEST_COPY; size *= 2)
		copy(left, left + LARGEST_COPY, size);
}
