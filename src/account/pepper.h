/* SPDX-License-Identifier: BSD-2-Clause
 * Peppers: keys that are kept apart from the store, so that whoever has the store alone cannot try
 * passwords. HMAC-SHA-256 of the secret under the key takes its place before it is stored, as a
 * digest or by crypt(3). Each has a version, which a stored secret names, so that a new one can be
 * made while old ones still count. Pure; core thread. */
#ifndef MOORING_ACCOUNT_PEPPER_H
#define MOORING_ACCOUNT_PEPPER_H

#include <stdbool.h>
#include <stdint.h>

#include "account/secret.h"
#include "base/err.h"
#include "base/str.h"

enum {
	PEPPERS_MAX = 16,
	PEPPER_KEY_MIN = 32, /* bytes; as long as what it makes (RFC 2104 §3) */
	PEPPER_KEY_MAX = 64, /* a block of SHA-256: more would be hashed first */
	PEPPER_TEXT_MAX = 8192,
	/* Hexadecimal digits of 216 of the 256 bits (RFC 2104 §5): SHA-256 takes them in one block,
	 * as it takes a password. */
	PEPPERED_LEN = 54,
};

struct peppers;

/* None yet. ERR_NOMEM. */
int peppers_new(struct peppers **ret);
/* Wipes; NULL is fine. */
void peppers_free(struct peppers *p);

/* Reads lines of "VERSION KEY", the key in hexadecimal; "#" begins a comment. What was there before
 * is replaced, or stays if this fails: ERR_INVAL, ERR_LIMIT, with a sentence that tells the line,
 * and never the key. At least one has to be there. */
int peppers_read(struct peppers *p, struct slice text, struct errinfo *ei);

/* The version of new secrets, the highest; 0: there are none. p may be NULL: none. */
uint32_t peppers_newest(const struct peppers *p);
bool peppers_have(const struct peppers *p, uint32_t version);

/* What is compared with stored (NULL: no secret) in the place of the password: that itself, or, if
 * stored names a pepper, what it makes of the password, in text, which the caller wipes. The work
 * is the same for every stored. p may be NULL. ERR_NOTFOUND: that pepper is not there; ERR_NOMEM.
 */
int peppers_apply(const struct peppers *p, const char *stored, struct slice password,
		  char text[PEPPERED_LEN + 1], struct slice *ret);

/* The stored form of a secret, with the newest pepper if there is one: SECRET_SHA256 as
 * secret_store(), SECRET_CRYPT as secret_store_slow(). */
int peppers_store(const struct peppers *p, enum secret_kind kind, struct slice secret,
		  char out[SECRET_STORED_MAX]);

#endif
