/* SPDX-License-Identifier: BSD-2-Clause
 * One listing of the whole store, and what is done for each host in it: what is owed is published,
 * the records of volatile zones are kept, and what is known of hosts and names is compared. A value
 * inside struct reconcile, which says when. Core thread. */
#ifndef MOORING_ENGINE_SWEEP_H
#define MOORING_ENGINE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"

struct account;
struct hosts;
struct known;
struct seen;
struct ticks;
struct writers;
struct zones;

TAILQ_HEAD(sweep_spares, sweep_spare);

struct sweep {
	struct zones *zones; /* these six are borrowed */
	struct known *known;
	struct hosts *hosts;
	struct writers *writers;
	const struct ticks *ticks;
	struct seen *seen;
	bool resumes_all;   /* what is owed in zones that other daemons share, too */
	bool is_short;	    /* an owed host or a record found no room or memory */
	size_t n_elsewhere; /* hosts that another hosted zone has */
	uint64_t began_at;  /* the tick */
	/* Malformed accounts: of this listing, of the one that the log told of, and why the first
	 * is one. */
	size_t n_malformed, n_told;
	char malformed[ERR_TEXT_MAX];
	struct sweep_spares spares;
};

void sweep_init(struct sweep *s, struct zones *zones, struct known *known, struct hosts *hosts,
		struct writers *writers, const struct ticks *ticks, struct seen *seen);
void sweep_begin(struct sweep *s, bool resumes_all);
/* One account of the listing. */
void sweep_take(struct sweep *s, const struct account *account);
/* The listing was read to its end. True: something found no room; it has to be read once more. */
bool sweep_finish(struct sweep *s);
/* After sweep_finish(), or at once when the listing was cut off. complete: what it did not have is
 * gone. is_over: nothing more is to be learnt of the names of removed hosts. */
void sweep_end(struct sweep *s, bool complete, bool is_over);

#endif
