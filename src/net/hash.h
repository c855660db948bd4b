/* SPDX-License-Identifier: BSD-2-Clause
 * A keyed hash for tables whose keys a stranger may choose. Pure; any thread. */
#ifndef MOORING_NET_HASH_H
#define MOORING_NET_HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 (Aumasson and Bernstein, 2012) under a 128-bit key. */
uint64_t hash_siphash(const void *data, size_t len, uint64_t key0, uint64_t key1);

/* The same under a key made of seed, which is random per process. Strangers never see a hash value,
 * so 64 secret bits are enough: there is nothing to test a guess against but timing. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t seed);

#endif
