/* SPDX-License-Identifier: BSD-2-Clause
 * Which versions of TLS, ciphers and kinds of keys a listener has to offer, and which of its keys a
 * client can use. Made on the core thread, read on pool threads. Private to http/. */
#ifndef MOORING_HTTP_TLS_PROFILE_H
#define MOORING_HTTP_TLS_PROFILE_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#include "http/settings.h"

enum { TLS_PROFILE_SUITES_MAX = 64 };

/* What a cipher suite wants of the certificate. From TLS 1.3 on: nothing. */
enum tls_suite_key {
	TLS_SUITE_RSA = 1 << 0,	  /* an RSA key */
	TLS_SUITE_ECDSA = 1 << 1, /* one of an elliptic curve */
};

struct tls_profile {
	const char *priorities; /* of GnuTLS; static */
	size_t n_suites;
	struct {
		unsigned char id[2];
		enum tls_suite_key key;
	} suites[TLS_PROFILE_SUITES_MAX]; /* those before TLS 1.3 */
};

void tls_profile_init(struct tls_profile *p, enum http_tls_profile which);
/* Whether it has a key exchange that withstands quantum computers. */
bool tls_profile_is_post_quantum(const struct tls_profile *p);

/* What the suites of ours that a ClientHello lists want, a set of enum tls_suite_key; 0 for one
 * that cannot be read. hello: the message without its head of four bytes. */
unsigned tls_profile_wanted(const struct tls_profile *p, const unsigned char *hello, size_t len);
/* Whether one of such suites goes with a key of that kind. */
bool tls_suites_take(unsigned wanted, gnutls_pk_algorithm_t kind);

#endif
