/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl status --watch has read of a store that is far away: it is shown for a minute
 * before that is read again, as each reading costs money and takes the daemon's capacity. Pure:
 * time is an argument. */
#ifndef MOORING_CTL_STATUS_KEPT_H
#define MOORING_CTL_STATUS_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ctl/status_rows.h"
#include "store/history.h"

enum { STATUS_KEEP_MS = 60 * 1000 };

/* Counts of notices. */
struct status_notices {
	bool is_known;
	int64_t waiting, dead;
	struct errinfo why; /* why they could not be read, where they were to be */
};

/* Zeros are fine: nothing was read. Of both, times are milliseconds of a clock that is not set. */
struct status_kept {
	int64_t rows_ms, rows_due_ms; /* when they were read, and are to be read again */
	struct status_rows rows;      /* of all hosts; owned */
	struct errinfo why;	      /* why they could not be read */
	struct status_notices notices;
	int64_t entries_due_ms;
	size_t n_entries;
	struct history_entry *entries; /* of one host; owned */
};

void status_kept_fini(struct status_kept *k);

/* Whether the hosts are to be read. */
bool status_kept_rows_are_due(const struct status_kept *k, int64_t now_ms);
/* These were read now, or why says why they could not be; and the notices. A copy is kept; of rows
 * of which some are missing, or without memory, none is, and they are to be read again. */
void status_kept_take_rows(struct status_kept *k, const struct status_rows *rows,
			   const struct errinfo *why, const struct status_notices *notices,
			   int64_t now_ms);
/* The other way round; ret has no rows yet. Without memory ret->err says so. */
void status_kept_give_rows(const struct status_kept *k, struct status_rows *ret,
			   struct errinfo *why, struct status_notices *ret_notices);

/* The same of the history of the one host that is watched. A history that could not be read is an
 * empty one. */
bool status_kept_entries_are_due(const struct status_kept *k, int64_t now_ms);
void status_kept_take_entries(struct status_kept *k, const struct history_entry *entries, size_t n,
			      int64_t now_ms);

#endif
