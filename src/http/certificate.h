/* SPDX-License-Identifier: BSD-2-Clause
 * A certificate with its key, counted. Any thread. Private to http/. */
#ifndef MOORING_HTTP_CERTIFICATE_H
#define MOORING_HTTP_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "http/certificate_fit.h"

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
gnutls_pk_algorithm_t certificate_kind(const struct certificate *p);
/* Whether it is one for that name, as a client asks for it. */
enum certificate_fit certificate_fits(const struct certificate *p, struct slice name);
/* When its certificate expires, in seconds since the epoch. */
int64_t certificate_not_after(const struct certificate *p);
bool certificate_is_valid(const struct certificate *p, int64_t now_s);
/* Whether less than a third of its lifetime is left. */
bool certificate_is_due(const struct certificate *p, int64_t now_s);

/* What is no error, as the pair can be served. */
enum certificate_weakness {
	CERTIFICATE_TIME, /* the certificate is not valid now */
	CERTIFICATE_DUE,  /* it should have been renewed */
	CERTIFICATE_KEY_SHORT,
	CERTIFICATE_KEY_PUBLIC,
	CERTIFICATE_WEAKNESSES,
};

bool certificate_weakness_is_of_key(enum certificate_weakness which);
/* A sentence, static; NULL: it does not have that one. */
const char *certificate_weakness(const struct certificate *p, enum certificate_weakness which,
				 int64_t now_s);

#endif
