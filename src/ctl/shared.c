/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/shared.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/rand.h"
#include "base/str.h"

enum { SHARED_MIN = 1024 };

void shared_init(struct shared *s)
{
	memset(s, 0, sizeof(*s));
	rand_bytes(&s->seed, sizeof(s->seed));
}

void shared_fini(struct shared *s)
{
	free(s->hashes);
	s->hashes = NULL;
}

static int shared_grow(struct shared *s)
{
	size_t cap = s->cap == 0 ? SHARED_MIN : s->cap * 2;
	uint64_t *more = reallocarray(s->hashes, cap, sizeof(*more));

	if (more == NULL)
		return -1;
	s->hashes = more;
	s->cap = cap;
	return 0;
}

void shared_count(struct shared *s, const struct account *a)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		if (s->n == s->cap && shared_grow(s) != 0)
			return;
		s->hashes[s->n++] = fqdn_hash(&a->hosts[i].name, s->seed);
	}
}

static int shared_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

size_t shared_judge(struct shared *s)
{
	size_t i;

	if (s->n > 0)
		qsort(s->hashes, s->n, sizeof(*s->hashes), shared_compare);
	for (i = 1; i < s->n; i++) {
		if (s->hashes[i] != s->hashes[i - 1] || (i > 1 && s->hashes[i] == s->hashes[i - 2]))
			continue;
		if (s->n_shared < SHARED_SHOWN)
			s->shown[s->n_shared].hash = s->hashes[i];
		s->n_shared++;
	}
	return s->n_shared;
}

static size_t shared_shown(const struct shared *s)
{
	return s->n_shared < SHARED_SHOWN ? s->n_shared : SHARED_SHOWN;
}

static void shared_take(struct shared_name *n, const struct fqdn *name, const char *user)
{
	char *at = n->users[0][0] == '\0' ? n->users[0] : n->users[1];

	n->name = *name;
	if (at[0] == '\0')
		str_copy(at, sizeof(n->users[0]), slice_of(user));
}

void shared_find(struct shared *s, const struct account *a)
{
	size_t i, k;

	for (i = 0; i < a->n_hosts; i++)
		for (k = 0; k < shared_shown(s); k++)
			if (s->shown[k].hash == fqdn_hash(&a->hosts[i].name, s->seed))
				shared_take(&s->shown[k], &a->hosts[i].name, a->user);
}

void shared_print(const struct shared *s, struct buf *detail)
{
	char shown[2][ACCOUNT_USER_MAX + 1];
	size_t k;

	if (s->n_shared == 0)
		return;
	buf_addf(detail,
		 "; %zu name%s of more than one account, of which the last to change has it: ",
		 s->n_shared, s->n_shared == 1 ? "" : "s");
	for (k = 0; k < shared_shown(s); k++)
		buf_addf(detail, "%s%s (%s, %s)", k > 0 ? ", " : "", s->shown[k].name.text,
			 str_printable(shown[0], sizeof(shown[0]), slice_of(s->shown[k].users[0])),
			 str_printable(shown[1], sizeof(shown[1]), slice_of(s->shown[k].users[1])));
	if (s->n_shared > SHARED_SHOWN)
		buf_addf(detail, ", and %zu more", s->n_shared - SHARED_SHOWN);
}
