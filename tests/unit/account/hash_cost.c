/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/hash_cost.h"

#include <crypt.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"

/* In the place of crypt(3): the first run of a setting takes 9 ms, the others take 1 ms. */
static int64_t now_ns;
static unsigned n_runs;
static char last_setting[64];

char *__wrap_crypt_r(const char *phrase, const char *setting, struct crypt_data *data);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

char *__wrap_crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
	now_ns += strcmp(setting, last_setting) == 0 ? 1000000 : 9000000;
	strncpy(last_setting, setting, sizeof(last_setting) - 1);
	n_runs++;
	(void)phrase;
	return data->output;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	ts->tv_sec = clock == CLOCK_THREAD_CPUTIME_ID ? now_ns / 1000000000 : 0;
	ts->tv_nsec = now_ns % 1000000000;
	return 0;
}

START_TEST(the_cost_is_that_of_the_cheapest_setting_times_its_parameters)
{
	static const struct {
		const char *stored;
		unsigned ms;
	} rows[] = {
		/* 5000 rounds take a millisecond. */
		{"$6$abcdefgh$x", 1},
		{"$6$rounds=5000$abcdefgh$x", 1},
		{"$6$rounds=1000000$abcdefgh$x", 200},
		{"$6$rounds=200000000$abcdefgh$x", 40000},
		{"$5$rounds=2000000$abcdefgh$x", 400},
		/* Each step doubles it. */
		{"$2b$04$abcdefghijklmnopqrstuux", 1},
		{"$2y$12$abcdefghijklmnopqrstuux", 256},
		{"$2a$31$abcdefghijklmnopqrstuux", 1u << 27},
		/* N = 1024, r = 8; libxcrypt's default: N = 4096, r = 32; its highest. */
		{"$y$j75$abcdefghijkl$x", 1},
		{"$y$j9T$abcdefghijkl$x", 16},
		{"$gy$j9T$abcdefghijkl$x", 16},
		{"$y$jFT$abcdefghijkl$x", 1024},
		/* t = 1; t = 2; p = 2 and t = 1; p = 2, which counts in a classic flavour. */
		{"$y$j75/.$abcdefghijkl$x", 2},
		{"$y$j75//$abcdefghijkl$x", 3},
		{"$y$j750..$abcdefghijkl$x", 2},
		{"$y$j75..$abcdefghijkl$x", 1},
		{"$y$.75..$abcdefghijkl$x", 2},
		/* r = 1 + 48, of two digits. */
		{"$y$j7k.$abcdefghijkl$x", 6},
		/* Of three; each has 6 bits, the lowest last. */
		{"$y$j7kz$abcdefghijkl$x", 14},
		{"$y$j7s/.$abcdefghijkl$x", 78},
		{"$y$j7s./$abcdefghijkl$x", 70},
		/* Here the lowest comes first: r = 8, and 64 more. */
		{"$7$86/.../....abcdefgh$x", 9},
		{"$7$86..../....abcdefgh$x", 1},
		{"$7$CU..../....abcdefgh$x", 64},
		{"$7$CU....0....abcdefgh$x", 128},
		{"$sha1$2000$abcdefgh$x", 1},
		{"$sha1$1000000$abcdefgh$x", 500},
		{"$md5,rounds=4096$abcdefgh$x", 2},
		{"$md5,rounds=4294963199$abcdefgh$x", 1048575},
		{"$1$abcdefgh$x", 0},
		{"$sha256$abcdefgh$x", 0},
		{"secret", 0},
		{"", 0},
		/* Cut off: no password is right anyway. */
		{"$y$", 0},
		{"$y$j", 0},
		{"$y$j9", 0},
		{"$7$CU....", 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(hash_cost_ms(rows[i].stored) == rows[i].ms, "%s: %u", rows[i].stored,
			      hash_cost_ms(rows[i].stored));
}
END_TEST

START_TEST(beyond_all_measure_is_the_highest)
{
	ck_assert_uint_eq(hash_cost_ms("$7$zzzzzzzzzzzabcdefgh$x"), UINT_MAX);
	ck_assert_uint_eq(hash_cost_ms("$y$jzzzzzzzzzzzz$abcdefgh$x"), UINT_MAX);
	ck_assert_uint_eq(hash_cost_ms("$2b$4294967296$abcdefghijklmnopqrstuux"), UINT_MAX);
}
END_TEST

/* strtoul(3) in crypt(3) takes the first for 4294967291 rounds, and ends at the letter of the last.
 */
START_TEST(a_number_is_of_digits)
{
	ck_assert_uint_eq(hash_cost_ms("$sha1$-5$abcdefgh$x"), UINT_MAX);
	ck_assert_uint_eq(hash_cost_ms("$sha1$ -5$abcdefgh$x"), UINT_MAX);
	ck_assert_uint_eq(hash_cost_ms("$6$rounds=-5$abcdefgh$x"), UINT_MAX);
	ck_assert_uint_eq(hash_cost_ms("$md5,rounds=-5$abcdefgh$x"), UINT_MAX);
	ck_assert_uint_eq(hash_cost_ms("$2b$-5$abcdefghijklmnopqrstuux"), UINT_MAX);
	ck_assert_uint_eq(hash_cost_ms("$sha1$4000000000e-9$abcdefgh$x"), 2000000);
}
END_TEST

START_TEST(a_method_is_timed_once)
{
	n_runs = 0;
	hash_cost_ms("$6$rounds=1000$abcdefgh$x");
	ck_assert_uint_eq(n_runs, 3);
	hash_cost_ms("$6$rounds=2000$abcdefgh$x");
	ck_assert_uint_eq(n_runs, 3);
	hash_cost_ms("$5$rounds=2000$abcdefgh$x");
	ck_assert_uint_eq(n_runs, 6);
}
END_TEST

START_TEST(a_lack_of_memory_hides_no_cost)
{
	unsigned ms;

	fake_malloc_fail_at(1);
	ms = hash_cost_ms("$sha1$1000000$abcdefgh$x");
	ck_assert(!fake_malloc_off());
	ck_assert_uint_eq(ms, 500);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		/* Each of a method that is new to the process. */
		a_method_is_timed_once,
		a_lack_of_memory_hides_no_cost,
		the_cost_is_that_of_the_cheapest_setting_times_its_parameters,
		beyond_all_measure_is_the_highest,
		a_number_is_of_digits,
	};

	return unit_run("hash_cost", tests, N_ELEMENTS(tests));
}
