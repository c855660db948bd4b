/* SPDX-License-Identifier: BSD-2-Clause
 * Certificates with names, for tests that read names only. */
#ifndef MOORING_TESTS_KIT_CERTIFICATE_KIT_H
#define MOORING_TESTS_KIT_CERTIFICATE_KIT_H

#include <check.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { CERTIFICATE_KIT_MAX = 8192 };

static inline void certificate_kit_add_name(gnutls_x509_crt_t crt, const char *name)
{
	static const unsigned char loopback[4] = {127, 0, 0, 1};

	if (strcmp(name, "127.0.0.1") == 0)
		ck_assert_int_eq(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
								      loopback, sizeof(loopback),
								      GNUTLS_FSAN_APPEND),
				 0);
	else
		ck_assert_int_eq(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
								      (unsigned)strlen(name),
								      GNUTLS_FSAN_APPEND),
				 0);
}

/* A self-signed one with these names, separated by blanks, and its key, in one new file. */
static inline void certificate_kit_write_pair(const char *path, const char *names,
					      gnutls_pk_algorithm_t kind)
{
	static char pem[CERTIFICATE_KIT_MAX], key_pem[CERTIFICATE_KIT_MAX];
	char list[CERTIFICATE_KIT_MAX / 2], *word, *rest;
	size_t len = sizeof(pem), key_len = sizeof(key_pem);
	unsigned bits =
		kind == GNUTLS_PK_RSA ? 2048 : GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	FILE *out;

	ck_assert_int_eq(gnutls_x509_privkey_init(&key), 0);
	ck_assert_int_eq(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
	ck_assert_int_eq(gnutls_x509_crt_init(&crt), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "\1", 1);
	gnutls_x509_crt_set_dn(crt, "CN=not-a-name.example", NULL);
	gnutls_x509_crt_set_activation_time(crt, time(NULL));
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 86400);
	snprintf(list, sizeof(list), "%s", names);
	for (word = strtok_r(list, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		certificate_kit_add_name(crt, word);
	gnutls_x509_crt_set_key(crt, key);
	ck_assert_int_eq(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
	ck_assert_int_eq(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, pem, &len), 0);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(pem, 1, len, out), len);
	ck_assert_int_eq(gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, 0,
							  key_pem, &key_len),
			 0);
	ck_assert_uint_eq(fwrite(key_pem, 1, key_len, out), key_len);
	ck_assert_int_eq(fclose(out), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static inline void certificate_kit_write(const char *path, const char *names)
{
	certificate_kit_write_pair(path, names, GNUTLS_PK_ECDSA);
}

#endif
