/* SPDX-License-Identifier: BSD-2-Clause
 * One line on standard error that says how far a long job is and how long it will still take. Only
 * on a terminal; anywhere else these do nothing. */
#ifndef MOORING_CTL_PROGRESS_H
#define MOORING_CTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts zeroed. */
struct progress {
	bool is_shown; /* there is a line that has to be wiped */
	bool is_on;
	const char *what; /* "record sets listed"; a literal */
	const char *of;	  /* the zone; borrowed */
	unsigned rate;	  /* requests a second, at most; 0: what is done a second is told */
	size_t done;
	size_t total; /* 0: nobody knows */
	int64_t started_ms;
	bool is_late;
	bool yields;	 /* to another line that is shown */
	bool is_time;	 /* seconds are counted: they have no rate */
	int64_t next_ms; /* a late one is not shown again before that */
};

enum { PROGRESS_TEXT_MAX = 160 };

/* Whether anybody would see it: on a terminal, unless it was forbidden. */
bool progress_is_wanted(void);
/* What is for a program has no line. */
void progress_forbid(void);
void progress_begin(struct progress *p, const char *what, const char *of, size_t total,
		    unsigned rate);
/* The same for what is mostly over at once: with the rate that it has, shown from the third second
 * on, and ten times a second at most. */
void progress_begin_late(struct progress *p, const char *what, const char *of, size_t total);
/* So many more are done. */
void progress_add(struct progress *p, size_t n);
/* Wipes the line, before something else is printed; the next progress_add() shows it again. */
void progress_wipe(struct progress *p);

/* The same, and it is not shown again for a moment. */
void progress_rest(struct progress *p);

/* The line as it is ms after the start. Pure. */
const char *progress_text(const struct progress *p, int64_t ms, char out[PROGRESS_TEXT_MAX]);
/* What of it fits in a row, with the last column free: only a line of one row can be wiped, and EL
 * takes the last character of a full one. columns 0: nobody knows. Pure. */
const char *progress_line(const struct progress *p, int64_t ms, unsigned columns,
			  char out[PROGRESS_TEXT_MAX]);

#endif
