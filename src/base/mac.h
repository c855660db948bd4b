/* SPDX-License-Identifier: BSD-2-Clause
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4). Pure; any thread. */
#ifndef MOORING_BASE_MAC_H
#define MOORING_BASE_MAC_H

#include "base/str.h"

enum { MAC_LEN = 32 };

/* ERR_NOMEM: OpenSSL fails here for want of memory only. */
int mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN]);
/* Of the OpenSSL that runs: "3.0.17"; static. */
const char *mac_openssl_version(void);

#endif
