/* SPDX-License-Identifier: BSD-2-Clause
 * A certificate with its key, counted. Any thread. Private to http/. */
#ifndef MOORING_HTTP_CERTIFICATE_H
#define MOORING_HTTP_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct certificate;

/* Reads both files; the sentence in ei names the one that is wrong. The new pair has
 * one reference. */
int certificate_load(const char *certificate, const char *private_key, struct certificate **ret,
		     struct errinfo *ei);
struct certificate *certificate_ref(struct certificate *p);
/* NULL is fine. */
void certificate_unref(struct certificate *p);
gnutls_pcert_st *certificate_certs(struct certificate *p, unsigned *ret_n);
gnutls_privkey_t certificate_key(struct certificate *p);
/* When its certificate expires, in seconds since the epoch. */
int64_t certificate_not_after(const struct certificate *p);
bool certificate_is_valid(const struct certificate *p, int64_t now_s);

/* What is no error, as the pair can be served. */
enum certificate_weakness {
	CERTIFICATE_TIME, /* the certificate is not valid now */
	CERTIFICATE_KEY_SHORT,
	CERTIFICATE_KEY_PUBLIC,
	CERTIFICATE_WEAKNESSES,
};

/* A sentence, static; NULL: it does not have that one. */
const char *certificate_weakness(const struct certificate *p, enum certificate_weakness which,
				 int64_t now_s);

#endif
