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

/* The compiler clears the registers that it would use itself: of a baseline x86-64 those are the
 * lower halves of the first sixteen. glibc chooses its copy by the processor: the wide ones go
 * through ymm16 or zmm16 and up, which keep a secret until the next wide copy. */
#if defined(__x86_64__)

static void wiping_wide_registers(void)
{
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroall" ::
					 : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
					   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
					   "xmm12", "xmm13", "xmm14", "xmm15");
	if (__builtin_cpu_supports("avx512f"))
		__asm__ volatile(".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
				 "vpxorq %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
				 ".endr" ::
					 : "memory");
}

#else

/* Copies of zeros of glibc's sizes go through the registers that its copies of secrets took. */
static void wiping_wide_registers(void)
{
	void *(*volatile copy)(void *, const void *, size_t) = memmove;
	unsigned char to[LARGEST_COPY] = {0}, from[LARGEST_COPY] = {0};
	size_t size;

	for (size = 16; size <= LARGEST_COPY; size *= 2)
		copy(to, from, size);
}

#endif

/* Not in the caller's frame, which would put it beside what is to be wiped; nor behind what the
 * sanitizer would leave free around it. */
__attribute__((noinline, no_sanitize_address)) CLEARS_REGISTERS void wiping_stack(void)
{
	unsigned char left[STACK_LEFT];

	explicit_bzero(left, sizeof(left));
	wiping_wide_registers();
}
