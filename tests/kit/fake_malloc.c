/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/fake_malloc.h"

#include <errno.h>
#include <stdatomic.h>

/* The names that ld(1) gives to both sides of --wrap. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

/* How many allocations are left, the failing one included; 0: none will fail. */
static atomic_size_t countdown;
static atomic_bool refused;
static atomic_bool goes_on; /* all after that one fail, too */

void fake_malloc_fail_at(size_t n)
{
	atomic_store(&refused, false);
	atomic_store(&goes_on, false);
	atomic_store(&countdown, n);
}

void fake_malloc_fail_from(size_t n)
{
	fake_malloc_fail_at(n);
	atomic_store(&goes_on, true);
}

bool fake_malloc_off(void)
{
	atomic_store(&goes_on, false);
	atomic_store(&countdown, 0);
	return atomic_exchange(&refused, false);
}

static bool must_fail(void)
{
	size_t left = atomic_load(&countdown);

	while (left > 0 && !atomic_compare_exchange_weak(&countdown, &left, left - 1))
		continue;
	if (left != 1)
		return false;
	atomic_store(&refused, true);
	if (atomic_load(&goes_on))
		atomic_store(&countdown, 1);
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return must_fail() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return must_fail() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return must_fail() ? NULL : __real_strndup(s, n);
}
