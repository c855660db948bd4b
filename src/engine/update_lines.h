/* SPDX-License-Identifier: BSD-2-Clause
 * The lines of one update's answer: what each is about, what became of it, and what an older update
 * that was overtaken gets of it. No clock. Core thread. */
#ifndef MOORING_ENGINE_UPDATE_LINES_H
#define MOORING_ENGINE_UPDATE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "dyndns/reply.h"
#include "net/fqdn.h"

struct dyndns_query;
struct plan;
struct plan_line;

/* Zeros: there is no plan yet. query is borrowed until the update is answered. */
struct update_lines {
	const struct dyndns_query *query;
	struct fqdn only_host; /* the account's only host is meant, whatever is named; empty: no */
	struct dyndns_form form; /* as the account wants it */
	bool is_prelude;	 /* the change is not yet what was asked for */
	/* Items of the plan, and the first ones of them, which lines are about: the others must be
	 * stored before anybody is told of success. */
	size_t n_items;
	size_t n_named;
	bool is_unstored; /* they may not be */
	size_t n;
	struct plan_line *at;  /* of the plan, or own */
	struct plan_line *own; /* while the update waits; NULL: it never had to */
};

/* How an account with these quirks has its answers written; only_host: the name that the plan takes
 * whatever is named, NULL: none. */
void update_lines_know(struct update_lines *l, unsigned quirks, const struct fqdn *only_host);
/* Those of plan. With items they are copied, since the update will wait; else they are borrowed
 * until it is answered. ERR_NOMEM: they are borrowed, and it can only be answered. */
int update_lines_take(struct update_lines *l, struct plan *plan);
void update_lines_free(struct update_lines *l);

/* Every item that a line is about was accepted. */
bool update_lines_are_good(const struct update_lines *l, const enum dyndns_code *codes);
/* newer changes every record that older would change. */
bool update_lines_cover(const struct update_lines *newer, const struct update_lines *older);

/* The answer, after which the lines are freed: with what became of the items of the plan. codes
 * NULL: nothing was published, and every host that should have been gets 911. False: a host that
 * the request does not name may not be stored. */
bool update_lines_answer(struct update_lines *l, const enum dyndns_code *codes,
			 struct dyndns_answer *ret);
/* The same for lines that newer has overtaken, which got that answer. */
bool update_lines_follow(struct update_lines *l, const struct update_lines *newer,
			 const struct dyndns_answer *answer, struct dyndns_answer *ret);

#endif
