/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/hash_cost.h"

#include <crypt.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { NS_PER_MS = 1000000, RUNS = 3 };

/* What a setting costs in units of its method: rounds, or blocks of memory. Higher than that is no
 * different from that. */
#define UNITS_MAX 1e15

/* Of crypt(5)'s base64: "./0-9A-Za-z"; 64: none of it. */
static uint32_t hash_digit(char c)
{
	static const char digits[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (uint32_t)(at - digits) : 64;
}

static double power_of_two(uint32_t exponent)
{
	double power = 1;

	while (exponent-- > 0 && power < UNITS_MAX)
		power *= 2;
	return power;
}

/* Of the digits that text begins with. crypt(3) takes a number with a sign for one of thousands of
 * millions: what begins with no digit is beyond all measure. */
static double hash_number(const char *text)
{
	double n = 0;

	if (*text < '0' || *text > '9')
		return UNITS_MAX;
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

/* The number behind prefix in text; fallback where there is no prefix. */
static double number_behind(const char *text, const char *prefix, double fallback)
{
	const size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? hash_number(text + len) : fallback;
}

/* "$5$", "$6$": glibc's and libxcrypt's default is 5000. */
static double sha2_units(const char *params)
{
	return number_behind(params, "rounds=", 5000);
}

/* "$md5,rounds=N$": N on top of 4096. */
static double sunmd5_units(const char *params)
{
	return 4096 + number_behind(params, ",rounds=", 0);
}

static double sha1_units(const char *params)
{
	return hash_number(params);
}

static double bcrypt_units(const char *params)
{
	const double power = hash_number(params);

	return power_of_two(power < 64 ? (uint32_t)power : 64);
}

/* Least significant digit first, five of them. */
static double scrypt_number(const char *digits)
{
	double n = 0;
	int i;

	for (i = 4; i >= 0; i--)
		n = n * 64 + hash_digit(digits[i]);
	return n;
}

/* "$7$", the logarithm of N, r, p. */
static double scrypt_units(const char *params)
{
	if (strlen(params) < 11)
		return 0;
	return power_of_two(hash_digit(params[0])) * scrypt_number(params + 1) *
	       scrypt_number(params + 6);
}

/* yescrypt's numbers have one digit below 48, and more digits the larger they are. False: there is
 * none. */
static bool yescrypt_number(const char **at, uint32_t min, uint32_t *ret)
{
	uint32_t digit = hash_digit(*(*at)++), start = 0, end = 47, n_more = 0, bits = 0;

	if (digit > 63)
		return false;
	*ret = min;
	for (; digit > end; n_more++, bits += 6) {
		*ret += (end + 1 - start) << bits;
		start = end + 1;
		end = start + (62 - end) / 2;
	}
	*ret += (digit - start) << bits;
	while (n_more-- > 0) {
		digit = hash_digit(*(*at)++);
		if (digit > 63)
			return false;
		bits -= 6;
		*ret += digit << bits;
	}
	return true;
}

/* "$y$", "$gy$": flavour, the logarithm of N, r, and where there is more: which of p, t, ... there
 * are, and they. t is for time. */
static double yescrypt_units(const char *params)
{
	uint32_t flavour, log_n, r, have = 0, p = 1, t = 0;

	if (!yescrypt_number(&params, 0, &flavour) || !yescrypt_number(&params, 1, &log_n) ||
	    !yescrypt_number(&params, 1, &r))
		return 0;
	if (*params != '$' && !yescrypt_number(&params, 1, &have))
		return 0;
	if (((have & 1) != 0 && !yescrypt_number(&params, 2, &p)) ||
	    ((have & 2) != 0 && !yescrypt_number(&params, 1, &t)))
		return 0;
	/* The classic flavours do all of it p times. */
	return power_of_two(log_n) * r * (1.0 + t) * (flavour < 2 ? p : 1);
}

/* cheapest is a setting that takes about a millisecond. */
static const struct hash_method {
	const char *prefix;
	double (*units)(const char *params);
	const char *cheapest;
} hash_methods[] = {
	{"$y$", yescrypt_units, "$y$j75$abcdefghijkl"},
	{"$gy$", yescrypt_units, "$gy$j75$abcdefghijkl"},
	{"$7$", scrypt_units, "$7$86..../....abcdefgh"},
	{"$6$", sha2_units, "$6$rounds=5000$abcdefgh"},
	{"$5$", sha2_units, "$5$rounds=5000$abcdefgh"},
	{"$2a$", bcrypt_units, "$2a$04$abcdefghijklmnopqrstuu"},
	{"$2b$", bcrypt_units, "$2b$04$abcdefghijklmnopqrstuu"},
	{"$2x$", bcrypt_units, "$2x$04$abcdefghijklmnopqrstuu"},
	{"$2y$", bcrypt_units, "$2y$04$abcdefghijklmnopqrstuu"},
	{"$sha1$", sha1_units, "$sha1$2000$abcdefgh"},
	{"$md5", sunmd5_units, "$md5$abcdefgh"},
};
enum { HASH_METHODS = sizeof(hash_methods) / sizeof(hash_methods[0]) };

static int64_t thread_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* The least of a few runs: others slow a thread down, but nobody makes it faster. On the stack: a
 * hash that is too slow must not be taken because there is no memory to find out. */
static int64_t time_cheapest(const struct hash_method *m)
{
	struct crypt_data data;
	int64_t best_ns = INT64_MAX;
	int i;

	memset(&data, 0, sizeof(data));
	for (i = 0; i < RUNS; i++) {
		const int64_t began_ns = thread_ns();
		int64_t ns;

		crypt_r("password", m->cheapest, &data);
		ns = thread_ns() - began_ns;
		best_ns = ns < best_ns ? ns : best_ns;
	}
	return best_ns;
}

/* Two threads that meet a method at once both time it. */
static int64_t cheapest_ns(size_t method)
{
	static _Atomic int64_t known_ns[HASH_METHODS];
	int64_t ns = atomic_load(&known_ns[method]);

	if (ns == 0) {
		ns = time_cheapest(&hash_methods[method]);
		atomic_store(&known_ns[method], ns);
	}
	return ns;
}

static double method_units(const struct hash_method *m, const char *setting)
{
	return m->units(setting + strlen(m->prefix));
}

unsigned hash_cost_ms(const char *stored)
{
	const struct hash_method *m;
	double ms;
	size_t i;

	for (i = 0; i < HASH_METHODS; i++) {
		m = &hash_methods[i];
		if (strncmp(stored, m->prefix, strlen(m->prefix)) != 0)
			continue;
		ms = method_units(m, stored) / method_units(m, m->cheapest) *
		     (double)cheapest_ns(i) / NS_PER_MS;
		return ms < UINT_MAX ? (unsigned)ms : UINT_MAX;
	}
	return 0;
}
