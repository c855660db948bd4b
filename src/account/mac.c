/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/mac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/err.h"

int mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN])
{
	const unsigned char *data = (const unsigned char *)text.p;
	unsigned len = MAC_LEN;

	if (HMAC(EVP_sha256(), key.p, (int)key.len, data, text.len, out, &len) == NULL)
		return ERR_NOMEM;
	return 0;
}
