/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/cookie.h"

#include <string.h>

#include "net/hash.h"

/* RFC 9018 §4: the client's half, a version, three reserved bytes, a time, a hash. */
enum { VERSION = 1, VERSION_AT = 8, TIME_AT = 12, HASH_AT = 16, HASH_LEN = 8, ADDR_LEN_MAX = 16 };
/* RFC 9018 §4.3: clocks of several servers of one address may differ. */
enum { AGE_MAX_S = 3600, AHEAD_MAX_S = 300 };
enum { SERVER_LEN_MIN = 8 };

bool dns_cookie_is_wellformed(size_t len)
{
	return len == DNS_COOKIE_CLIENT_LEN ||
	       (len >= DNS_COOKIE_CLIENT_LEN + SERVER_LEN_MIN && len <= DNS_COOKIE_MAX);
}

/* SipHash reads its key, and writes its result, as little-endian words. */
static uint64_t cookie_word(const uint8_t *at)
{
	uint64_t word = 0;
	int i;

	for (i = 7; i >= 0; i--)
		word = word << 8 | at[i];
	return word;
}

void dns_cookie_roll(struct dns_cookie_secrets *s, const uint8_t secret[DNS_COOKIE_SECRET_LEN])
{
	memcpy(s->before, s->now, sizeof(s->before));
	s->now[0] = cookie_word(secret);
	s->now[1] = cookie_word(secret + 8);
}

/* The hash covers all of the cookie before it, the reserved bytes as they came, and the address. */
static uint64_t cookie_hash(const uint64_t key[2], const uint8_t *cookie, const struct addr *client)
{
	uint8_t text[HASH_AT + ADDR_LEN_MAX];
	size_t addr_len = client->family == ADDR_V4 ? 4 : ADDR_LEN_MAX;

	memcpy(text, cookie, HASH_AT);
	memcpy(text + HASH_AT, client->bytes, addr_len);
	return hash_siphash(text, HASH_AT + addr_len, key[0], key[1]);
}

/* RFC 9018 §4.3 compares as RFC 1982 does: 32 bits of time go round in 2106. */
static bool is_timely(const uint8_t *cookie, int64_t now_s)
{
	const uint8_t *t = cookie + TIME_AT;
	uint32_t made = (uint32_t)t[0] << 24 | (uint32_t)t[1] << 16 | (uint32_t)t[2] << 8 | t[3];
	int32_t age = (int32_t)((uint32_t)now_s - made);

	return age <= AGE_MAX_S && age >= -AHEAD_MAX_S;
}

enum dns_cookie_state dns_cookie_check(const struct dns_cookie_secrets *s, const uint8_t *cookie,
				       size_t len, const struct addr *client, int64_t now_s)
{
	uint64_t hash;

	if (len == 0)
		return DNS_COOKIE_NONE;
	if (len == DNS_COOKIE_CLIENT_LEN)
		return DNS_COOKIE_FIRST;
	if (len != DNS_COOKIE_LEN || cookie[VERSION_AT] != VERSION || !is_timely(cookie, now_s))
		return DNS_COOKIE_BAD;
	/* Words are compared at once, so the time tells nothing of the bytes. */
	hash = cookie_word(cookie + HASH_AT);
	if (hash == cookie_hash(s->now, cookie, client) ||
	    hash == cookie_hash(s->before, cookie, client))
		return DNS_COOKIE_VALID;
	return DNS_COOKIE_BAD;
}

void dns_cookie_make(const struct dns_cookie_secrets *s,
		     const uint8_t client_half[DNS_COOKIE_CLIENT_LEN], const struct addr *client,
		     int64_t now_s, uint8_t ret[DNS_COOKIE_LEN])
{
	uint64_t hash;
	int i;

	memset(ret, 0, DNS_COOKIE_LEN);
	memcpy(ret, client_half, DNS_COOKIE_CLIENT_LEN);
	ret[VERSION_AT] = VERSION;
	for (i = 0; i < 4; i++)
		ret[TIME_AT + i] = (uint8_t)((uint64_t)now_s >> (24 - 8 * i));
	hash = cookie_hash(s->now, ret, client);
	for (i = 0; i < HASH_LEN; i++)
		ret[HASH_AT + i] = (uint8_t)(hash >> (8 * i));
}
