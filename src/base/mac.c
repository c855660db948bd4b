/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/err.h"

/* Of SHA-256: RFC 2104 pads the key to it. */
enum { BLOCK_LEN = 64 };

/* OpenSSL 3's one-shot HMAC() looks its digest up anew at each call, which costs more than hashing
 * a password: this is done on the core thread for every update, so the digest is fetched once. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void fetch_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* A longer key is hashed first. */
static bool shorten_key(EVP_MD_CTX *ctx, struct slice *key, unsigned char hash[MAC_LEN])
{
	if (key->len <= BLOCK_LEN)
		return true;
	if (EVP_DigestInit_ex2(ctx, sha256, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, key->p, key->len) != 1 ||
	    EVP_DigestFinal_ex(ctx, hash, NULL) != 1)
		return false;
	*key = (struct slice){(const char *)hash, MAC_LEN};
	return true;
}

/* out = SHA-256(pad block, then text) */
static bool hash_padded(EVP_MD_CTX *ctx, const unsigned char pad[BLOCK_LEN], const void *text,
			size_t len, unsigned char out[MAC_LEN])
{
	return EVP_DigestInit_ex2(ctx, sha256, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, pad, BLOCK_LEN) == 1 &&
	       EVP_DigestUpdate(ctx, text, len) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

static bool hmac(EVP_MD_CTX *ctx, struct slice key, struct slice text, unsigned char out[MAC_LEN])
{
	unsigned char inner[BLOCK_LEN], outer[BLOCK_LEN], short_key[MAC_LEN];
	size_t i;
	bool ok;

	if (!shorten_key(ctx, &key, short_key))
		return false;
	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (i = 0; i < key.len; i++) {
		inner[i] = (unsigned char)(inner[i] ^ (unsigned char)key.p[i]);
		outer[i] = (unsigned char)(outer[i] ^ (unsigned char)key.p[i]);
	}
	ok = hash_padded(ctx, inner, text.p, text.len, out) &&
	     hash_padded(ctx, outer, out, MAC_LEN, out);
	OPENSSL_cleanse(inner, sizeof(inner));
	OPENSSL_cleanse(outer, sizeof(outer));
	OPENSSL_cleanse(short_key, sizeof(short_key));
	return ok;
}

int mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN])
{
	EVP_MD_CTX *ctx;
	bool ok;

	pthread_once(&sha256_once, fetch_sha256);
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && sha256 != NULL && hmac(ctx, key, text, out);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : ERR_NOMEM;
}

const char *mac_openssl_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
