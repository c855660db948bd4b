/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/certificate_name.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/str.h"

/* As many names as one certificate has at the large authorities. */
enum { NAMES_MAX = 100 };

/* A name that a client can connect to: letters, digits, hyphens and dots, no wildcard. */
static bool can_be_reached(const char *text)
{
	return *text != '\0' &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")] == '\0';
}

static int first_name(gnutls_x509_crt_t crt, char out[FQDN_TEXT_MAX + 1])
{
	unsigned i, type;

	for (i = 0; i < NAMES_MAX; i++) {
		char name[FQDN_TEXT_MAX + 1];
		size_t len = sizeof(name) - 1;
		int err = gnutls_x509_crt_get_subject_alt_name2(crt, i, name, &len, &type, NULL);

		if (err == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return ERR_NOTFOUND;
		if (err < 0 || type != GNUTLS_SAN_DNSNAME)
			continue;
		name[len] = '\0';
		if (can_be_reached(name))
			return str_copy(out, FQDN_TEXT_MAX + 1, slice_of(name));
	}
	return ERR_NOTFOUND;
}

int certificate_name(const char *path, char out[FQDN_TEXT_MAX + 1], struct errinfo *ei)
{
	gnutls_datum_t pem = {NULL, 0};
	gnutls_x509_crt_t crt = NULL;
	int err = gnutls_load_file(path, &pem);

	if (err != 0)
		return err_set(ei, ERR_IO, "%s: cannot be read", path);
	err = gnutls_x509_crt_init(&crt);
	if (err == 0)
		err = gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM);
	gnutls_free(pem.data);
	if (err != 0)
		err = err_set(ei, ERR_INVAL, "%s: not a PEM certificate: %s", path,
			      gnutls_strerror(err));
	else if (first_name(crt, out) != 0)
		err = err_set(ei, ERR_NOTFOUND, "%s: the certificate has no DNS name but wildcards",
			      path);
	gnutls_x509_crt_deinit(crt);
	return err;
}
