/* SPDX-License-Identifier: BSD-2-Clause
 * HMAC-SHA-256. Private to account/. Pure; any thread. */
#ifndef MOORING_ACCOUNT_MAC_H
#define MOORING_ACCOUNT_MAC_H

#include "base/str.h"

enum { MAC_LEN = 32 };

/* 0, ERR_LIMIT for a key of more than 64 bytes, or ERR_NOMEM. */
int mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN]);

#endif
