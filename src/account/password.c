/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/password.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mac.h"
#include "account/pepper.h"
#include "account/secret.h"
#include "base/rand.h"

/* Clear text is compared by digests under this key: their bytes say nothing about the text, so that
 * even an imperfect comparison leaks nothing. */
static unsigned char process_key[MAC_LEN];
/* A digest that no password has: what a login without a "$sha256$" secret is compared with. */
static unsigned char no_digest[MAC_LEN];
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void make_process_key(void)
{
	rand_bytes(process_key, sizeof(process_key));
	rand_bytes(no_digest, sizeof(no_digest));
}

/* What password_check_fast() compares: always both forms of a secret, whichever the account has. */
struct trial {
	unsigned char clear_want[MAC_LEN];
	unsigned char clear_got[MAC_LEN];
	unsigned char sha_want[MAC_LEN];
	unsigned char sha_got[MAC_LEN];
};

/* A text in a block of one size, so that hashing it takes the same time for every length. */
struct padded {
	uint32_t len;
	char text[ACCOUNT_SECRET_MAX];
};

static int mac_padded(struct slice s, unsigned char out[MAC_LEN])
{
	struct padded block;
	int err;

	memset(&block, 0, sizeof(block));
	block.len = (uint32_t)s.len;
	if (s.len > 0)
		memcpy(block.text, s.p, s.len);
	err = mac_sha256((struct slice){(const char *)process_key, sizeof(process_key)},
			 (struct slice){(const char *)&block, sizeof(block)}, out);
	OPENSSL_cleanse(&block, sizeof(block));
	return err;
}

/* Both passwords no longer than ACCOUNT_SECRET_MAX. */
static int run_trial(const char *stored, struct slice password, struct trial *t)
{
	struct slice salt = {"mooring.dummy", 13};
	int err;

	pthread_once(&process_key_once, make_process_key);
	memcpy(t->sha_want, no_digest, sizeof(t->sha_want));
	secret_parse_sha256(secret_unpepper(stored, NULL), &salt, t->sha_want);
	err = mac_padded(slice_of(stored), t->clear_want);
	if (err == 0)
		err = mac_padded(password, t->clear_got);
	if (err == 0)
		err = mac_sha256(salt, password, t->sha_got);
	return err;
}

static bool is_known_form(const char *stored, enum secret_kind *ret)
{
	return stored != NULL && stored[0] != '\0' && strlen(stored) <= ACCOUNT_SECRET_MAX &&
	       secret_kind(stored, ret) == 0;
}

static bool is_possible(struct slice password)
{
	return password.len > 0 && password.len <= ACCOUNT_SECRET_MAX &&
	       memchr(password.p, '\0', password.len) == NULL;
}

static struct slice cut_to_fit(struct slice password)
{
	if (password.len > ACCOUNT_SECRET_MAX)
		password.len = ACCOUNT_SECRET_MAX;
	return password;
}

enum password_result password_check_fast(const struct account *account, struct slice password)
{
	enum secret_kind kind = SECRET_CLEAR;
	bool usable = account != NULL && !account->disabled &&
		      is_known_form(account->secret, &kind) && is_possible(password);
	struct trial t = {0};
	bool clear_matches, sha_matches;
	int err = run_trial(usable ? account->secret : "", cut_to_fit(password), &t);

	clear_matches = CRYPTO_memcmp(t.clear_got, t.clear_want, MAC_LEN) == 0;
	sha_matches = CRYPTO_memcmp(t.sha_got, t.sha_want, MAC_LEN) == 0;
	OPENSSL_cleanse(&t, sizeof(t));
	if (err != 0)
		return PASSWORD_NO_MEMORY;
	if (!usable)
		return PASSWORD_WRONG;
	if (kind == SECRET_CRYPT)
		return PASSWORD_SLOW;
	return (kind == SECRET_CLEAR ? clear_matches : sha_matches) ? PASSWORD_RIGHT
								    : PASSWORD_WRONG;
}

enum password_result password_check_peppered(const struct peppers *peppers,
					     const struct account *account, struct slice password)
{
	const char *stored = account != NULL && !account->disabled ? account->secret : NULL;
	enum password_result result = PASSWORD_NO_PEPPER;
	char text[PEPPERED_LEN + 1];
	int err = peppers_apply(peppers, stored, password, text, &password);

	if (err == 0)
		result = password_check_fast(account, password);
	else if (err == ERR_NOMEM)
		result = PASSWORD_NO_MEMORY;
	OPENSSL_cleanse(text, sizeof(text));
	return result;
}

/* A crypt(3) string of the usual method and cost that no known password matches. */
static const char dummy_stored[] =
	"$y$j9T$p/f44KuKp5vcLmtQWs8th/$GA2lTcdzOVErVfqFCm6kD3FaTTyTjkU/ln57N6LxmZ0";

/* What crypt_r() works in: 32 KiB, too much for the stack of a worker thread. */
struct scratch {
	struct crypt_data data;
	char phrase[ACCOUNT_SECRET_MAX + 1];
};

/* The length of a stored hash is no secret: it follows from its method. */
static bool same_hash(const char *hash, const char *stored)
{
	size_t len = strlen(stored);

	return hash[0] != '*' && strlen(hash) == len && CRYPTO_memcmp(hash, stored, len) == 0;
}

enum password_result password_check_slow(const char *stored, struct slice password)
{
	enum secret_kind kind = SECRET_CLEAR;
	bool usable = is_known_form(stored, &kind) && kind == SECRET_CRYPT && is_possible(password);
	struct scratch *s = calloc(1, sizeof(*s));
	struct slice fit = cut_to_fit(password);
	enum password_result result = PASSWORD_WRONG;
	const char *setting = usable ? secret_unpepper(stored, NULL) : dummy_stored;
	const char *hash;

	if (s == NULL)
		return PASSWORD_NO_MEMORY;
	if (fit.len > 0)
		memcpy(s->phrase, fit.p, fit.len);
	errno = 0;
	hash = crypt_r(s->phrase, setting, &s->data);
	/* A setting that crypt(3) cannot use is refused at once: it must not be cheaper, above all
	 * not as the price of every other refusal. */
	if (usable && hash != NULL && hash[0] == '*' && errno != ENOMEM)
		hash = crypt_r(s->phrase, dummy_stored, &s->data);
	if (hash == NULL || (hash[0] == '*' && errno == ENOMEM))
		result = PASSWORD_NO_MEMORY;
	else if (usable && same_hash(hash, setting))
		result = PASSWORD_RIGHT;
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
	return result;
}
