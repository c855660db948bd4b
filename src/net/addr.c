/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "net/prefix.h"

enum { V4_BITS = 32, V6_BITS = 128 };

/* The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), each block whole: what the
 * registry calls globally reachable inside of one (AS112, AMT, Teredo ...) is service
 * infrastructure and never the address of somebody's router. Multicast has registries of its own.
 */
static const struct prefix special[] = {
	{{ADDR_V4, {0}}, 8},			      /* this network, RFC 791 §3.2 */
	{{ADDR_V4, {10}}, 8},			      /* private use, RFC 1918 */
	{{ADDR_V4, {100, 64}}, 10},		      /* shared by carrier NAT, RFC 6598 */
	{{ADDR_V4, {127}}, 8},			      /* loopback, RFC 1122 §3.2.1.3 */
	{{ADDR_V4, {169, 254}}, 16},		      /* link local, RFC 3927 */
	{{ADDR_V4, {172, 16}}, 12},		      /* private use, RFC 1918 */
	{{ADDR_V4, {192, 0, 0}}, 24},		      /* protocol assignments, RFC 6890 */
	{{ADDR_V4, {192, 0, 2}}, 24},		      /* documentation, RFC 5737 */
	{{ADDR_V4, {192, 31, 196}}, 24},	      /* AS112, RFC 7535 */
	{{ADDR_V4, {192, 52, 193}}, 24},	      /* AMT, RFC 7450 */
	{{ADDR_V4, {192, 88, 99}}, 24},		      /* 6to4 relay anycast, RFC 7526 */
	{{ADDR_V4, {192, 168}}, 16},		      /* private use, RFC 1918 */
	{{ADDR_V4, {192, 175, 48}}, 24},	      /* AS112, RFC 7534 */
	{{ADDR_V4, {198, 18}}, 15},		      /* benchmarking, RFC 2544 */
	{{ADDR_V4, {198, 51, 100}}, 24},	      /* documentation, RFC 5737 */
	{{ADDR_V4, {203, 0, 113}}, 24},		      /* documentation, RFC 5737 */
	{{ADDR_V4, {224}}, 4},			      /* multicast, RFC 5771 */
	{{ADDR_V4, {240}}, 4},			      /* reserved, RFC 1112 §4; holds the limited
							 broadcast address, RFC 8190 */
	{{ADDR_V6, {0}}, 128},			      /* unspecified, RFC 4291 §2.5.2 */
	{{ADDR_V6, {[15] = 1}}, 128},		      /* loopback, RFC 4291 §2.5.3 */
	{{ADDR_V6, {[10] = 0xff, 0xff}}, 96},	      /* IPv4-mapped, RFC 4291 §2.5.5.2 */
	{{ADDR_V6, {0, 0x64, 0xff, 0x9b}}, 96},	      /* NAT64, RFC 6052 */
	{{ADDR_V6, {0, 0x64, 0xff, 0x9b, 0, 1}}, 48}, /* local NAT64, RFC 8215 */
	{{ADDR_V6, {1}}, 64},			      /* discard only, RFC 6666 */
	{{ADDR_V6, {1, 0, 0, 0, 0, 0, 0, 1}}, 64},    /* dummy prefix, RFC 9780 */
	{{ADDR_V6, {0x20, 1}}, 23},		      /* protocol assignments, RFC 2928 */
	{{ADDR_V6, {0x20, 1, 0xd, 0xb8}}, 32},	      /* documentation, RFC 3849 */
	{{ADDR_V6, {0x20, 2}}, 16},		      /* 6to4, RFC 3056 */
	{{ADDR_V6, {0x26, 0x20, 0, 0x4f, 0x80}}, 48}, /* AS112, RFC 7534 */
	{{ADDR_V6, {0x3f, 0xff}}, 20},		      /* documentation, RFC 9637 */
	{{ADDR_V6, {0x5f}}, 16},		      /* segment routing SIDs, RFC 9602 */
	{{ADDR_V6, {0xfc}}, 7},			      /* unique local, RFC 4193 */
	{{ADDR_V6, {0xfe, 0x80}}, 10},		      /* link local, RFC 4291 §2.5.6 */
	{{ADDR_V6, {0xff}}, 8},			      /* multicast, RFC 4291 §2.7 */
};

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

/* Routers send the length of the prefix that was delegated to them. */
static bool is_length(struct slice digits, uint64_t max)
{
	uint64_t len;

	return str_parse_uint(digits, max, &len) == 0;
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
		if (has_length && !is_length(length, V4_BITS))
			return ERR_INVAL;
		set_v4(ret, &in4);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &in6) != 1 || (has_length && !is_length(length, V6_BITS)))
		return ERR_INVAL;
	set_v6(ret, &in6);
	return 0;
}

const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	out[0] = '\0';
	if (addr_is_set(a))
		(void)inet_ntop(a->family == ADDR_V4 ? AF_INET : AF_INET6, a->bytes, out,
				ADDR_TEXT_MAX);
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

bool addr_is_special(const struct addr *a)
{
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (prefix_contains(&special[i], a))
			return true;
	return false;
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
