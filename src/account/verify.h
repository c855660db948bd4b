/* SPDX-License-Identifier: BSD-2-Clause
 * Passwords that crypt(3) found right lately, so that a router which comes again costs no second
 * hash. What is kept is a MAC of login, password and stored secret under a key of this process: a
 * stored secret that changes makes another one, so nothing has to be dropped. Core thread; time is
 * an argument. */
#ifndef MOORING_ACCOUNT_VERIFY_H
#define MOORING_ACCOUNT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct account;
struct verified;

enum {
	VERIFIED_FOR_MS = 10 * 60 * 1000,
	VERIFIED_MAX = 16384, /* of 24 bytes; in a full set the oldest makes room */
};

struct verified_key {
	uint64_t mac[2]; /* its first 128 bits */
};

/* ERR_NOMEM. */
int verified_new(struct verified **ret);
/* NULL is fine. Wipes. */
void verified_free(struct verified *v);

/* The same work for an account that is NULL. ERR_NOMEM. */
int verified_name(const struct verified *v, const struct account *account, struct slice password,
		  struct verified_key *ret);
bool verified_has(const struct verified *v, const struct verified_key *key, int64_t now_ms);
void verified_put(struct verified *v, const struct verified_key *key, int64_t now_ms);

#endif
