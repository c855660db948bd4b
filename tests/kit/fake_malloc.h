/* SPDX-License-Identifier: BSD-2-Clause
 * Allocation failures on demand. A test program that uses it adds $(fake_malloc) to its
 * sources and $(fake_malloc_link) to its LDFLAGS: the linker then sends every malloc, calloc,
 * realloc, strdup and strndup of the program (not those inside shared libraries) through here.
 *
 *	for (n = 1;; n++) {
 *		fake_malloc_fail_at(n);
 *		r = thing_new(&thing);
 *		if (!fake_malloc_off())
 *			break;
 *		ck_assert_int_eq(r, ERR_NOMEM);
 *	}
 *
 * The last turn is the one in which nothing failed. Assert only after fake_malloc_off(): libcheck
 * allocates too. */
#ifndef MOORING_TESTS_KIT_FAKE_MALLOC_H
#define MOORING_TESTS_KIT_FAKE_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the n-th allocation (counted from 1, over all threads) returns NULL with ENOMEM; the
 * ones before and after it work. */
void fake_malloc_fail_at(size_t n);

/* The same, and so do all after it. */
void fake_malloc_fail_from(size_t n);

/* Allocations work again. Returns true when one was refused since fake_malloc_fail_at(). */
bool fake_malloc_off(void);

#endif
