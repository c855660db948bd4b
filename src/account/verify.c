/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/verify.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "base/mac.h"
#include "base/rand.h"

enum { VERIFIED_WAYS = 4, VERIFIED_SETS = VERIFIED_MAX / VERIFIED_WAYS };
enum { VERIFIED_PASSWORD_MAX = ACCOUNT_SECRET_MAX };

struct verified_slot {
	struct verified_key key;
	int64_t until_ms; /* 0: never used */
};

struct verified {
	unsigned char boot_key[MAC_LEN];
	struct verified_slot slots[VERIFIED_SETS][VERIFIED_WAYS];
};

/* Each in a block of one size, so that two of them are never taken for another two, and every MAC
 * is the same work. */
struct verified_text {
	char user[ACCOUNT_USER_MAX + 1];
	char secret[ACCOUNT_SECRET_MAX + 1];
	uint64_t password_len;
	char password[VERIFIED_PASSWORD_MAX];
};

int verified_new(struct verified **ret)
{
	struct verified *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return ERR_NOMEM;
	rand_bytes(v->boot_key, sizeof(v->boot_key));
	*ret = v;
	return 0;
}

void verified_free(struct verified *v)
{
	if (v == NULL)
		return;
	OPENSSL_cleanse(v->boot_key, sizeof(v->boot_key));
	free(v);
}

int verified_name(const struct verified *v, const struct account *account, struct slice password,
		  struct verified_key *ret)
{
	struct verified_text t;
	unsigned char mac[MAC_LEN];
	int err;

	memset(&t, 0, sizeof(t));
	if (account != NULL) {
		str_copy(t.user, sizeof(t.user), slice_of(account->user));
		if (account->secret != NULL)
			str_copy(t.secret, sizeof(t.secret), slice_of(account->secret));
	}
	t.password_len = password.len;
	if (password.len > 0)
		memcpy(t.password, password.p,
		       password.len < sizeof(t.password) ? password.len : sizeof(t.password));
	err = mac_sha256((struct slice){(const char *)v->boot_key, sizeof(v->boot_key)},
			 (struct slice){(const char *)&t, sizeof(t)}, mac);
	OPENSSL_cleanse(&t, sizeof(t));
	if (err == 0)
		memcpy(ret->mac, mac, sizeof(ret->mac));
	return err;
}

static bool verified_is_same(const struct verified_key *a, const struct verified_key *b)
{
	return CRYPTO_memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

bool verified_has(const struct verified *v, const struct verified_key *key, int64_t now_ms)
{
	const struct verified_slot *set = v->slots[key->mac[0] % VERIFIED_SETS];
	bool found = false;
	size_t i;

	for (i = 0; i < VERIFIED_WAYS; i++)
		found |= verified_is_same(&set[i].key, key) && set[i].until_ms > now_ms;
	return found;
}

void verified_put(struct verified *v, const struct verified_key *key, int64_t now_ms)
{
	struct verified_slot *set = v->slots[key->mac[0] % VERIFIED_SETS], *oldest = set;
	size_t i;

	for (i = 0; i < VERIFIED_WAYS; i++) {
		if (verified_is_same(&set[i].key, key)) {
			oldest = &set[i];
			break;
		}
		if (set[i].until_ms < oldest->until_ms)
			oldest = &set[i];
	}
	*oldest = (struct verified_slot){*key, now_ms + VERIFIED_FOR_MS};
}
