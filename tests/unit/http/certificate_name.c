/* SPDX-License-Identifier: BSD-2-Clause
 * The name that a certificate gives to its server. */
#include "http/certificate_name.h"

#include <stdio.h>
#include <unistd.h>

#include "kit/certificate_kit.h"
#include "kit/unit.h"

static const char path[] = "certificate_name.pem";

START_TEST(the_first_dns_name_that_a_client_can_connect_to_counts)
{
	static const struct {
		const char *names, *want; /* NULL: there is none */
	} rows[] = {
		{"ddns.example.com", "ddns.example.com"},
		{"ddns.example.com other.example.com", "ddns.example.com"},
		{"*.example.com ddns.example.com", "ddns.example.com"},
		{"127.0.0.1 localhost", "localhost"},
		{"DDNS.Example.com", "DDNS.Example.com"},
		{"*.example.com", NULL},
		{"127.0.0.1", NULL},
		{"a_b.example.com/x", NULL},
		{"", NULL},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		char got[FQDN_TEXT_MAX + 1] = "untouched";
		struct errinfo ei = ERRINFO_INIT;
		int err;

		certificate_kit_write(path, rows[i].names);
		err = certificate_name(path, got, &ei);
		if (rows[i].want == NULL) {
			ck_assert_msg(err == ERR_NOTFOUND, "row %zu: %d", i, err);
			ck_assert_str_eq(ei.text, "certificate_name.pem: the certificate has no "
						  "DNS name but wildcards");
		} else {
			ck_assert_msg(err == 0 && strcmp(got, rows[i].want) == 0, "row %zu: %s", i,
				      got);
		}
	}
	unlink(path);
}
END_TEST

START_TEST(what_is_no_certificate_is_told_with_its_file)
{
	char got[FQDN_TEXT_MAX + 1];
	struct errinfo ei = ERRINFO_INIT;
	FILE *out;

	ck_assert_int_eq(certificate_name("/nonexistent/file", got, &ei), ERR_IO);
	ck_assert_str_eq(ei.text, "/nonexistent/file: cannot be read");
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", out);
	ck_assert_int_eq(fclose(out), 0);
	err_reset(&ei);
	ck_assert_int_eq(certificate_name(path, got, &ei), ERR_INVAL);
	ck_assert_int_eq(strncmp(ei.text, "certificate_name.pem: not a PEM certificate: ", 45), 0);
	unlink(path);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_first_dns_name_that_a_client_can_connect_to_counts,
		what_is_no_certificate_is_told_with_its_file,
	};

	return unit_run("certificate_name", tests, N_ELEMENTS(tests));
}
