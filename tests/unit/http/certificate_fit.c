/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/certificate_fit.h"

#include <gnutls/gnutls.h>
#include <unistd.h>

#include "kit/certificate_kit.h"
#include "kit/unit.h"

static const char path[] = "certificate_fit.pem";

static void read_names(const char *names, struct certificate_names *ret)
{
	gnutls_datum_t pem = {NULL, 0};
	gnutls_x509_crt_t crt;

	certificate_kit_write(path, names);
	ck_assert_int_eq(gnutls_load_file(path, &pem), 0);
	ck_assert_int_eq(gnutls_x509_crt_init(&crt), 0);
	ck_assert_int_eq(gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(pem.data);
	ck_assert_int_eq(certificate_names_read(crt, ret), 0);
	gnutls_x509_crt_deinit(crt);
	unlink(path);
}

START_TEST(a_name_fits_exactly_or_by_a_wildcard_for_one_label)
{
	enum { NONE = CERTIFICATE_FIT_NONE, WILD = CERTIFICATE_FIT_WILDCARD };
	enum { EXACT = CERTIFICATE_FIT_EXACT };
	static const struct {
		const char *names, *wanted;
		int want;
	} rows[] = {
		{"a.example.com b.example.com", "a.example.com", EXACT},
		{"a.example.com b.example.com", "b.example.com", EXACT},
		{"a.example.com", "A.Example.COM", EXACT},
		{"A.EXAMPLE.com", "a.example.com", EXACT},
		{"a.example.com", "a.example.com.", EXACT},
		{"a.example.com", "c.example.com", NONE},
		{"a.example.com", "xa.example.com", NONE},
		{"a.example.com", "a.example.co", NONE},
		{"a.example.com", "", NONE},
		{"a.example.com", ".", NONE},
		{"*.example.com", "a.example.com", WILD},
		{"*.example.com", "a.EXAMPLE.com.", WILD},
		{"*.example.com a.example.com", "a.example.com", EXACT},
		{"*.example.com", "a.b.example.com", NONE},
		{"*.example.com", "example.com", NONE},
		{"*.example.com", ".example.com", NONE},
		{"*.example.com", "*.example.com", EXACT},
		{"a*.example.com", "ab.example.com", NONE},
		{"*", "example", NONE},
		{"127.0.0.1 a.example.com", "127.0.0.1", NONE},
		{"127.0.0.1 a.example.com", "a.example.com", EXACT},
		/* Only without a DNS name does the common name count. */
		{"a.example.com", "not-a-name.example", NONE},
		{"", "not-a-name.example", EXACT},
		{"127.0.0.1", "not-a-name.example", EXACT},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct certificate_names names;
		int got;

		read_names(rows[i].names, &names);
		got = (int)certificate_fit(&names, slice_of(rows[i].wanted));
		ck_assert_msg(got == rows[i].want, "row %zu: %d", i, got);
		certificate_names_free(&names);
	}
}
END_TEST

START_TEST(no_name_beyond_the_limit_counts)
{
	static char list[CERTIFICATE_NAMES_MAX * 12 + 64];
	struct certificate_names names;
	size_t i, len = 0;

	for (i = 0; i <= CERTIFICATE_NAMES_MAX; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "n%zu.example ", i);
	read_names(list, &names);
	ck_assert_uint_eq(names.n, CERTIFICATE_NAMES_MAX);
	ck_assert_int_eq((int)certificate_fit(&names, slice_of("n99.example")),
			 CERTIFICATE_FIT_EXACT);
	ck_assert_int_eq((int)certificate_fit(&names, slice_of("n100.example")),
			 CERTIFICATE_FIT_NONE);
	certificate_names_free(&names);
	ck_assert_uint_eq(names.n, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_fits_exactly_or_by_a_wildcard_for_one_label,
		no_name_beyond_the_limit_counts,
	};

	return unit_run("certificate_fit", tests, N_ELEMENTS(tests));
}
