/* SPDX-License-Identifier: BSD-2-Clause
 * Host names that more than one account has, as a table made by hand may give them. Two readings of
 * the store find them: the first keeps 8 bytes for each name, the second, only if there are such
 * names, who has them. Pure. */
#ifndef MOORING_CTL_SHARED_H
#define MOORING_CTL_SHARED_H

#include <stddef.h>
#include <stdint.h>

#include "account/account.h"

struct buf;

/* So many are named; the others are counted. */
enum { SHARED_SHOWN = 10 };

struct shared_name {
	uint64_t hash;
	struct fqdn name;
	char users[2][ACCOUNT_USER_MAX + 1]; /* the first two of them */
};

struct shared {
	uint64_t seed;
	uint64_t *hashes; /* of the names of the first reading, then sorted */
	size_t n, cap;
	size_t n_shared; /* names */
	struct shared_name shown[SHARED_SHOWN];
};

void shared_init(struct shared *s);
void shared_fini(struct shared *s);
/* An account of the first reading. Without memory, no more names are looked at. */
void shared_count(struct shared *s, const struct account *a);
/* The first reading is over: returns how many names are shared. */
size_t shared_judge(struct shared *s);
/* An account of the second reading. */
void shared_find(struct shared *s, const struct account *a);
/* "; 2 names of two accounts: a.example.com (router1, router2), ..."; nothing if there are none. */
void shared_print(const struct shared *s, struct buf *detail);

#endif
