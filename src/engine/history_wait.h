/* SPDX-License-Identifier: BSD-2-Clause
 * Entries of the history that wait to be written, those that are on their way among them; and the
 * months of hosts that take no more. Pure but for its key; core thread. */
#ifndef MOORING_ENGINE_HISTORY_WAIT_H
#define MOORING_ENGINE_HISTORY_WAIT_H

#include <stdbool.h>
#include <stddef.h>

struct history_entry;
struct history_wait;

enum {
	HISTORY_WAIT_MAX = 4096, /* entries that wait; no more are taken */
	HISTORY_FULL_MAX = 256,	 /* months of hosts remembered as full, of 16 bytes each */
};

/* is_remote: entries of one host and month go in a write; else any do. ERR_NOMEM. */
int history_wait_new(bool is_remote, struct history_wait **ret);
/* NULL is fine. */
void history_wait_free(struct history_wait *w);
/* Those on their way included. */
size_t history_wait_count(const struct history_wait *w);
/* Copies. ERR_LIMIT: there is no room, here or in the host's month. ERR_NOMEM. */
int history_wait_add(struct history_wait *w, const struct history_entry *entry);

/* Sends the next ones on their way, the oldest first, of which none may be under way; copies them
 * to batch, with room for HISTORY_WRITE_MAX. Returns how many: 0, none waits. */
size_t history_wait_begin(struct history_wait *w, struct history_entry *batch);
/* One of the following ends that. They are written. */
void history_wait_written(struct history_wait *w);
/* They are given up. */
void history_wait_give_up(struct history_wait *w);
/* They go next, once more; apart: each by itself, until it is written or given up. */
void history_wait_again(struct history_wait *w, bool apart);
/* They go after all others, with those of the same host that wait, whose order stays. */
void history_wait_postpone(struct history_wait *w);
/* Their month takes no more: forgets them, and what else waits that it would not take, and takes no
 * such entry thereafter. Without a change among them it may still take changes. *ret_n: how many
 * are forgotten. False: it was known already. */
bool history_wait_full(struct history_wait *w, size_t *ret_n);
/* The one on its way failed by itself before, and others were written since. */
bool history_wait_is_at_fault(const struct history_wait *w);
/* Forgets all, also those on their way; returns how many. */
size_t history_wait_clear(struct history_wait *w);

#endif
