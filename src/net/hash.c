/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/hash.h"

enum { ROUNDS_BLOCK = 2, ROUNDS_END = 4 };

static inline uint64_t siphash_rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = siphash_rotate(v[1], 13) ^ v[0];
	v[3] = siphash_rotate(v[3], 16) ^ v[2];
	v[0] = siphash_rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = siphash_rotate(v[1], 17) ^ v[2];
	v[3] = siphash_rotate(v[3], 21) ^ v[0];
	v[2] = siphash_rotate(v[2], 32);
}

static inline void siphash_mix(uint64_t v[4], unsigned rounds)
{
	while (rounds-- > 0)
		siphash_round(v);
}

/* Little-endian, whatever the machine: the published vectors hold everywhere. */
static uint64_t siphash_load(const unsigned char *p, size_t len)
{
	uint64_t word = 0;
	size_t i;

	for (i = 0; i < len; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

/* In this form compilers see one load. */
static uint64_t siphash_load_word(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

static inline void siphash_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	siphash_mix(v, ROUNDS_BLOCK);
	v[0] ^= word;
}

uint64_t hash_siphash(const void *data, size_t len, uint64_t key0, uint64_t key1)
{
	/* "somepseudorandomlygeneratedbytes" */
	uint64_t v[4] = {key0 ^ 0x736f6d6570736575, key1 ^ 0x646f72616e646f6d,
			 key0 ^ 0x6c7967656e657261, key1 ^ 0x7465646279746573};
	const unsigned char *p = data;
	size_t left;

	for (left = len; left >= 8; left -= 8, p += 8)
		siphash_absorb(v, siphash_load_word(p));
	siphash_absorb(v, siphash_load(p, left) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	siphash_mix(v, ROUNDS_END);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_bytes(const void *data, size_t len, uint64_t seed)
{
	return hash_siphash(data, len, seed, ~seed);
}
