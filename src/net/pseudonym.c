/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/pseudonym.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mac.h"

/* Each kind of value has a key of its own, so that no two of them meet (NIST SP 800-108). */
enum key {
	KEY_LOGIN,
	KEY_NETWORK_V4,
	KEY_HOST_V4,
	KEY_NETWORK_V6,
	KEY_HOST_V6,
	N_KEYS,
};

enum { LOGIN_BYTES = 6, NETWORK_BYTES_V4 = 3, NETWORK_BYTES_V6 = 7 };
_Static_assert(PREFIX_NETWORK_V4 == 8 * NETWORK_BYTES_V4, "the limits' network");
_Static_assert(PREFIX_SITE_V6 == 8 * NETWORK_BYTES_V6, "the limits' network");

enum { MARK_V4 = 0xf0, MARK_V6 = 0xfc };

static struct {
	enum pseudonym_kinds kinds;
	unsigned char keys[N_KEYS][MAC_LEN];
} setup;

int pseudonym_setup(enum pseudonym_kinds kinds, struct slice key)
{
	static const char *const labels[N_KEYS] = {
		[KEY_LOGIN] = "login",	     [KEY_NETWORK_V4] = "ipv4 network",
		[KEY_HOST_V4] = "ipv4 host", [KEY_NETWORK_V6] = "ipv6 network",
		[KEY_HOST_V6] = "ipv6 host",
	};
	size_t i;
	int err = 0;

	for (i = 0; kinds != PSEUDONYM_NONE && i < N_KEYS && err == 0; i++)
		err = mac_sha256(key, slice_of(labels[i]), setup.keys[i]);
	if (err == 0)
		setup.kinds = kinds;
	return err;
}

/* Without memory all values are one: nothing is shown as it is. */
static void digest(enum key which, const void *data, size_t len, unsigned char out[MAC_LEN])
{
	const struct slice key = {(const char *)setup.keys[which], MAC_LEN};

	if (mac_sha256(key, (struct slice){data, len}, out) != 0)
		memset(out, 0, MAC_LEN);
}

/* ---------------------------------------------------------------- logins */

static void put_login(struct slice user, char out[PSEUDONYM_LOGIN_MAX])
{
	unsigned char mac[MAC_LEN];

	_Static_assert(2 + 2 * LOGIN_BYTES < PSEUDONYM_LOGIN_MAX, "room");
	digest(KEY_LOGIN, user.p, user.len, mac);
	memcpy(out, "u-", 2);
	str_hex(out + 2, mac, LOGIN_BYTES);
}

struct slice pseudonym_login_slice(struct slice user, char out[PSEUDONYM_LOGIN_MAX])
{
	if ((setup.kinds & PSEUDONYM_LOGINS) == 0 || user.p == NULL)
		return user;
	put_login(user, out);
	return slice_of(out);
}

const char *pseudonym_login(const char *user, char out[PSEUDONYM_LOGIN_MAX])
{
	return user != NULL ? pseudonym_login_slice(slice_of(user), out).p : NULL;
}

const char *pseudonym_printable(char *out, size_t cap, struct slice user)
{
	assert(cap >= PSEUDONYM_LOGIN_MAX);
	if ((setup.kinds & PSEUDONYM_LOGINS) == 0)
		return str_printable(out, cap, user);
	put_login(user, out);
	return out;
}

/* ---------------------------------------------------------------- addresses */

/* The hosts of a network are exchanged among themselves, so that no two of them become one: four
 * rounds of a Feistel network, each with 16 of the digest's 64 half bytes as its function. */
static uint8_t exchange_host(uint8_t host, const unsigned char mac[MAC_LEN])
{
	unsigned left = host >> 4, right = host & 15U, at, round;

	for (round = 0; round < 4; round++) {
		const unsigned old = left;

		at = 16 * round + right;
		left = right;
		right = old ^ (at % 2 == 0 ? mac[at / 2] >> 4 : mac[at / 2] & 15U);
	}
	return (uint8_t)(left << 4 | right);
}

/* 20 bits of the network, 8 of the host. */
static struct addr pseudonym_v4(const struct addr *a)
{
	struct addr ret = {.family = ADDR_V4};
	unsigned char mac[MAC_LEN];

	digest(KEY_NETWORK_V4, a->bytes, NETWORK_BYTES_V4, mac);
	memcpy(ret.bytes, mac, NETWORK_BYTES_V4);
	ret.bytes[0] = (uint8_t)(MARK_V4 | (mac[0] & 15));
	digest(KEY_HOST_V4, a->bytes, NETWORK_BYTES_V4, mac);
	ret.bytes[3] = exchange_host(a->bytes[3], mac);
	return ret;
}

/* 48 bits of the network, 72 of the host. */
static struct addr pseudonym_v6(const struct addr *a)
{
	struct addr ret = {.family = ADDR_V6};
	unsigned char mac[MAC_LEN];

	digest(KEY_NETWORK_V6, a->bytes, NETWORK_BYTES_V6, mac);
	memcpy(ret.bytes, mac, NETWORK_BYTES_V6);
	ret.bytes[0] = MARK_V6;
	digest(KEY_HOST_V6, a->bytes, sizeof(a->bytes), mac);
	memcpy(ret.bytes + NETWORK_BYTES_V6, mac, sizeof(ret.bytes) - NETWORK_BYTES_V6);
	return ret;
}

struct addr pseudonym_addr(const struct addr *a)
{
	if ((setup.kinds & PSEUDONYM_ADDRESSES) == 0 || !addr_is_set(a))
		return *a;
	return a->family == ADDR_V4 ? pseudonym_v4(a) : pseudonym_v6(a);
}

struct addr_pair pseudonym_pair(const struct addr_pair *a)
{
	return (struct addr_pair){pseudonym_addr(&a->v4), pseudonym_addr(&a->v6)};
}

bool pseudonym_is_one(const struct addr *a)
{
	return a->family == ADDR_V4 ? (a->bytes[0] & 0xf0) == MARK_V4 : a->bytes[0] == MARK_V6;
}

struct addr pseudonym_of_stored(const struct addr *a)
{
	return pseudonym_is_one(a) ? *a : pseudonym_addr(a);
}

const char *pseudonym_addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	const struct addr shown = pseudonym_addr(a);

	return addr_format(&shown, out);
}

const char *pseudonym_prefix_format(const struct prefix *p, char out[PREFIX_TEXT_MAX])
{
	const struct addr shown = pseudonym_addr(&p->addr);
	const struct prefix cut = prefix_of(&shown, p->len, p->len);

	return prefix_format(&cut, out);
}

/* ---------------------------------------------------------------- sentences */

/* How much of the text, from its first character on, is an address; a port or the end of the
 * sentence may follow. */
static size_t address_length(struct slice text, struct addr *ret)
{
	static const char letters[] = "0123456789abcdefABCDEF.:";
	size_t len = 0;

	while (len < text.len && len < ADDR_TEXT_MAX && strchr(letters, text.p[len]) != NULL)
		len++;
	while (len > 0 && addr_parse((struct slice){text.p, len}, ret) != 0)
		len--;
	return len;
}

static bool is_in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The same for a login that the sentence is known to be about. */
static size_t login_length(struct slice text, struct slice user)
{
	if (user.len == 0 || text.len < user.len || memcmp(text.p, user.p, user.len) != 0)
		return 0;
	return text.len == user.len || !is_in_word(text.p[user.len]) ? user.len : 0;
}

/* What stands in the place of the beginning of text, of which *ret_len characters are taken. */
static struct slice next_piece(struct slice text, const char *user, const struct addr *keep,
			       char room[ADDR_TEXT_MAX], size_t *ret_len)
{
	struct addr a;

	*ret_len = (setup.kinds & PSEUDONYM_LOGINS) != 0 ? login_length(text, slice_of(user)) : 0;
	if (*ret_len > 0)
		return slice_of(pseudonym_login(user, room));
	*ret_len = (setup.kinds & PSEUDONYM_ADDRESSES) != 0 ? address_length(text, &a) : 0;
	if (*ret_len > 0 && (keep == NULL || !addr_equal(&a, keep)))
		return slice_of(pseudonym_addr_format(&a, room));
	*ret_len += *ret_len == 0;
	return (struct slice){text.p, *ret_len};
}

_Static_assert((int)PSEUDONYM_LOGIN_MAX <= (int)ADDR_TEXT_MAX, "one room for both");

const char *pseudonym_said(const char *text, const char *user, const struct addr *keep,
			   char out[PSEUDONYM_TEXT_MAX])
{
	struct slice rest = slice_of(text), piece;
	char shown[ADDR_TEXT_MAX], last = ' ';
	size_t len, end = 0;

	if (setup.kinds == PSEUDONYM_NONE || text == NULL)
		return text;
	for (; rest.len > 0; rest.p += len, rest.len -= len) {
		len = 1;
		piece = is_in_word(last) ? (struct slice){rest.p, 1}
					 : next_piece(rest, user, keep, shown, &len);
		if (end + piece.len >= PSEUDONYM_TEXT_MAX)
			break;
		memcpy(out + end, piece.p, piece.len);
		end += piece.len;
		last = rest.p[len - 1];
	}
	out[end] = '\0';
	return out;
}

const char *pseudonym_sentence(const char *text, char out[PSEUDONYM_TEXT_MAX])
{
	return (setup.kinds & PSEUDONYM_ADDRESSES) != 0 ? pseudonym_said(text, "", NULL, out)
							: text;
}
