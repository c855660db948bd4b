/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/pepper.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mac.h"

struct pepper {
	uint32_t version;
	size_t len;
	unsigned char key[PEPPER_KEY_MAX];
};

struct pepper_list {
	size_t n;
	struct pepper at[PEPPERS_MAX];
};

struct peppers {
	struct pepper_list list;
};

_Static_assert(PEPPERED_LEN < 2 * MAC_LEN, "a part of the digest");

int peppers_new(struct peppers **ret)
{
	struct peppers *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	*ret = p;
	return 0;
}

void peppers_free(struct peppers *p)
{
	if (p == NULL)
		return;
	OPENSSL_cleanse(p, sizeof(*p));
	free(p);
}

static const struct pepper *pepper_find(const struct pepper_list *list, uint32_t version)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->at[i].version == version)
			return &list->at[i];
	return NULL;
}

/* ---------------------------------------------------------------- the file */

static int pepper_read_key(struct slice hex, struct pepper *ret)
{
	int err = str_unhex(hex, ret->key, sizeof(ret->key), &ret->len);

	return err == 0 && ret->len < PEPPER_KEY_MIN ? ERR_INVAL : err;
}

/* The line is not told: it holds a key. */
static int pepper_read_line(struct pepper_list *list, struct slice line, unsigned n,
			    struct errinfo *ei)
{
	struct pepper *p = &list->at[list->n];
	struct slice version = {line.p, 0}, key;
	uint64_t number;

	if (list->n == PEPPERS_MAX)
		return err_set(ei, ERR_LIMIT, "line %u: there are more than %d keys", n,
			       PEPPERS_MAX);
	while (version.len < line.len && strchr(STR_BLANKS, line.p[version.len]) == NULL)
		version.len++;
	key = (struct slice){line.p + version.len, line.len - version.len};
	if (str_parse_uint(version, SECRET_PEPPER_MAX, &number) != 0 || number == 0)
		return err_set(ei, ERR_INVAL,
			       "line %u does not begin with a version, a number from 1 to %d", n,
			       SECRET_PEPPER_MAX);
	if (pepper_find(list, (uint32_t)number) != NULL)
		return err_set(ei, ERR_INVAL, "line %u: version %u is there twice", n,
			       (unsigned)number);
	if (pepper_read_key(slice_trim(key, STR_BLANKS), p) != 0)
		return err_set(ei, ERR_INVAL,
			       "line %u: the key of version %u is not %d to %d hexadecimal digits",
			       n, (unsigned)number, 2 * PEPPER_KEY_MIN, 2 * PEPPER_KEY_MAX);
	p->version = (uint32_t)number;
	list->n++;
	return 0;
}

static int pepper_read_all(struct pepper_list *list, struct slice text, struct errinfo *ei)
{
	struct slice line;
	unsigned n = 0;
	int err = 0;

	if (text.len > PEPPER_TEXT_MAX)
		return err_set(ei, ERR_LIMIT, "more than %d bytes are no list of keys",
			       PEPPER_TEXT_MAX);
	while (err == 0 && text.len > 0) {
		slice_cut(text, '\n', &line, &text);
		line = slice_trim(line, STR_SPACE);
		n++;
		if (line.len > 0 && line.p[0] != '#')
			err = pepper_read_line(list, line, n, ei);
	}
	if (err == 0 && list->n == 0)
		err = err_set(ei, ERR_INVAL, "there is no key in it");
	return err;
}

int peppers_read(struct peppers *p, struct slice text, struct errinfo *ei)
{
	struct pepper_list list = {.n = 0};
	int err = pepper_read_all(&list, text, ei);

	if (err == 0)
		p->list = list;
	OPENSSL_cleanse(&list, sizeof(list));
	return err;
}

/* ---------------------------------------------------------------- its use */

/* NULL: there is none. */
static const struct pepper *pepper_find_newest(const struct peppers *p)
{
	const struct pepper *newest = NULL;
	size_t i;

	for (i = 0; p != NULL && i < p->list.n; i++)
		if (newest == NULL || p->list.at[i].version > newest->version)
			newest = &p->list.at[i];
	return newest;
}

uint32_t peppers_newest(const struct peppers *p)
{
	const struct pepper *newest = pepper_find_newest(p);

	return newest != NULL ? newest->version : 0;
}

bool peppers_have(const struct peppers *p, uint32_t version)
{
	return p != NULL && pepper_find(&p->list, version) != NULL;
}

static int pepper_apply_key(const struct pepper *pepper, struct slice secret,
			    char out[PEPPERED_LEN + 1])
{
	const struct slice key = {(const char *)pepper->key, pepper->len};
	char hex[2 * MAC_LEN + 1];
	unsigned char mac[MAC_LEN];
	int err = mac_sha256(key, secret, mac);

	if (err == 0) {
		str_hex(hex, mac, MAC_LEN);
		memcpy(out, hex, PEPPERED_LEN);
		out[PEPPERED_LEN] = '\0';
	}
	OPENSSL_cleanse(hex, sizeof(hex));
	OPENSSL_cleanse(mac, sizeof(mac));
	return err;
}

int peppers_apply(const struct peppers *p, const char *stored, struct slice password,
		  char text[PEPPERED_LEN + 1], struct slice *ret)
{
	static const struct pepper nobodys = {.len = PEPPER_KEY_MIN};
	const struct pepper *found = NULL;
	uint32_t version = 0;
	int err;

	if (stored != NULL)
		secret_unpepper(stored, &version);
	if (peppers_newest(p) != 0) {
		found = pepper_find(&p->list, version);
		err = pepper_apply_key(found != NULL ? found : &nobodys, password, text);
		if (err != 0)
			return err;
	}
	if (version != 0 && found == NULL)
		return ERR_NOTFOUND;
	*ret = version != 0 ? (struct slice){text, PEPPERED_LEN} : password;
	return 0;
}

static int pepper_store_plain(enum secret_kind kind, struct slice secret,
			      char out[SECRET_STORED_MAX])
{
	return kind == SECRET_CRYPT ? secret_store_slow(secret, out) : secret_store(secret, out);
}

int peppers_store(const struct peppers *p, enum secret_kind kind, struct slice secret,
		  char out[SECRET_STORED_MAX])
{
	const struct pepper *newest = pepper_find_newest(p);
	char text[PEPPERED_LEN + 1], inner[SECRET_STORED_MAX];
	int n, err;

	if (newest == NULL)
		return pepper_store_plain(kind, secret, out);
	if (secret.len == 0)
		return ERR_INVAL;
	err = pepper_apply_key(newest, secret, text);
	if (err == 0)
		err = pepper_store_plain(kind, (struct slice){text, PEPPERED_LEN}, inner);
	OPENSSL_cleanse(text, sizeof(text));
	if (err != 0)
		return err;
	n = snprintf(out, SECRET_STORED_MAX, SECRET_PEPPER_PREFIX "%u%s", (unsigned)newest->version,
		     inner);
	return n < SECRET_STORED_MAX ? 0 : ERR_LIMIT;
}
