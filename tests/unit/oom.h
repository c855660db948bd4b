/* SPDX-License-Identifier: BSD-2-Clause
 * Allocation failures on demand. A test program that uses it adds tests/unit/oom.c to its sources
 * and $(oom_link) to its LDFLAGS: the linker then sends every malloc, calloc, realloc, strdup
 * and strndup of the program (not those inside shared libraries) through here.
 *
 *	for (n = 1;; n++) {
 *		oom_fail_at(n);
 *		r = thing_new(&thing);
 *		if (!oom_off())
 *			break;
 *		ck_assert_int_eq(r, ERR_NOMEM);
 *	}
 *
 * The last turn is the one in which nothing failed. Assert only after oom_off(): libcheck
 * allocates too. */
#ifndef MOORING_TESTS_UNIT_OOM_H
#define MOORING_TESTS_UNIT_OOM_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the n-th allocation (counted from 1, over all threads) returns NULL with ENOMEM; the
 * ones before and after it work. */
void oom_fail_at(size_t n);

/* Allocations work again. Returns true when one was refused since oom_fail_at(). */
bool oom_off(void);

#endif
