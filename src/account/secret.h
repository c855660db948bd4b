/* SPDX-License-Identifier: BSD-2-Clause
 * Secrets: how they are made, how they are stored. Pure but for secret_generate(); any thread. */
#ifndef MOORING_ACCOUNT_SECRET_H
#define MOORING_ACCOUNT_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mac.h"
#include "base/err.h"
#include "base/str.h"

/* Letters and digits only, so that every router's form takes it: 32 * log2(62) = 190 bits. */
enum { SECRET_LEN = 32 };
enum { SECRET_STORED_MAX = 128 }; /* a "$sha256$..." string and its NUL */

#define SECRET_SHA256_PREFIX "$sha256$"

/* "$sha256$p=VERSION" before a stored secret says that a pepper took part (account/pepper.h). A
 * program that knows nothing of peppers takes that for a broken digest, not for clear text. */
#define SECRET_PEPPER_PREFIX SECRET_SHA256_PREFIX "p="
enum { SECRET_PEPPER_MAX = 999999 }; /* the highest version */

/* As secret_store() makes them, and of no password: it stands for the secret of a login that does
 * not exist, where the work is to be the same. */
#define SECRET_OF_NOBODY                                                                           \
	SECRET_SHA256_PREFIX "aaaaaaaaaaaaaaaa$00000000000000000000000000000000"                   \
			     "00000000000000000000000000000000"

enum secret_kind {
	SECRET_CLEAR,  /* the original's table */
	SECRET_SHA256, /* "$sha256$SALT$HEX": HMAC-SHA-256 keyed by SALT; for generated secrets */
	SECRET_CRYPT,  /* a crypt(3) string of a method that crypt_checksalt(3) knows */
};

/* The secret without what names its pepper, and that one's version; 0 and the same text if there is
 * none. *ret_version may be NULL. */
const char *secret_unpepper(const char *stored, uint32_t *ret_version);

/* Tells the kind by the form alone, whether there is a pepper or not. Text that begins like a hash
 * ("$y$", "$sha256$", "$argon2id$",
 * ...) and is none that we can check is ERR_INVAL: a broken hash must not become a password.
 * Everything else is clear text, "$ecret" too: the users of the original stack chose freely. */
int secret_kind(const char *stored, enum secret_kind *ret);

/* False: stored is a crypt(3) string by its form, but ends in a hash that its method never makes:
 * it was cut off, or made up. No password is right. */
bool secret_is_whole(const char *stored);

/* A new secret; out[SECRET_LEN + 1]. The caller wipes it. */
void secret_generate(char out[SECRET_LEN + 1]);

/* The stored form of a generated secret, with a new random salt. */
int secret_store(struct slice secret, char out[SECRET_STORED_MAX]);

/* The stored form of a secret that a person made up: yescrypt at libxcrypt's default cost. Takes
 * some 20 ms. ERR_INVAL for an empty secret, one with a NUL or one that is too long for crypt(3).
 */
int secret_store_slow(struct slice secret, char out[SECRET_STORED_MAX]);

/* Takes "$sha256$SALT$HEX" apart, without a pepper; *ret_salt is borrowed from stored. ERR_INVAL
 * when it is not exactly that. */
int secret_parse_sha256(const char *stored, struct slice *ret_salt, unsigned char ret_mac[MAC_LEN]);

#endif
