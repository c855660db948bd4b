/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/prefix.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "net/hash.h"

static uint8_t bits_of(const struct addr *a)
{
	return a->family == ADDR_V4 ? 32 : a->family == ADDR_V6 ? 128 : 0;
}

/* The bits of byte i that belong to the first len bits. */
static uint8_t mask_at(uint8_t len, unsigned i)
{
	if (len >= 8 * (i + 1))
		return 0xff;
	if (len <= 8 * i)
		return 0;
	return (uint8_t)(0xff << (8 * (i + 1) - len));
}

struct prefix prefix_of(const struct addr *a, uint8_t len_v4, uint8_t len_v6)
{
	struct prefix p = {.addr = *a, .len = a->family == ADDR_V4 ? len_v4 : len_v6};
	unsigned i;

	if (p.len > bits_of(a))
		p.len = bits_of(a);
	for (i = 0; i < sizeof(p.addr.bytes); i++)
		p.addr.bytes[i] &= mask_at(p.len, i);
	return p;
}

int prefix_parse(struct slice text, struct prefix *ret)
{
	struct slice digits;
	bool has_length = slice_cut(text, '/', &text, &digits);
	struct addr a;
	struct prefix p;
	uint64_t len;

	if (addr_parse(text, &a) != 0)
		return ERR_INVAL;
	len = bits_of(&a);
	if (has_length && str_parse_uint(digits, len, &len) != 0)
		return ERR_INVAL;
	p = prefix_of(&a, (uint8_t)len, (uint8_t)len);
	if (!addr_equal(&p.addr, &a))
		return ERR_INVAL;
	*ret = p;
	return 0;
}

const char *prefix_format(const struct prefix *p, char out[PREFIX_TEXT_MAX])
{
	char text[ADDR_TEXT_MAX];

	snprintf(out, PREFIX_TEXT_MAX, "%s/%u", addr_format(&p->addr, text), p->len);
	return out;
}

struct prefix prefix_of_client(const struct addr *a)
{
	return prefix_of(a, PREFIX_CLIENT_V4, PREFIX_SITE_V6);
}

struct prefix prefix_of_network(const struct addr *a)
{
	return prefix_of(a, PREFIX_NETWORK_V4, PREFIX_SITE_V6);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	unsigned i;

	if (p->addr.family != a->family || !addr_is_set(a))
		return false;
	for (i = 0; 8 * i < p->len; i++)
		if (((p->addr.bytes[i] ^ a->bytes[i]) & mask_at(p->len, i)) != 0)
			return false;
	return true;
}

uint64_t prefix_hash(const struct prefix *p, uint64_t seed)
{
	uint8_t text[2 + sizeof(p->addr.bytes)] = {p->addr.family, p->len};

	memcpy(text + 2, p->addr.bytes, sizeof(p->addr.bytes));
	return hash_bytes(text, sizeof(text), seed);
}
