/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status_kept.h"

#include <stdlib.h>
#include <string.h>

/* ret takes a copy of its own. ERR_NOMEM, and ret is as it was. */
static int copy_rows(const struct status_rows *rows, struct status_rows *ret)
{
	struct status_row *at = NULL;

	if (rows->n > 0) {
		at = calloc(rows->n, sizeof(*at));
		if (at == NULL)
			return ERR_NOMEM;
		memcpy(at, rows->at, rows->n * sizeof(*at));
	}
	*ret = (struct status_rows){
		.n = rows->n, .cap = rows->n, .n_sorted = rows->n_sorted, .at = at};
	return 0;
}

void status_kept_fini(struct status_kept *k)
{
	status_rows_fini(&k->rows);
	free(k->entries);
	*k = (struct status_kept){.rows_ms = 0};
}

bool status_kept_rows_are_due(const struct status_kept *k, int64_t now_ms)
{
	return now_ms >= k->rows_due_ms;
}

void status_kept_take_rows(struct status_kept *k, const struct status_rows *rows,
			   const struct errinfo *why, const struct status_notices *notices,
			   int64_t now_ms)
{
	status_rows_fini(&k->rows);
	k->rows_due_ms = 0;
	if (rows->err != 0 || copy_rows(rows, &k->rows) != 0)
		return;
	k->why = *why;
	k->notices = *notices;
	k->rows_ms = now_ms;
	k->rows_due_ms = now_ms + STATUS_KEEP_MS;
}

void status_kept_give_rows(const struct status_kept *k, struct status_rows *ret,
			   struct errinfo *why, struct status_notices *ret_notices)
{
	*why = k->why;
	*ret_notices = k->notices;
	if (copy_rows(&k->rows, ret) != 0)
		ret->err = ERR_NOMEM;
}

bool status_kept_entries_are_due(const struct status_kept *k, int64_t now_ms)
{
	return now_ms >= k->entries_due_ms;
}

void status_kept_take_entries(struct status_kept *k, const struct history_entry *entries, size_t n,
			      int64_t now_ms)
{
	struct history_entry *copy = n > 0 ? calloc(n, sizeof(*copy)) : NULL;

	free(k->entries);
	k->entries = NULL;
	k->n_entries = 0;
	k->entries_due_ms = 0;
	if (copy == NULL && n > 0)
		return;
	if (n > 0)
		memcpy(copy, entries, n * sizeof(*copy));
	k->entries = copy;
	k->n_entries = n;
	k->entries_due_ms = now_ms + STATUS_KEEP_MS;
}
