/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/history.h"

#include <stdlib.h>

#include "base/err.h"

enum { DAY_S = 24 * 60 * 60 };

int64_t history_since_s(int64_t now_s, unsigned days)
{
	return now_s - (int64_t)days * DAY_S;
}

bool history_is_change(const struct history_entry *e)
{
	return !addr_pair_equal(&e->old, &e->new);
}

/* Both point into one array. */
static int compare(const void *a, const void *b)
{
	const struct history_entry *const *x = a, *const *y = b;

	if ((*x)->time_s != (*y)->time_s)
		return (*x)->time_s < (*y)->time_s ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

int history_sort(const struct history_entry *entries, size_t n, struct history_entry *ret)
{
	const struct history_entry **at = malloc(n * sizeof(const struct history_entry *));
	size_t i;

	if (at == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++)
		at[i] = &entries[i];
	qsort(at, n, sizeof(const struct history_entry *), compare);
	for (i = 0; i < n; i++)
		ret[i] = *at[i];
	free(at);
	return 0;
}

void history_copy_text(char *out, size_t cap, struct slice text)
{
	size_t i;

	for (i = 0; i < text.len && i + 1 < cap; i++)
		out[i] = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';
	out[i] = '\0';
}

void history_copy_user(char *out, size_t cap, struct slice user)
{
	if (account_check_user(user, NULL) != 0 || str_copy(out, cap, user) != 0)
		history_copy_text(out, cap, user);
}

static const struct addr *history_addr(const struct addr_pair *pair, enum addr_family family)
{
	return family == ADDR_V4 ? &pair->v4 : &pair->v6;
}

/* Whether e gave its host this address. */
static bool history_gave(const struct history_entry *e, enum addr_family family,
			 const struct addr *a)
{
	return addr_equal(history_addr(&e->new, family), a) &&
	       !addr_equal(history_addr(&e->old, family), a);
}

int64_t history_held_s(const struct history_entry *entries, size_t i, enum addr_family family)
{
	const struct history_entry *e = &entries[i];
	const struct addr *old = history_addr(&e->old, family);

	if (!addr_is_set(old) || addr_equal(old, history_addr(&e->new, family)))
		return -1;
	while (i-- > 0)
		if (history_gave(&entries[i], family, old))
			return e->time_s > entries[i].time_s ? e->time_s - entries[i].time_s : 0;
	return -1;
}
