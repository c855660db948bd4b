/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/addr_special.h"

#include <stddef.h>

#include "net/prefix.h"

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

static const struct prefix no_host[] = {
	{{ADDR_V4, {0}}, 32},		       /* unspecified */
	{{ADDR_V4, {224}}, 4},		       /* multicast */
	{{ADDR_V4, {255, 255, 255, 255}}, 32}, /* limited broadcast */
	{{ADDR_V6, {0}}, 128},		       /* unspecified */
	{{ADDR_V6, {0xff}}, 8},		       /* multicast */
};

static bool is_in(const struct prefix *blocks, size_t n, const struct addr *a)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (prefix_contains(&blocks[i], a))
			return true;
	return false;
}

bool addr_is_special(const struct addr *a)
{
	return is_in(special, sizeof(special) / sizeof(special[0]), a);
}

bool addr_is_no_host(const struct addr *a)
{
	return is_in(no_host, sizeof(no_host) / sizeof(no_host[0]), a);
}
