/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/secret.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mac.h"
#include "base/rand.h"

/* 95 bits: no two accounts ever share one. */
enum { SALT_LEN = 16 };
enum { SALT_MIN = 8, SALT_MAX = 32 }; /* of strings that other programs made */

_Static_assert(sizeof(SECRET_SHA256_PREFIX) + SALT_MAX + 1 + 2 * MAC_LEN <= SECRET_STORED_MAX,
	       "a stored secret fits");

/* The alphabet of crypt(3)'s own salts. */
static bool is_salt_char(char c)
{
	return (c >= '0' && c <= '9') || (str_lower(c) >= 'a' && str_lower(c) <= 'z') || c == '.' ||
	       c == '/';
}

static int secret_hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_digest(struct slice hex, unsigned char out[MAC_LEN])
{
	size_t i;

	if (hex.len != 2 * MAC_LEN)
		return ERR_INVAL;
	for (i = 0; i < MAC_LEN; i++) {
		int high = secret_hex_value(hex.p[2 * i]), low = secret_hex_value(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVAL;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

const char *secret_unpepper(const char *stored, uint32_t *ret_version)
{
	const size_t len = sizeof(SECRET_PEPPER_PREFIX) - 1;
	struct slice version, rest;
	uint64_t number = 0;

	if (ret_version != NULL)
		*ret_version = 0;
	if (strncmp(stored, SECRET_PEPPER_PREFIX, len) != 0 ||
	    !slice_cut(slice_of(stored + len), '$', &version, &rest) ||
	    str_parse_uint(version, SECRET_PEPPER_MAX, &number) != 0 || version.p[0] == '0')
		return stored;
	if (ret_version != NULL)
		*ret_version = (uint32_t)number;
	return rest.p - 1;
}

int secret_parse_sha256(const char *stored, struct slice *ret_salt, unsigned char ret_mac[MAC_LEN])
{
	size_t i, prefix = sizeof(SECRET_SHA256_PREFIX) - 1;
	struct slice salt, hex;

	if (strncmp(stored, SECRET_SHA256_PREFIX, prefix) != 0 ||
	    !slice_cut(slice_of(stored + prefix), '$', &salt, &hex) || salt.len < SALT_MIN ||
	    salt.len > SALT_MAX)
		return ERR_INVAL;
	for (i = 0; i < salt.len; i++)
		if (!is_salt_char(salt.p[i]))
			return ERR_INVAL;
	if (parse_digest(hex, ret_mac) != 0)
		return ERR_INVAL;
	*ret_salt = salt;
	return 0;
}

static bool is_crypt(const char *stored)
{
	switch (crypt_checksalt(stored)) {
	case CRYPT_SALT_OK:
	case CRYPT_SALT_METHOD_LEGACY:
	case CRYPT_SALT_TOO_CHEAP:
		return true;
	default:
		return false;
	}
}

/* "$id$..." of crypt(5), of ours, or of a method that other programs write. */
static bool looks_hashed(const char *stored)
{
	static const char *const ids[] = {
		"sha256",
		"y",
		"gy",
		"7",
		"2a",
		"2b",
		"2x",
		"2y",
		"6",
		"5",
		"1",
		"3",
		"md5",
		"sha1",
		"apr1",
		"scrypt",
		"argon2",
		"argon2i",
		"argon2d",
		"argon2id",
		"pbkdf2",
		"pbkdf2-sha256",
		"pbkdf2-sha512",
	};
	struct slice id, rest;
	size_t i;

	if (stored[0] != '$' || !slice_cut(slice_of(stored + 1), '$', &id, &rest))
		return false;
	slice_cut(id, ',', &id, &rest); /* "$md5,rounds=5000$" */
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (slice_eq_nocase(id, ids[i]))
			return true;
	return false;
}

int secret_kind(const char *stored, enum secret_kind *ret)
{
	uint32_t pepper;
	const char *plain = secret_unpepper(stored, &pepper);
	unsigned char mac[MAC_LEN];
	struct slice salt;

	/* The traditional crypt(3) strings without '$' cannot be told from a password, so they are
	 * taken for clear text. */
	if (!looks_hashed(plain) && pepper == 0)
		*ret = SECRET_CLEAR;
	else if (secret_parse_sha256(plain, &salt, mac) == 0)
		*ret = SECRET_SHA256;
	else if (looks_hashed(plain) && is_crypt(plain))
		*ret = SECRET_CRYPT;
	else
		return ERR_INVAL;
	return 0;
}

/* crypt(5). A bcrypt hash follows its salt without a '$'. */
static const struct {
	const char *prefix;
	size_t hash_len;  /* behind the last '$' */
	size_t whole_len; /* instead, of all of it */
} secret_methods[] = {
	{"$y$", 43, 0},	 {"$gy$", 43, 0}, {"$7$", 43, 0},    {"$6$", 86, 0},  {"$5$", 43, 0},
	{"$1$", 22, 0},	 {"$md5", 22, 0}, {"$sha1$", 28, 0}, {"$3$$", 32, 0}, {"$2a$", 0, 60},
	{"$2b$", 0, 60}, {"$2x$", 0, 60}, {"$2y$", 0, 60},
};

bool secret_is_whole(const char *stored)
{
	const char *plain = secret_unpepper(stored, NULL);
	enum secret_kind kind;
	size_t i;

	if (secret_kind(stored, &kind) != 0 || kind != SECRET_CRYPT)
		return true;
	for (i = 0; i < sizeof(secret_methods) / sizeof(secret_methods[0]); i++) {
		if (strncmp(plain, secret_methods[i].prefix, strlen(secret_methods[i].prefix)) != 0)
			continue;
		if (secret_methods[i].whole_len > 0)
			return strlen(plain) == secret_methods[i].whole_len;
		return strlen(strrchr(plain, '$') + 1) == secret_methods[i].hash_len;
	}
	return true;
}

void secret_generate(char out[SECRET_LEN + 1])
{
	rand_text(out, SECRET_LEN);
}

int secret_store(struct slice secret, char out[SECRET_STORED_MAX])
{
	unsigned char mac[MAC_LEN];
	char salt[SALT_LEN + 1], hex[2 * MAC_LEN + 1];
	int err;

	if (secret.len == 0)
		return ERR_INVAL;
	rand_text(salt, SALT_LEN);
	err = mac_sha256((struct slice){salt, SALT_LEN}, secret, mac);
	if (err != 0)
		return err;
	str_hex(hex, mac, MAC_LEN);
	snprintf(out, SECRET_STORED_MAX, "%s%s$%s", SECRET_SHA256_PREFIX, salt, hex);
	return 0;
}

int secret_store_slow(struct slice secret, char out[SECRET_STORED_MAX])
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char text[CRYPT_MAX_PASSPHRASE_SIZE + 1], setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;
	int err = ERR_INVAL;

	if (data == NULL)
		return ERR_NOMEM;
	if (secret.len == 0 || str_copy(text, sizeof(text), secret) != 0)
		goto out;
	if (crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)) == NULL)
		goto out;
	hash = crypt_r(text, setting, data);
	if (hash != NULL && hash[0] != '*')
		err = str_copy(out, SECRET_STORED_MAX, slice_of(hash));
out:
	explicit_bzero(text, sizeof(text));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return err;
}
