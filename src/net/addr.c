/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"

enum { V4_BITS = 32, V6_BITS = 128 };

static void set_v4(struct addr *a, const void *bytes)
{
	memset(a, 0, sizeof(*a));
	a->family = ADDR_V4;
	memcpy(a->bytes, bytes, 4);
}

/* A mapped address is the IPv4 host behind a dual-stack socket (RFC 4291 §2.5.5.2). */
static void set_v6(struct addr *a, const struct in6_addr *in6)
{
	if (IN6_IS_ADDR_V4MAPPED(in6)) {
		set_v4(a, in6->s6_addr + 12);
		return;
	}
	a->family = ADDR_V6;
	memcpy(a->bytes, in6->s6_addr, sizeof(a->bytes));
}

/* Routers send the length of the prefix that was delegated to them along with their address. Where
 * every bit beyond that length is zero it is the prefix itself, which is no host. */
static bool is_host_of_length(const unsigned char *bytes, size_t bits, struct slice digits)
{
	uint64_t len;
	size_t i;

	if (str_parse_uint(digits, bits, &len) != 0)
		return false;
	for (i = (size_t)len; i < bits; i++)
		if ((bytes[i / 8] & (0x80 >> i % 8)) != 0)
			return true;
	return len == bits;
}

int addr_parse(struct slice text, struct addr *ret)
{
	char host[ADDR_TEXT_MAX];
	struct slice length;
	bool has_length = slice_cut(text, '/', &text, &length);
	bool bracketed = text.len >= 2 && text.p[0] == '[' && text.p[text.len - 1] == ']';
	struct in_addr in4;
	struct in6_addr in6;

	if (bracketed)
		text = (struct slice){text.p + 1, text.len - 2};
	if (str_copy(host, sizeof(host), text) != 0)
		return ERR_INVAL;
	if (!bracketed && inet_pton(AF_INET, host, &in4) == 1) {
		if (has_length && !is_host_of_length((unsigned char *)&in4, V4_BITS, length))
			return ERR_INVAL;
		set_v4(ret, &in4);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &in6) != 1 ||
	    (has_length && !is_host_of_length(in6.s6_addr, V6_BITS, length)))
		return ERR_INVAL;
	set_v6(ret, &in6);
	return 0;
}

const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	out[0] = '\0';
	if (addr_is_set(a))
		inet_ntop(a->family == ADDR_V4 ? AF_INET : AF_INET6, a->bytes, out, ADDR_TEXT_MAX);
	return out;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool addr_pair_equal(const struct addr_pair *a, const struct addr_pair *b)
{
	return addr_equal(&a->v4, &b->v4) && addr_equal(&a->v6, &b->v6);
}

bool addr_is_set(const struct addr *a)
{
	return a->family != ADDR_NONE;
}

bool addr_is_unspecified(const struct addr *a)
{
	static const uint8_t none[sizeof(a->bytes)];

	return addr_is_set(a) && memcmp(a->bytes, none, sizeof(none)) == 0;
}

int addr_from_sockaddr(const struct sockaddr *sa, struct addr *ret)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&in, sa, sizeof(in));
		set_v4(ret, &in.sin_addr);
		return 0;
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		set_v6(ret, &in6.sin6_addr);
		return 0;
	default:
		return ERR_INVAL;
	}
}
