/* SPDX-License-Identifier: BSD-2-Clause
 * Whether a certificate fits the name that a client asks for (server_name, RFC 6066). Made on the
 * core thread, read on pool threads. Private to http/. */
#ifndef MOORING_HTTP_CERTIFICATE_FIT_H
#define MOORING_HTTP_CERTIFICATE_FIT_H

#include <gnutls/x509.h>
#include <stddef.h>

#include "base/str.h"

/* As many names as one certificate has at the large authorities; further ones do not count. */
enum { CERTIFICATE_NAMES_MAX = 100 };

/* In the order of preference. */
enum certificate_fit {
	CERTIFICATE_FIT_NONE,
	CERTIFICATE_FIT_WILDCARD, /* by "*.example.com" */
	CERTIFICATE_FIT_EXACT,
};

/* The DNS names of one certificate. */
struct certificate_names {
	size_t n;
	char *at[CERTIFICATE_NAMES_MAX]; /* owned */
};

/* Those of its subjectAltName; where that has no DNS name, the common name, which the oldest
 * clients look at. ERR_NOMEM. ret is to be freed in every case. */
int certificate_names_read(gnutls_x509_crt_t crt, struct certificate_names *ret);
void certificate_names_free(struct certificate_names *names);

/* wanted: as the client sent it. A wildcard stands for exactly one label (RFC 9525, 6.3). */
enum certificate_fit certificate_fit(const struct certificate_names *names, struct slice wanted);

#endif
