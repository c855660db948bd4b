/* SPDX-License-Identifier: BSD-2-Clause
 * What a refusal costs: crypt(3) once for each kind of setting that the store's accounts have, so
 * that the time tells neither whether a login exists nor what its secret is like. A kind is a
 * method with its cost; the salt makes no difference. Pure; core thread. */
#ifndef MOORING_ENGINE_PRICE_H
#define MOORING_ENGINE_PRICE_H

#include <stddef.h>

/* Of more kinds than that, those seen first count: each makes every wrong password dearer for us.
 */
enum { PRICE_KINDS_MAX = 4 };

struct price {
	size_t n;
	char *settings[PRICE_KINDS_MAX]; /* owned; a crypt(3) string of each kind */
};

/* The bytes at the beginning of a crypt(3) string that say method and cost. */
size_t price_kind_len(const char *setting);
/* The number of the kind of a stored secret of crypt(3), with a pepper or without
 * (account/secret.h), which is added when it is new: below p->n, or PRICE_KINDS_MAX: there is no
 * room. ERR_NOMEM. */
int price_see(struct price *p, const char *stored, size_t *ret);
/* The first kind that is not among the bits of paid; NULL: all are. *ret is its number. */
const char *price_next(const struct price *p, unsigned paid, size_t *ret);
/* Wipes what it has seen. */
void price_fini(struct price *p);

#endif
