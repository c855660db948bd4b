/* SPDX-License-Identifier: BSD-2-Clause
 * HMAC-SHA-256, and the stored form that is made of it. Private to account/. Pure; any thread. */
#ifndef MOORING_ACCOUNT_MAC_H
#define MOORING_ACCOUNT_MAC_H

#include "base/str.h"

enum { MAC_LEN = 32 };

#define SECRET_SHA256_PREFIX "$sha256$"

/* 0, ERR_LIMIT for a key of more than 64 bytes, or ERR_NOMEM. */
int mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN]);

/* Takes "$sha256$SALT$HEX" apart; *ret_salt is borrowed from stored. ERR_INVAL when it is not
 * exactly that. */
int secret_parse_sha256(const char *stored, struct slice *ret_salt, unsigned char ret_mac[MAC_LEN]);

#endif
