/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#include "aws/sigv4_canon.h"
#include "base/err.h"
#include "base/mac.h"

enum { SECRET_MAX = 1024 };

int sigv4_format_time(int64_t time_s, char ret[SIGV4_TIME_SIZE])
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900)
		return ERR_INVAL;
	if (strftime(ret, SIGV4_TIME_SIZE, "%Y%m%dT%H%M%SZ", &tm) != SIGV4_TIME_SIZE - 1)
		return ERR_INVAL;
	return 0;
}

void sigv4_hash(struct slice data, char ret[SIGV4_HASH_SIZE])
{
	unsigned char md[MAC_LEN] = {0};

	EVP_Digest(data.p != NULL ? data.p : "", data.len, md, NULL, EVP_sha256(), NULL);
	str_hex(ret, md, sizeof(md));
}

int sigv4_add_canonical(struct buf *out, const struct sigv4_request *req)
{
	char hash[SIGV4_HASH_SIZE];
	int err;

	buf_add(out, req->method.p, req->method.len);
	buf_addc(out, '\n');
	err = sigv4_canon_path(out, req->path, req->keep_path);
	if (err != 0)
		return err;
	buf_addc(out, '\n');
	err = sigv4_canon_query(out, req->query);
	if (err != 0)
		return err;
	buf_addc(out, '\n');
	err = sigv4_canon_headers(out, req);
	if (err != 0)
		return err;
	buf_addc(out, '\n');
	err = sigv4_add_signed_headers(out, req);
	if (err != 0)
		return err;
	sigv4_hash(req->body, hash);
	return buf_addf(out, "\n%s", hash);
}

int sigv4_add_scope(struct buf *out, const struct sigv4_signer *signer)
{
	return buf_addf(out, "%.*s/%s/%s/aws4_request", SIGV4_DATE_LEN, signer->time,
			signer->region, signer->service);
}

int sigv4_add_string_to_sign(struct buf *out, const struct sigv4_signer *signer,
			     struct slice canonical)
{
	char hash[SIGV4_HASH_SIZE];

	sigv4_hash(canonical, hash);
	buf_addf(out, "AWS4-HMAC-SHA256\n%s\n", signer->time);
	sigv4_add_scope(out, signer);
	return buf_addf(out, "\n%s", hash);
}

/* AWS4 + secret -> date -> region -> service -> "aws4_request" -> key. */
static int derive_key(const struct sigv4_signer *signer, unsigned char key[MAC_LEN])
{
	const struct slice steps[] = {
		{signer->time, SIGV4_DATE_LEN},
		slice_of(signer->region),
		slice_of(signer->service),
		slice_of("aws4_request"),
	};
	unsigned char next[MAC_LEN];
	struct buf secret;
	size_t i;
	int err;

	buf_init(&secret, SECRET_MAX);
	err = buf_addf(&secret, "AWS4%s", signer->secret);
	if (err == 0)
		err = mac_sha256((struct slice){secret.data, secret.len}, steps[0], key);
	buf_fini_secret(&secret);
	for (i = 1; err == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
		err = mac_sha256((struct slice){(const char *)key, MAC_LEN}, steps[i], next);
		memcpy(key, next, MAC_LEN);
	}
	OPENSSL_cleanse(next, sizeof(next));
	return err;
}

int sigv4_sign(const struct sigv4_signer *signer, struct slice string_to_sign,
	       char ret[SIGV4_HASH_SIZE])
{
	unsigned char key[MAC_LEN] = {0}, signature[MAC_LEN] = {0};
	int err;

	err = derive_key(signer, key);
	if (err == 0)
		err = mac_sha256((struct slice){(const char *)key, sizeof(key)}, string_to_sign,
				 signature);
	if (err == 0)
		str_hex(ret, signature, sizeof(signature));
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

/* The canonical text holds the session token. */
static int sign_request(const struct sigv4_signer *signer, const struct sigv4_request *req,
			char signature[SIGV4_HASH_SIZE])
{
	struct buf canonical, to_sign;
	int err;

	buf_init(&canonical, SIGV4_TEXT_MAX);
	buf_init(&to_sign, SIGV4_TEXT_MAX);
	err = sigv4_add_canonical(&canonical, req);
	if (err != 0)
		goto out;
	err = sigv4_add_string_to_sign(&to_sign, signer,
				       (struct slice){canonical.data, canonical.len});
	if (err != 0)
		goto out;
	err = sigv4_sign(signer, (struct slice){to_sign.data, to_sign.len}, signature);
out:
	buf_fini_secret(&canonical);
	buf_fini_secret(&to_sign);
	return err;
}

int sigv4_add_authorization(struct buf *out, const struct sigv4_signer *signer,
			    const struct sigv4_request *req)
{
	char signature[SIGV4_HASH_SIZE];
	int err;

	err = sign_request(signer, req, signature);
	if (err != 0)
		return err;
	buf_addf(out, "AWS4-HMAC-SHA256 Credential=%s/", signer->key_id);
	sigv4_add_scope(out, signer);
	buf_adds(out, ", SignedHeaders=");
	err = sigv4_add_signed_headers(out, req);
	if (err != 0)
		return err;
	return buf_addf(out, ", Signature=%s", signature);
}
