/* SPDX-License-Identifier: BSD-2-Clause
 * DNS cookies (RFC 7873): a client that sends back what this server gave to its address has proved
 * that the address is its own. The server's half is made as RFC 9018 §4 says, so that dig and other
 * servers know its form. Pure; core thread. */
#ifndef MOORING_DNS_COOKIE_H
#define MOORING_DNS_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

enum {
	DNS_COOKIE_OPTION = 10, /* its code in the OPT record */
	DNS_COOKIE_CLIENT_LEN = 8,
	DNS_COOKIE_LEN = 24, /* one of ours: the client's half and 16 bytes */
	DNS_COOKIE_MAX = 40, /* anybody's: the server's half has 8 to 32 bytes (RFC 7873 §4.2) */
	DNS_COOKIE_SECRET_LEN = 16,
};

/* Cookies are accepted for an hour, so a secret that was replaced is needed for no longer. */
struct dns_cookie_secrets {
	uint64_t now[2];
	uint64_t before[2];
};

enum dns_cookie_state {
	DNS_COOKIE_NONE,
	DNS_COOKIE_FIRST, /* the client's half alone: it has none of ours yet */
	DNS_COOKIE_BAD,	  /* of another server, address or secret, or too old */
	DNS_COOKIE_VALID,
};

/* False for an option that is no cookie, which is FORMERR (RFC 7873 §5.2.2). */
bool dns_cookie_is_wellformed(size_t len);

/* Secret, which is random and stays the caller's to wipe, becomes the one that cookies are made
 * with; those of the one before are still accepted. At the beginning both are the same: call it
 * twice. */
void dns_cookie_roll(struct dns_cookie_secrets *s, const uint8_t secret[DNS_COOKIE_SECRET_LEN]);

/* cookie is well-formed, or len is 0. now_s is the time since the epoch. */
enum dns_cookie_state dns_cookie_check(const struct dns_cookie_secrets *s, const uint8_t *cookie,
				       size_t len, const struct addr *client, int64_t now_s);
/* A fresh cookie for whoever sent the client's half (RFC 9018 §4.3 allows it for each answer). */
void dns_cookie_make(const struct dns_cookie_secrets *s,
		     const uint8_t client_half[DNS_COOKIE_CLIENT_LEN], const struct addr *client,
		     int64_t now_s, uint8_t ret[DNS_COOKIE_LEN]);

#endif
