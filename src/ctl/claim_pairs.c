/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/claim_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { BLOCK_SIZE = 64 * 1024 };

/* Texts of pairs, one after the other: the name, a NUL, the login, a NUL. */
struct block {
	struct block *next;
	size_t len;
	char text[BLOCK_SIZE];
};

struct side {
	size_t n, cap, at;
	const char **pairs; /* point into blocks */
};

struct claim_pairs {
	bool is_failed;
	struct block *blocks;
	struct side had, claimed;
};

int claim_pairs_new(struct claim_pairs **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret == NULL ? ERR_NOMEM : 0;
}

void claim_pairs_free(struct claim_pairs *p)
{
	struct block *b;

	if (p == NULL)
		return;
	while ((b = p->blocks) != NULL) {
		p->blocks = b->next;
		free(b);
	}
	free(p->had.pairs);
	free(p->claimed.pairs);
	free(p);
}

static const char *keep_text(struct claim_pairs *p, const char *name, const char *user)
{
	size_t name_len = strlen(name) + 1, user_len = strlen(user) + 1;
	struct block *b = p->blocks;
	char *at;

	if (b == NULL || b->len + name_len + user_len > BLOCK_SIZE) {
		b = malloc(sizeof(*b));
		if (b == NULL)
			return NULL;
		b->next = p->blocks;
		b->len = 0;
		p->blocks = b;
	}
	at = b->text + b->len;
	memcpy(at, name, name_len);
	memcpy(at + name_len, user, user_len);
	b->len += name_len + user_len;
	return at;
}

static void pairs_add(struct claim_pairs *p, struct side *s, const char *name, const char *user)
{
	const char *text = p->is_failed ? NULL : keep_text(p, name, user);
	const char **more = s->pairs;

	if (text != NULL && s->n == s->cap) {
		s->cap = s->cap * 2 + 1024;
		more = reallocarray(s->pairs, s->cap, sizeof(*more));
	}
	if (text == NULL || more == NULL) {
		p->is_failed = true;
		return;
	}
	s->pairs = more;
	s->pairs[s->n++] = text;
}

void claim_pairs_add_account(struct claim_pairs *p, const struct account *a)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		pairs_add(p, &p->had, a->hosts[i].name.text, a->user);
}

void claim_pairs_add_claim(struct claim_pairs *p, const struct fqdn *name,
			   const struct store_owners *owners)
{
	size_t i;

	for (i = 0; i < owners->n; i++)
		pairs_add(p, &p->claimed, name->text, owners->users[i]);
}

static const char *user_of(const char *pair)
{
	return pair + strlen(pair) + 1;
}

static int compare_texts(const char *a, const char *b)
{
	int order = strcmp(a, b);

	return order != 0 ? order : strcmp(user_of(a), user_of(b));
}

static int compare_pairs(const void *a, const void *b)
{
	return compare_texts(*(const char *const *)a, *(const char *const *)b);
}

static void sort_side(struct side *s)
{
	if (s->n > 0)
		qsort(s->pairs, s->n, sizeof(*s->pairs), compare_pairs);
	s->at = 0;
}

/* Below 0: the next pair is one of the accounts alone; 0: of both; above: of the claims alone. */
static int compare_next(const struct claim_pairs *p)
{
	if (p->had.at == p->had.n)
		return 1;
	if (p->claimed.at == p->claimed.n)
		return -1;
	return compare_texts(p->had.pairs[p->had.at], p->claimed.pairs[p->claimed.at]);
}

bool claim_pairs_next(struct claim_pairs *p, struct claim_difference *ret)
{
	const char *pair;

	while (p->had.at < p->had.n || p->claimed.at < p->claimed.n) {
		int order = compare_next(p);

		pair = order <= 0 ? p->had.pairs[p->had.at] : p->claimed.pairs[p->claimed.at];
		p->had.at += order <= 0;
		p->claimed.at += order >= 0;
		if (order == 0)
			continue;
		*ret = (struct claim_difference){pair, user_of(pair), order < 0};
		return true;
	}
	return false;
}

void claim_pairs_rewind(struct claim_pairs *p)
{
	p->had.at = p->claimed.at = 0;
}

int claim_pairs_compare(struct claim_pairs *p, size_t *ret_missing, size_t *ret_stale)
{
	struct claim_difference d;
	size_t missing = 0, stale = 0;

	if (p->is_failed)
		return ERR_NOMEM;
	sort_side(&p->had);
	sort_side(&p->claimed);
	while (claim_pairs_next(p, &d)) {
		missing += d.is_missing;
		stale += !d.is_missing;
	}
	claim_pairs_rewind(p);
	*ret_missing = missing;
	*ret_stale = stale;
	return 0;
}
