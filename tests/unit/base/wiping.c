/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/wiping.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"

/* In the place of free(3): what was in the block of the first call since it was filled. */
static unsigned char freed[4096];
static size_t freed_len;
static bool is_watching;

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
	if (is_watching && p != NULL) {
		freed_len = malloc_usable_size(p);
		if (freed_len > sizeof(freed))
			freed_len = sizeof(freed);
		memcpy(freed, p, freed_len);
		is_watching = false;
	}
	__real_free(p);
}

static void expect_wiped(size_t at_least)
{
	size_t i;

	ck_assert(!is_watching);
	ck_assert_uint_ge(freed_len, at_least);
	for (i = 0; i < freed_len; i++)
		ck_assert_msg(freed[i] == 0, "byte %zu of %zu", i, freed_len);
	freed_len = 0;
}

static void *filled(size_t size)
{
	void *p = malloc(size);

	memset(p, 'x', malloc_usable_size(p));
	is_watching = true;
	return p;
}

START_TEST(what_is_freed_is_wiped_to_its_last_byte)
{
	static const size_t sizes[] = {1, 16, 24, 25, 100, 1000, 4000};
	size_t i;

	for (i = 0; i < N_ELEMENTS(sizes); i++) {
		wiping_free(filled(sizes[i]));
		expect_wiped(sizes[i]);
	}
	wiping_free(NULL);
}
END_TEST

START_TEST(a_block_that_moves_is_wiped_where_it_was)
{
	static const struct {
		size_t had, wants;
	} rows[] = {{16, 1000}, {1000, 16}, {100, 4000}, {4000, 1}};
	size_t i, k, kept;
	char *p;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		p = wiping_realloc(filled(rows[i].had), rows[i].wants);
		ck_assert_ptr_nonnull(p);
		expect_wiped(rows[i].had);
		kept = rows[i].had < rows[i].wants ? rows[i].had : rows[i].wants;
		for (k = 0; k < kept; k++)
			ck_assert_int_eq(p[k], 'x');
		is_watching = true;
		wiping_free(p);
		expect_wiped(rows[i].wants);
	}
}
END_TEST

START_TEST(realloc_works_as_the_standard_one)
{
	char *p = wiping_realloc(NULL, 100), *q;

	ck_assert_ptr_nonnull(p);
	memset(p, 'x', 100);
	/* It fits where it is. */
	ck_assert_ptr_eq(wiping_realloc(p, 90), p);
	/* It stays when there is no memory. */
	fake_malloc_fail_at(1);
	q = wiping_realloc(p, 10000);
	ck_assert(fake_malloc_off());
	ck_assert_ptr_null(q);
	ck_assert_int_eq(p[99], 'x');
	is_watching = true;
	q = wiping_realloc(p, 0);
	ck_assert_ptr_null(q);
	expect_wiped(100);
}
END_TEST

enum { LEFT = 1024, LOOKED_AT = 512 };

/* Where it was, lowest byte first. Without the sanitizer, which has stacks of its own. */
static __attribute__((noinline, no_sanitize_address)) uintptr_t leave_secret(void)
{
	volatile char secret[LEFT];
	size_t i;

	for (i = 0; i < LEFT; i++)
		secret[i] = 'x';
	return (uintptr_t)secret;
}

START_TEST(what_a_function_left_on_the_stack_is_wiped)
{
	const volatile char *left = (const volatile char *)leave_secret();
	char found = 0;
	size_t i;

	wiping_stack();
	for (i = 0; i < LOOKED_AT; i++)
		found |= left[i];
	ck_assert_int_eq(found, 0);
}
END_TEST

#if defined(__x86_64__)

/* What the processor would save of itself: all registers that a copy may have gone through. */
enum { REGISTERS_MAX = 16 * 1024 };
static _Alignas(64) unsigned char registers[REGISTERS_MAX];
#define CANARY "KANARIENVOGEL-77"

/* The registers are saved as the dynamic linker does it when a function of a library is first
 * called; nothing may come in between. */
#define SAVE_REGISTERS()                                                                           \
	__asm__ volatile("xsave64 %0" : "+m"(registers) : "a"(0xe6), "d"(0) : "memory")

static bool registers_have_canary(void)
{
	return memmem(registers, sizeof(registers), CANARY, strlen(CANARY)) != NULL;
}

/* glibc's own, also where the sanitizer has another one. */
static void *(*libc_memmove)(void *, const void *, size_t);

/* Copies some bytes, as a library does with a password; then *registers is what is left of that. */
static __attribute__((noinline)) void copy_canary(char *to, const char *from, size_t len,
						  bool wipes)
{
	libc_memmove(to, from, len);
	if (wipes)
		wiping_stack();
	SAVE_REGISTERS();
}

START_TEST(what_a_copy_left_in_registers_is_wiped)
{
	static const size_t lens[] = {16, 32, 48, 64, 100, 128, 200, 256, 512};
	char from[512], to[512];
	void *libc = dlopen("libc.so.6", RTLD_NOW);
	unsigned n_left = 0;
	size_t i;

	ck_assert_ptr_nonnull(libc);
	*(void **)&libc_memmove = dlsym(libc, "memmove");
	for (i = 0; i < sizeof(from); i++)
		from[i] = CANARY[i % strlen(CANARY)];
	for (i = 0; i < N_ELEMENTS(lens); i++) {
		copy_canary(to, from, lens[i], false);
		n_left += registers_have_canary();
		copy_canary(to, from, lens[i], true);
		ck_assert_msg(!registers_have_canary(), "%zu bytes", lens[i]);
	}
	/* Else there was nothing to be wiped. */
	ck_assert_uint_gt(n_left, 0);
	dlclose(libc);
}
END_TEST

#endif

int main(void)
{
	const TTest *const tests[] = {
		what_is_freed_is_wiped_to_its_last_byte,
		a_block_that_moves_is_wiped_where_it_was,
		realloc_works_as_the_standard_one,
		what_a_function_left_on_the_stack_is_wiped,
#if defined(__x86_64__)
		what_a_copy_left_in_registers_is_wiped,
#endif
	};

	return unit_run("wiping", tests, N_ELEMENTS(tests));
}
