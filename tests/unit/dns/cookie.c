/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/cookie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/unit.h"
#include "kit/values.h"

static const char other_secret[] = "dd3bdf9344b678b185a6f5cb60fca715";

static size_t unhex(const char *text, uint8_t *out)
{
	size_t n;
	unsigned byte;

	for (n = 0; sscanf(text + 2 * n, "%2x", &byte) == 1; n++)
		out[n] = (uint8_t)byte;
	return n;
}

static struct dns_cookie_secrets secrets_of(const char *before, const char *now)
{
	struct dns_cookie_secrets s;
	uint8_t secret[DNS_COOKIE_SECRET_LEN];

	memset(&s, 0xff, sizeof(s));
	ck_assert_uint_eq(unhex(before, secret), sizeof(secret));
	dns_cookie_roll(&s, secret);
	ck_assert_uint_eq(unhex(now, secret), sizeof(secret));
	dns_cookie_roll(&s, secret);
	return s;
}

/* RFC 9018, appendix A. */
static const struct {
	const char *secret, *before;
	const char *client;
	const char *sent;
	int64_t good_at; /* a time at which what was sent is valid; 0: it has no server's half */
	int64_t now;
	const char *want;
} vectors[] = {
	{"e5e973e5a6b2a43f48e7dc849e37bfcf", other_secret, "198.51.100.100", "2464c4abcf10c957", 0,
	 1559731985, "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
	{"e5e973e5a6b2a43f48e7dc849e37bfcf", other_secret, "198.51.100.100",
	 "2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559734385, 1559734385,
	 "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"},
	/* Its reserved bytes are set; it is too old when the next one is made. */
	{"e5e973e5a6b2a43f48e7dc849e37bfcf", other_secret, "203.0.113.203",
	 "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559727985, 1559734700,
	 "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
	/* The secret was rolled over. */
	{"445536bcd2513298075a5d379663c962", "dd3bdf9344b678b185a6f5cb60fca715",
	 "2001:db8:220:1:59de:d0f4:8769:82b8", "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
	 1559741817, 1559741961, "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
};

START_TEST(cookies_are_those_of_the_rfc)
{
	struct dns_cookie_secrets s = secrets_of(vectors[_i].before, vectors[_i].secret);
	struct addr client = value_addr(vectors[_i].client);
	uint8_t sent[DNS_COOKIE_MAX], want[DNS_COOKIE_LEN], made[DNS_COOKIE_LEN];
	size_t len = unhex(vectors[_i].sent, sent);

	ck_assert_int_eq(dns_cookie_check(&s, sent, len, &client, vectors[_i].good_at),
			 vectors[_i].good_at == 0 ? DNS_COOKIE_FIRST : DNS_COOKIE_VALID);
	ck_assert_uint_eq(unhex(vectors[_i].want, want), sizeof(want));
	dns_cookie_make(&s, sent, &client, vectors[_i].now, made);
	ck_assert_mem_eq(made, want, sizeof(want));
	ck_assert_int_eq(dns_cookie_check(&s, made, sizeof(made), &client, vectors[_i].now),
			 DNS_COOKIE_VALID);
}
END_TEST

enum { NOW = 1559731985, HOUR_S = 3600, AHEAD_S = 300 };

static struct dns_cookie_secrets plain_secrets(void)
{
	return secrets_of(other_secret, "e5e973e5a6b2a43f48e7dc849e37bfcf");
}

START_TEST(whoever_changes_a_bit_has_a_bad_cookie)
{
	struct dns_cookie_secrets s = plain_secrets();
	struct addr client = value_addr("198.51.100.100"), other = value_addr("198.51.100.101");
	uint8_t cookie[DNS_COOKIE_LEN];
	size_t bit;

	dns_cookie_make(&s, (const uint8_t *)"12345678", &client, NOW, cookie);
	for (bit = 0; bit < 8 * sizeof(cookie); bit++) {
		cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(dns_cookie_check(&s, cookie, sizeof(cookie), &client, NOW),
				 DNS_COOKIE_BAD);
		cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(dns_cookie_check(&s, cookie, sizeof(cookie), &client, NOW),
			 DNS_COOKIE_VALID);
	ck_assert_int_eq(dns_cookie_check(&s, cookie, sizeof(cookie), &other, NOW), DNS_COOKIE_BAD);
	ck_assert_int_eq(dns_cookie_check(&s, cookie, 16, &client, NOW), DNS_COOKIE_BAD);
	ck_assert_int_eq(dns_cookie_check(&s, cookie, 0, &client, NOW), DNS_COOKIE_NONE);
}
END_TEST

static const struct {
	int64_t made;
	int64_t later;
	enum dns_cookie_state want;
} times[] = {
	{NOW, HOUR_S, DNS_COOKIE_VALID},
	{NOW, HOUR_S + 1, DNS_COOKIE_BAD},
	{NOW, -AHEAD_S, DNS_COOKIE_VALID},
	{NOW, -AHEAD_S - 1, DNS_COOKIE_BAD},
	/* 32 bits have gone round meanwhile. */
	{UINT32_MAX, HOUR_S, DNS_COOKIE_VALID},
	{(int64_t)UINT32_MAX + 1, -1, DNS_COOKIE_VALID},
	{UINT32_MAX, HOUR_S + 1, DNS_COOKIE_BAD},
};

START_TEST(a_cookie_is_good_for_an_hour)
{
	struct dns_cookie_secrets s = plain_secrets();
	struct addr client = value_addr("198.51.100.100");
	uint8_t cookie[DNS_COOKIE_LEN];

	dns_cookie_make(&s, (const uint8_t *)"12345678", &client, times[_i].made, cookie);
	ck_assert_int_eq(dns_cookie_check(&s, cookie, sizeof(cookie), &client,
					  times[_i].made + times[_i].later),
			 times[_i].want);
}
END_TEST

START_TEST(a_secret_is_good_until_the_next_but_one)
{
	struct dns_cookie_secrets s = plain_secrets();
	struct addr client = value_addr("198.51.100.100");
	uint8_t cookie[DNS_COOKIE_LEN], secret[DNS_COOKIE_SECRET_LEN] = {1};

	dns_cookie_make(&s, (const uint8_t *)"12345678", &client, NOW, cookie);
	dns_cookie_roll(&s, secret);
	ck_assert_int_eq(dns_cookie_check(&s, cookie, sizeof(cookie), &client, NOW),
			 DNS_COOKIE_VALID);
	secret[0]++;
	dns_cookie_roll(&s, secret);
	ck_assert_int_eq(dns_cookie_check(&s, cookie, sizeof(cookie), &client, NOW),
			 DNS_COOKIE_BAD);
}
END_TEST

START_TEST(some_lengths_are_no_cookie)
{
	size_t len;

	for (len = 0; len < 100; len++)
		ck_assert_int_eq(dns_cookie_is_wellformed(len),
				 len == 8 || (len >= 16 && len <= 40));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cookie");
	TCase *tc = tcase_create("cookies");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, cookies_are_those_of_the_rfc, 0, N_ELEMENTS(vectors));
	tcase_add_test(tc, whoever_changes_a_bit_has_a_bad_cookie);
	tcase_add_loop_test(tc, a_cookie_is_good_for_an_hour, 0, N_ELEMENTS(times));
	tcase_add_test(tc, a_secret_is_good_until_the_next_but_one);
	tcase_add_test(tc, some_lengths_are_no_cookie);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
