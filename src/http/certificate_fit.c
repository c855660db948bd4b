/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/certificate_fit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/fqdn.h"

static int names_add(struct certificate_names *names, const char *name)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return ERR_NOMEM;
	names->at[names->n++] = copy;
	return 0;
}

static int add_common_name(gnutls_x509_crt_t crt, struct certificate_names *names)
{
	char name[FQDN_TEXT_MAX + 1];
	size_t len = sizeof(name);

	if (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &len) != 0)
		return 0;
	return names_add(names, name);
}

int certificate_names_read(gnutls_x509_crt_t crt, struct certificate_names *ret)
{
	unsigned i, type;
	int err = 0, found = 0;

	ret->n = 0;
	for (i = 0; err == 0 && found != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE &&
		    i < CERTIFICATE_NAMES_MAX;
	     i++) {
		char name[FQDN_TEXT_MAX + 1];
		size_t len = sizeof(name) - 1;

		found = gnutls_x509_crt_get_subject_alt_name2(crt, i, name, &len, &type, NULL);
		if (found < 0 || type != GNUTLS_SAN_DNSNAME)
			continue;
		name[len] = '\0';
		err = names_add(ret, name);
	}
	return err == 0 && ret->n == 0 ? add_common_name(crt, ret) : err;
}

void certificate_names_free(struct certificate_names *names)
{
	while (names->n > 0)
		free(names->at[--names->n]);
}

static bool fits_wildcard(const char *name, struct slice wanted)
{
	struct slice label, rest;

	return name[0] == '*' && name[1] == '.' && slice_cut(wanted, '.', &label, &rest) &&
	       label.len > 0 && slice_eq_nocase(rest, name + 2);
}

enum certificate_fit certificate_fit(const struct certificate_names *names, struct slice wanted)
{
	enum certificate_fit best = CERTIFICATE_FIT_NONE;
	size_t i;

	if (wanted.len > 0 && wanted.p[wanted.len - 1] == '.')
		wanted.len--;
	for (i = 0; wanted.len > 0 && i < names->n; i++) {
		if (slice_eq_nocase(wanted, names->at[i]))
			return CERTIFICATE_FIT_EXACT;
		if (fits_wildcard(names->at[i], wanted))
			best = CERTIFICATE_FIT_WILDCARD;
	}
	return best;
}
