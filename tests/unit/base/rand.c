/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rand.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "kit/unit.h"

START_TEST(random_bytes_fill_the_whole_buffer_and_no_more)
{
	unsigned char out[66], seen[64] = {0};
	size_t i, k;

	memset(out, 0, sizeof(out));
	/* A byte stays zero in 64 draws with a probability of 2^-512. */
	for (i = 0; i < 64; i++) {
		rand_bytes(out + 1, 64);
		for (k = 0; k < 64; k++)
			seen[k] |= out[1 + k];
	}
	for (k = 0; k < 64; k++)
		ck_assert_uint_ne(seen[k], 0);
	ck_assert_uint_eq(out[0], 0);
	ck_assert_uint_eq(out[65], 0);
	rand_bytes(out, 0);
}
END_TEST

START_TEST(a_bound_is_never_reached_and_every_value_below_it_is)
{
	static const uint32_t bounds[] = {1, 2, 3, 10, 62};
	bool seen[62];
	uint32_t v;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(bounds); i++) {
		memset(seen, 0, sizeof(seen));
		/* One of 62 values is missed in 10,000 draws with a probability below 10^-68. */
		for (k = 0; k < 10000; k++) {
			v = rand_below(bounds[i]);
			ck_assert_uint_lt(v, bounds[i]);
			seen[v] = true;
		}
		for (k = 0; k < bounds[i]; k++)
			ck_assert_msg(seen[k], "%zu below %u", k, bounds[i]);
	}
	ck_assert_uint_lt(rand_below(UINT32_MAX), UINT32_MAX);
}
END_TEST

START_TEST(random_text_is_letters_and_digits)
{
	char a[41], b[41];
	size_t i;

	memset(a, 'x', sizeof(a));
	rand_text(a, 40);
	rand_text(b, 40);
	ck_assert_uint_eq(strlen(a), 40);
	for (i = 0; i < 40; i++)
		ck_assert(isalnum((unsigned char)a[i]));
	ck_assert_str_ne(a, b);
	rand_text(a, 0);
	ck_assert_str_eq(a, "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		random_bytes_fill_the_whole_buffer_and_no_more,
		a_bound_is_never_reached_and_every_value_below_it_is,
		random_text_is_letters_and_digits,
	};

	return unit_run("rand", tests, N_ELEMENTS(tests));
}
