/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/addr_special.h"

#include <stddef.h>

#include "net/addr_special_blocks.h"
#include "net/prefix.h"

/* Each block whole: what the registries call globally reachable inside of one (AS112, AMT, Teredo
 * ...) is service infrastructure and never the address of somebody's router. */
#define PREFIX(family, len, ...) {{family, {__VA_ARGS__}}, len},
static const struct prefix special[] = {ADDR_SPECIAL_BLOCKS(PREFIX)};

/* The only global unicast there is so far (RFC 4291 §2.4, RFC 3587 §1); the registries say nothing
 * of most that lies outside: site-local, IPv4-compatible, IPv4-translated and what was never given
 * out. */
static const struct prefix global_v6 = {{ADDR_V6, {0x20}}, 3};

static const struct prefix no_host[] = {
	{{ADDR_V4, {0}}, 32},		       /* unspecified */
	{{ADDR_V4, {224}}, 4},		       /* multicast */
	{{ADDR_V4, {255, 255, 255, 255}}, 32}, /* limited broadcast */
	{{ADDR_V6, {0}}, 128},		       /* unspecified */
	{{ADDR_V6, {0xff}}, 8},		       /* multicast */
};

/* Every update looks through all blocks, nearly all of which begin with another byte. */
static bool may_be_in(const struct prefix *block, const struct addr *a)
{
	return block->len < 8 || block->addr.bytes[0] == a->bytes[0];
}

static bool is_in(const struct prefix *blocks, size_t n, const struct addr *a)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (may_be_in(&blocks[i], a) && prefix_contains(&blocks[i], a))
			return true;
	return false;
}

bool addr_is_no_host(const struct addr *a)
{
	return is_in(no_host, sizeof(no_host) / sizeof(no_host[0]), a);
}

bool addr_is_special(const struct addr *a)
{
	if (a->family == ADDR_V6 && !prefix_contains(&global_v6, a))
		return true;
	return addr_is_no_host(a) || is_in(special, sizeof(special) / sizeof(special[0]), a);
}
