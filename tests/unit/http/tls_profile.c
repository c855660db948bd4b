/* SPDX-License-Identifier: BSD-2-Clause
 * What the profiles offer, and what a ClientHello says of the keys that its sender can use. */
#include "http/tls_profile.h"

#include <stdlib.h>

#include "kit/unit.h"

enum { BOTH = TLS_SUITE_RSA | TLS_SUITE_ECDSA };

static bool has_suite(const struct tls_profile *p, unsigned id, enum tls_suite_key key)
{
	size_t i;

	for (i = 0; i < p->n_suites; i++)
		if (p->suites[i].id[0] == id >> 8 && p->suites[i].id[1] == (id & 0xff))
			return p->suites[i].key == key;
	return false;
}

/* Ids of https://www.iana.org/assignments/tls-parameters. */
static const struct {
	unsigned id;
	enum tls_suite_key key;
	bool is_modern, is_legacy;
} suites[] = {
	{0xc02b, TLS_SUITE_ECDSA, true, true},	/* ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
	{0xc02f, TLS_SUITE_RSA, true, true},	/* ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
	{0xcca8, TLS_SUITE_RSA, true, true},	/* ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 */
	{0xc00a, TLS_SUITE_ECDSA, false, true}, /* ECDHE_ECDSA_WITH_AES_256_CBC_SHA */
	{0xc013, TLS_SUITE_RSA, false, true},	/* ECDHE_RSA_WITH_AES_128_CBC_SHA */
	{0x002f, TLS_SUITE_RSA, false, true},	/* RSA_WITH_AES_128_CBC_SHA */
	{0x000a, TLS_SUITE_RSA, false, true},	/* RSA_WITH_3DES_EDE_CBC_SHA */
	{0x009c, TLS_SUITE_RSA, false, true},	/* RSA_WITH_AES_128_GCM_SHA256 */
	{0x0004, TLS_SUITE_RSA, false, false},	/* RSA_WITH_RC4_128_MD5 */
	{0x0001, TLS_SUITE_RSA, false, false},	/* RSA_WITH_NULL_MD5 */
	{0x0033, TLS_SUITE_RSA, false, false},	/* DHE_RSA_WITH_AES_128_CBC_SHA */
	{0x0034, TLS_SUITE_RSA, false, false},	/* DH_anon_WITH_AES_128_CBC_SHA */
	{0x1301, TLS_SUITE_RSA, false, false},	/* of TLS 1.3: any key */
};

START_TEST(each_profile_has_its_suites)
{
	struct tls_profile modern, legacy;
	size_t i;

	tls_profile_init(&modern, HTTP_TLS_MODERN);
	tls_profile_init(&legacy, HTTP_TLS_LEGACY);
	for (i = 0; i < N_ELEMENTS(suites); i++) {
		ck_assert_msg(has_suite(&modern, suites[i].id, suites[i].key) ==
				      suites[i].is_modern,
			      "%04x", suites[i].id);
		ck_assert_msg(has_suite(&legacy, suites[i].id, suites[i].key) ==
				      suites[i].is_legacy,
			      "%04x", suites[i].id);
	}
	ck_assert_uint_lt(legacy.n_suites, TLS_PROFILE_SUITES_MAX);
}
END_TEST

/* A ClientHello with a session id of id_len bytes and these suites. */
static size_t hello(unsigned char *out, size_t id_len, const unsigned *ids, size_t n)
{
	size_t len = 2 + 32, i;

	memset(out, 3, len);
	out[len++] = (unsigned char)id_len;
	memset(out + len, 0xc0, id_len);
	len += id_len;
	out[len++] = (unsigned char)(2 * n >> 8);
	out[len++] = (unsigned char)(2 * n);
	for (i = 0; i < n; i++) {
		out[len++] = (unsigned char)(ids[i] >> 8);
		out[len++] = (unsigned char)ids[i];
	}
	return len;
}

START_TEST(the_suites_of_a_hello_say_which_keys_it_takes)
{
	static const struct {
		unsigned ids[4];
		size_t n;
		unsigned modern, legacy;
	} rows[] = {
		{{0xc02f}, 1, TLS_SUITE_RSA, TLS_SUITE_RSA},
		{{0xc02b}, 1, TLS_SUITE_ECDSA, TLS_SUITE_ECDSA},
		{{0x00ff, 0xc02b, 0xc02f, 0x1301}, 4, BOTH, BOTH},
		{{0x002f, 0x0035}, 2, 0, TLS_SUITE_RSA},
		{{0xc00a, 0x0035}, 2, 0, BOTH},
		{{0x1301, 0x1302}, 2, 0, 0},
		{{0x0004, 0xabcd}, 2, 0, 0},
		{{0}, 0, 0, 0},
	};
	static const size_t id_lens[] = {0, 32, 255};
	struct tls_profile modern, legacy;
	unsigned char bytes[512], *exact;
	size_t i, j, len, cut;

	tls_profile_init(&modern, HTTP_TLS_MODERN);
	tls_profile_init(&legacy, HTTP_TLS_LEGACY);
	for (i = 0; i < N_ELEMENTS(rows) * N_ELEMENTS(id_lens); i++) {
		j = i / N_ELEMENTS(id_lens);
		len = hello(bytes, id_lens[i % N_ELEMENTS(id_lens)], rows[j].ids, rows[j].n);
		ck_assert_msg(tls_profile_wanted(&modern, bytes, len) == rows[j].modern, "%zu", j);
		ck_assert_msg(tls_profile_wanted(&legacy, bytes, len) == rows[j].legacy, "%zu", j);
		/* Cut anywhere: nothing is known, and nothing read beyond its end. */
		for (cut = 0; cut < len; cut++) {
			exact = malloc(cut + 1);
			memcpy(exact + 1, bytes, cut);
			ck_assert_uint_eq(tls_profile_wanted(&legacy, exact + 1, cut), 0);
			free(exact);
		}
	}
}
END_TEST

START_TEST(a_key_goes_with_the_suites_of_its_kind)
{
	static const struct {
		unsigned wanted;
		gnutls_pk_algorithm_t kind;
		bool takes;
	} rows[] = {
		{TLS_SUITE_RSA, GNUTLS_PK_RSA, true},
		{TLS_SUITE_RSA, GNUTLS_PK_RSA_PSS, true},
		{TLS_SUITE_RSA, GNUTLS_PK_ECDSA, false},
		{TLS_SUITE_ECDSA, GNUTLS_PK_ECDSA, true},
		{TLS_SUITE_ECDSA, GNUTLS_PK_EDDSA_ED25519, true},
		{TLS_SUITE_ECDSA, GNUTLS_PK_RSA, false},
		{BOTH, GNUTLS_PK_RSA, true},
		{BOTH, GNUTLS_PK_ECDSA, true},
		/* Not known: what the signature algorithms say must do. */
		{0, GNUTLS_PK_RSA, true},
		{0, GNUTLS_PK_ECDSA, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(tls_suites_take(rows[i].wanted, rows[i].kind) == rows[i].takes,
			      "row %zu", i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_profile_has_its_suites,
		the_suites_of_a_hello_say_which_keys_it_takes,
		a_key_goes_with_the_suites_of_its_kind,
	};

	return unit_run("tls_profile", tests, N_ELEMENTS(tests));
}
