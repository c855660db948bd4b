/* SPDX-License-Identifier: BSD-2-Clause
 * Certificates and keys from files: what is wrong is told with the file's name. */
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/server.h"
#include "kit/http_fixture.h"
#include "http/tls.h"
#include "kit/unit.h"

static char dir[64], good_cert[96], good_key[96], other_key[96], file[96], missing[96];

static void make_files(void)
{
	char other_cert[96];

	snprintf(dir, sizeof(dir), "/tmp/mooring-certificate.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(good_cert, sizeof(good_cert), "%s/cert", dir);
	snprintf(good_key, sizeof(good_key), "%s/key", dir);
	snprintf(other_cert, sizeof(other_cert), "%s/other-cert", dir);
	snprintf(other_key, sizeof(other_key), "%s/other-key", dir);
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(missing, sizeof(missing), "%s/missing", dir);
	fixture_write_pair(good_cert, good_key, 1);
	fixture_write_pair(other_cert, other_key, 2);
	ck_assert_int_eq(unlink(other_cert), 0);
}

static void remove_files(void)
{
	unlink(good_cert);
	unlink(good_key);
	unlink(other_key);
	unlink(file);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void expect_failure(const char *certificate, const char *key, const char *culprit,
			   const char *reason)
{
	struct http_tls *tls = (struct http_tls *)dir;
	const struct http_tls_pair pair = {certificate, key};
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_lt(http_tls_new(&pair, 1, HTTP_TLS_MODERN, &tls, &ei), 0);
	ck_assert_ptr_eq(tls, dir);
	ck_assert_msg(strncmp(ei.text, culprit, strlen(culprit)) == 0, "%s", ei.text);
	ck_assert_msg(strstr(ei.text, reason) != NULL, "%s", ei.text);
}

#define ENCRYPTED                                                                                  \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"
#define LEGACY                                                                                     \
	"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"     \
	"MIIB\n-----END EC PRIVATE KEY-----\n"

START_TEST(what_is_wrong_with_a_file_is_told_with_its_name)
{
	static const struct {
		bool key; /* content is the key's, not the certificate's */
		const char *content, *reason;
	} rows[] = {
		{false, "", "the file is empty"},
		{true, "", "the file is empty"},
		{false, "hello", "not a PEM certificate"},
		{true, "hello", "not a PEM private key"},
		{false, "-----BEGIN CERTIFICATE-----\nMIIB\n", "not a PEM certificate"},
		{true, "-----BEGIN PRIVATE KEY-----\nMIIB\n", "not a PEM private key"},
		{true, ENCRYPTED, "encrypted"},
		{true, LEGACY, "encrypted"},
	};
	size_t i;

	make_files();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		fixture_write_file(file, rows[i].content);
		expect_failure(rows[i].key ? good_cert : file, rows[i].key ? file : good_key, file,
			       rows[i].reason);
	}
	expect_failure(missing, good_key, missing, "No such file");
	expect_failure(good_cert, missing, missing, "No such file");
	expect_failure(dir, good_key, dir, "not a regular file");
	expect_failure(good_cert, good_cert, good_cert, "not a PEM private key");
	expect_failure(good_key, good_key, good_key, "not a PEM certificate");
	expect_failure(good_cert, other_key, other_key, "not the private key of the certificate");
	remove_files();
}
END_TEST

START_TEST(a_file_beyond_all_reason_is_not_read_to_its_end)
{
	make_files();
	fixture_write_file(file, "x");
	ck_assert_int_eq(truncate(file, 1024 * 1024 * 1024), 0);
	expect_failure(file, good_key, file, "larger than");
	expect_failure(good_cert, file, file, "larger than");
	remove_files();
}
END_TEST

/* As it is found while somebody writes it: the first certificate is whole, the second one is not.
 */
START_TEST(a_chain_that_ends_within_a_certificate_is_refused)
{
	static char pem[8192];
	size_t len, end;
	FILE *in;

	make_files();
	in = fopen(good_cert, "r");
	ck_assert_ptr_nonnull(in);
	len = fread(pem, 1, sizeof(pem) / 2 - 1, in);
	ck_assert_int_eq(fclose(in), 0);
	memcpy(pem + len, pem, len);
	end = 2 * len - strlen("-----END CERTIFICATE-----\n");
	for (len += strlen("---"); len < end; len += 16) {
		char rest = pem[len];

		pem[len] = '\0';
		fixture_write_file(file, pem);
		expect_failure(file, good_key, file, "the file ends within a certificate");
		pem[len] = rest;
	}
	remove_files();
}
END_TEST

START_TEST(a_good_pair_loads_and_reloads)
{
	struct errinfo ei = ERRINFO_INIT;
	struct http_tls_pair pair = {good_cert, good_key};
	struct http_tls *tls;

	make_files();
	ck_assert_msg(http_tls_new(&pair, 1, HTTP_TLS_MODERN, &tls, &ei) == 0, "%s", ei.text);
	fixture_write_pair(good_cert, good_key, 3);
	ck_assert_msg(fixture_reload(tls, &ei) == 0, "%s", ei.text);
	http_tls_free(tls);
	http_tls_free(NULL);
	remove_files();
}
END_TEST

static char said[512];

static void say(void *arg, const char *path, const char *why)
{
	ck_assert_ptr_eq(arg, said);
	ck_assert_uint_lt(strlen(said) + strlen(path) + strlen(why) + 4, sizeof(said));
	strcat(strcat(strcat(said, strcmp(path, good_key) == 0 ? "key" : "certificate"), ": "),
	       why);
	strcat(said, "\n");
}

#define PUBLIC	"key: every user of this machine can read the private key\n"
#define EXPIRED "certificate: the certificate has expired\n"
#define YOUNG	"certificate: the certificate is not valid yet\n"
#define DUE                                                                                        \
	"certificate: the certificate was not renewed, and less than a third of its lifetime is "  \
	"left\n"

START_TEST(what_should_not_stay_is_told)
{
	static const struct {
		int first_day;
		mode_t mode;
		const char *want;
	} rows[] = {
		{0, 0600, ""},	      {0, 0640, ""},	{0, 0604, PUBLIC},
		{-40, 0600, EXPIRED}, {1, 0600, YOUNG}, {-40, 0644, EXPIRED PUBLIC},
		{-19, 0600, ""},      {-21, 0600, DUE}, {-29, 0604, DUE PUBLIC},
	};
	struct http_tls_pair pair = {good_cert, good_key};
	struct http_tls *tls;
	size_t i;

	make_files();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		fixture_write_pair_from(good_cert, good_key, 1, rows[i].first_day);
		ck_assert_int_eq(chmod(good_key, rows[i].mode), 0);
		ck_assert_int_eq(http_tls_new(&pair, 1, HTTP_TLS_MODERN, &tls, NULL), 0);
		said[0] = '\0';
		http_tls_each_weakness(tls, clock_wall_s(), false, say, said);
		ck_assert_msg(strcmp(said, rows[i].want) == 0, "row %zu: %s", i, said);
		ck_assert_uint_eq(http_tls_count_due(tls, clock_wall_s()),
				  rows[i].first_day < -20 ? 1 : 0);
		ck_assert(!http_tls_has_rsa(tls));
		http_tls_free(tls);
	}
	fixture_write_rsa_pair(good_cert, good_key, 1);
	ck_assert_int_eq(http_tls_new(&pair, 1, HTTP_TLS_MODERN, &tls, NULL), 0);
	ck_assert(http_tls_has_rsa(tls));
	http_tls_free(tls);
	remove_files();
}
END_TEST

START_TEST(what_is_valid_is_not_replaced_by_what_is_not)
{
	static const struct {
		int before, after; /* the day from which each is valid */
		const char *why;   /* NULL: it is replaced */
	} rows[] = {
		{0, -1, NULL},
		{0, -40, "the certificate has expired, and the one in use is valid"},
		{0, 1, "the certificate is not valid yet, and the one in use is valid"},
		{-40, -50, NULL},
		{-40, 0, NULL},
	};
	struct http_tls_pair pair = {good_cert, good_key};
	struct http_tls *tls;
	int64_t end_s;
	size_t i;

	make_files();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;

		fixture_write_pair_from(good_cert, good_key, 1, rows[i].before);
		ck_assert_int_eq(http_tls_new(&pair, 1, HTTP_TLS_MODERN, &tls, NULL), 0);
		end_s = http_tls_not_after(tls);
		fixture_write_pair_from(good_cert, good_key, 2, rows[i].after);
		ck_assert_msg((fixture_reload(tls, &ei) == 0) == (rows[i].why == NULL), "row %zu",
			      i);
		ck_assert_msg((http_tls_not_after(tls) != end_s) ==
				      (rows[i].why == NULL && rows[i].before != rows[i].after),
			      "row %zu", i);
		if (rows[i].why != NULL)
			ck_assert_msg(strstr(ei.text, rows[i].why) != NULL, "row %zu: %s", i,
				      ei.text);
		http_tls_free(tls);
	}
	remove_files();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_wrong_with_a_file_is_told_with_its_name,
		a_file_beyond_all_reason_is_not_read_to_its_end,
		a_chain_that_ends_within_a_certificate_is_refused,
		a_good_pair_loads_and_reloads,
		what_should_not_stay_is_told,
		what_is_valid_is_not_replaced_by_what_is_not,
	};

	return unit_run("certificate", tests, N_ELEMENTS(tests));
}
