/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/tls_profile.h"

#include <string.h>

/* X25519 first of the plain groups: OpenSSL's clients send a share of it, and P-256 first would
 * cost them a round trip. */
#define GROUPS(hybrid)                                                                             \
	"-GROUP-ALL:" hybrid "+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE"
#define AEADS "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"

#define MODERN(hybrid)                                                                             \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-CIPHER-ALL:" AEADS              \
	"-MAC-ALL:+AEAD:" GROUPS(hybrid)

/* What routers know that nobody updates any more. Forward secrecy is preferred, to the RSA key
 * exchange, and so is AEAD to CBC, where a client has both. Triple DES comes last: the firmware
 * that knows nothing else has a few kilobytes on a connection, and what breaks it (Sweet32) needs
 * hundreds of gigabytes. */
#define LEGACY(hybrid)                                                                             \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:"                    \
	"-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:+RSA:-CIPHER-ALL:" AEADS                                  \
	"+AES-128-CBC:+AES-256-CBC:+3DES-CBC:-MAC-ALL:+AEAD:+SHA256:+SHA384:+SHA1:" GROUPS(hybrid)

static const char *choose(const char *hybrid, const char *plain)
{
	gnutls_priority_t parsed;

	if (gnutls_priority_init(&parsed, hybrid, NULL) != 0)
		return plain;
	gnutls_priority_deinit(parsed);
	return hybrid;
}

/* The hybrid group protects what is recorded today from the quantum computers of tomorrow. GnuTLS
 * has it since 3.8.8, if it was built with a library for ML-KEM, which Debian's is not. Clients
 * that list it send a share of it and one of X25519 (OpenSSL 3.5, browsers, Go), so that no choice
 * costs them a round trip. GnuTLS 3.8.13 still chooses X25519 of the two, by a wrong comparison in
 * its supported_groups.c, unless the client and we have a finite-field group in common, too: these
 * are not worth it, as each costs this machine much and such a client little. */
#define HYBRID "+GROUP-X25519-MLKEM768:"

/* 0: TLS 1.3, or nothing of ours. */
static unsigned key_of(gnutls_kx_algorithm_t kx)
{
	switch (kx) {
	case GNUTLS_KX_RSA:
	case GNUTLS_KX_ECDHE_RSA:
		return TLS_SUITE_RSA;
	case GNUTLS_KX_ECDHE_ECDSA:
		return TLS_SUITE_ECDSA;
	default:
		return 0;
	}
}

static void list_suites(struct tls_profile *p, gnutls_priority_t parsed)
{
	gnutls_kx_algorithm_t kx;
	unsigned char id[2];
	unsigned i, index;
	int err;

	for (i = 0; p->n_suites < TLS_PROFILE_SUITES_MAX; i++) {
		err = gnutls_priority_get_cipher_suite_index(parsed, i, &index);
		if (err == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return;
		if (err != 0 ||
		    gnutls_cipher_suite_info(index, id, &kx, NULL, NULL, NULL) == NULL ||
		    key_of(kx) == 0)
			continue;
		memcpy(p->suites[p->n_suites].id, id, sizeof(id));
		p->suites[p->n_suites++].key = (enum tls_suite_key)key_of(kx);
	}
}

void tls_profile_init(struct tls_profile *p, enum http_tls_profile which)
{
	gnutls_priority_t parsed;

	memset(p, 0, sizeof(*p));
	p->priorities = which == HTTP_TLS_LEGACY ? choose(LEGACY(HYBRID), LEGACY(""))
						 : choose(MODERN(HYBRID), MODERN(""));
	if (gnutls_priority_init(&parsed, p->priorities, NULL) != 0)
		return;
	list_suites(p, parsed);
	gnutls_priority_deinit(parsed);
}

bool tls_profile_is_post_quantum(const struct tls_profile *p)
{
	return strstr(p->priorities, "MLKEM") != NULL;
}

/* RFC 5246 7.4.1.2: two bytes of version, 32 of random, a session id behind its length in one byte,
 * then the cipher suites behind theirs in two. */
static size_t find_suites(const unsigned char *hello, size_t len, const unsigned char **ret)
{
	enum { BEFORE_ID = 2 + 32 };
	size_t at, n;

	if (len <= BEFORE_ID || len - BEFORE_ID - 1 < hello[BEFORE_ID])
		return 0;
	at = (size_t)BEFORE_ID + 1 + hello[BEFORE_ID];
	if (len - at < 2)
		return 0;
	n = (size_t)hello[at] << 8 | hello[at + 1];
	*ret = hello + at + 2;
	return n <= len - at - 2 ? n / 2 : 0;
}

unsigned tls_profile_wanted(const struct tls_profile *p, const unsigned char *hello, size_t len)
{
	const unsigned char *suites = NULL;
	size_t i, j, n = find_suites(hello, len, &suites);
	unsigned wanted = 0;

	for (i = 0; i < n; i++)
		for (j = 0; j < p->n_suites; j++)
			if (memcmp(suites + 2 * i, p->suites[j].id, 2) == 0)
				wanted |= p->suites[j].key;
	return wanted;
}

bool tls_suites_take(unsigned wanted, gnutls_pk_algorithm_t kind)
{
	bool is_rsa = kind == GNUTLS_PK_RSA || kind == GNUTLS_PK_RSA_PSS;

	return wanted == 0 || (wanted & (is_rsa ? TLS_SUITE_RSA : TLS_SUITE_ECDSA)) != 0;
}
