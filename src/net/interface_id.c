/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/interface_id.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { MAC_BYTES = 6, MAC_DIGITS = 12 };
enum { ID_BYTES = 16, ID_LOW = 8 }; /* the last half is the link's */
enum { GROUP_BIT = 1, UNIVERSAL_BIT = 2 };

bool interface_id_is_set(const struct interface_id *id)
{
	return addr_is_set(&id->suffix);
}

bool interface_id_equal(const struct interface_id *a, const struct interface_id *b)
{
	return addr_equal(&a->suffix, &b->suffix);
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* How many digits stand between two separators, as in 00-00-5e-00-53-01, 0000.5e00.5301 and
 * 00005e005301; 0: that is no MAC address's form. */
static size_t group_of(struct slice text)
{
	if (text.len == MAC_DIGITS + 5 && (text.p[2] == ':' || text.p[2] == '-'))
		return 2;
	if (text.len == MAC_DIGITS + 2 && text.p[4] == '.')
		return 4;
	return text.len == MAC_DIGITS ? MAC_DIGITS : 0;
}

static bool mac_parse(struct slice text, uint8_t ret[MAC_BYTES])
{
	const size_t group = group_of(text);
	size_t i, n = 0;

	if (group == 0)
		return false;
	memset(ret, 0, MAC_BYTES);
	for (i = 0; i < text.len; i++) {
		int digit = str_hex_value(text.p[i]);

		if (i % (group + 1) == group) {
			if (text.p[i] != text.p[group])
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		ret[n / 2] = (uint8_t)(ret[n / 2] << 4 | digit);
		n++;
	}
	return true;
}

/* RFC 4291 appendix A: FFFE between the two halves, and the bit turned round that says whether the
 * address is universal. */
static int take_mac(const uint8_t mac[MAC_BYTES], uint8_t bytes[ID_BYTES], struct errinfo *ei)
{
	if ((mac[0] & GROUP_BIT) != 0)
		return err_set(ei, ERR_INVAL, "the MAC address is a group's, not a host's");
	if (is_zero(mac, MAC_BYTES))
		return err_set(ei, ERR_INVAL, "the MAC address is all zero");
	memset(bytes, 0, ID_BYTES);
	memcpy(bytes + ID_LOW, mac, 3);
	bytes[ID_LOW] ^= UNIVERSAL_BIT;
	bytes[ID_LOW + 3] = 0xff;
	bytes[ID_LOW + 4] = 0xfe;
	memcpy(bytes + ID_LOW + 5, mac + 3, 3);
	return 0;
}

static int take_suffix(struct slice text, uint8_t bytes[ID_BYTES], struct errinfo *ei)
{
	char copy[ADDR_TEXT_MAX];

	if (str_copy(copy, sizeof(copy), text) != 0 || inet_pton(AF_INET6, copy, bytes) != 1)
		return err_set(ei, ERR_INVAL, "neither an interface id nor a MAC address");
	if (!is_zero(bytes, INTERFACE_PREFIX_MIN / 8))
		return err_set(ei, ERR_INVAL,
			       "an address, not what is behind its prefix: the first %d bits of an "
			       "interface id are zero, as in ::1:2:3:4",
			       INTERFACE_PREFIX_MIN);
	/* RFC 4291 §2.6.1: such an address is that of all routers of the link. */
	if (is_zero(bytes + ID_LOW, ID_BYTES - ID_LOW))
		return err_set(ei, ERR_INVAL, "its last 64 bits are zero: that is no host's");
	return 0;
}

int interface_id_parse(struct slice text, struct interface_id *ret, struct errinfo *ei)
{
	struct interface_id id = {.suffix = {.family = ADDR_V6}};
	uint8_t mac[MAC_BYTES];
	int err;

	if (mac_parse(text, mac))
		err = take_mac(mac, id.suffix.bytes, ei);
	else
		err = take_suffix(text, id.suffix.bytes, ei);
	if (err == 0)
		*ret = id;
	return err;
}

const char *interface_id_format(const struct interface_id *id, char out[ADDR_TEXT_MAX])
{
	return addr_format(&id->suffix, out);
}

int interface_prefix_parse(struct slice text, struct prefix *ret)
{
	struct slice digits;
	uint64_t len = INTERFACE_PREFIX_LINK;
	bool has_length = slice_cut(text, '/', &text, &digits);
	struct addr a;

	if (has_length && str_parse_uint(digits, INTERFACE_PREFIX_MAX, &len) != 0)
		return ERR_INVAL;
	if (len < INTERFACE_PREFIX_MIN || addr_parse(text, &a) != 0 || a.family != ADDR_V6)
		return ERR_INVAL;
	*ret = prefix_of(&a, 0, (uint8_t)len);
	return 0;
}

bool interface_id_join(const struct interface_id *id, const struct prefix *prefix, struct addr *ret)
{
	struct prefix overlap = prefix_of(&id->suffix, 0, prefix->len);
	size_t i;

	if (!is_zero(overlap.addr.bytes, sizeof(overlap.addr.bytes)))
		return false;
	*ret = prefix->addr;
	for (i = 0; i < sizeof(ret->bytes); i++)
		ret->bytes[i] |= id->suffix.bytes[i];
	return true;
}
