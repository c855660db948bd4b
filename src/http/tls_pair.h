/* SPDX-License-Identifier: BSD-2-Clause
 * A certificate with its key, counted. Any thread. Private to http/. */
#ifndef MOORING_HTTP_TLS_PAIR_H
#define MOORING_HTTP_TLS_PAIR_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdint.h>

#include "base/err.h"

struct tls_pair;

/* Reads both files; the sentence in ei names the one that is wrong. The new pair has
 * one reference. */
int tls_pair_load(const char *certificate, const char *private_key, struct tls_pair **ret,
		  struct errinfo *ei);
struct tls_pair *tls_pair_ref(struct tls_pair *p);
/* NULL is fine. */
void tls_pair_unref(struct tls_pair *p);
gnutls_pcert_st *tls_pair_certs(struct tls_pair *p, unsigned *ret_n);
gnutls_privkey_t tls_pair_key(struct tls_pair *p);
/* When its certificate expires, in seconds since the epoch. */
int64_t tls_pair_not_after(const struct tls_pair *p);

#endif
