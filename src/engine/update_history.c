/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/update_history.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/history_queue.h"
#include "engine/plan_parts.h"
#include "engine/update_request.h"
#include "net/pseudonym.h"
#include "store/history.h"

struct draft_host {
	struct fqdn name;
	struct addr_pair old, new;
	bool repeats; /* nobody asked for it */
};

struct update_draft {
	size_t n;
	struct draft_host at[]; /* of each item of the plan */
};

void update_draft_free(struct update_draft *d)
{
	free(d);
}

/* What finishes an older change before the one that is asked for is none of its own. */
void update_draft_take(const struct history *h, const struct plan *plan, struct update_draft **d)
{
	struct update_draft *made;
	size_t i;

	free(*d);
	*d = NULL;
	if (!history_wants(h, HISTORY_CHANGES) || plan->is_prelude)
		return;
	made = malloc(sizeof(*made) + plan->n_items * sizeof(made->at[0]));
	if (made == NULL)
		return;
	made->n = plan->n_items;
	for (i = 0; i < plan->n_items; i++) {
		const struct plan_item *item = &plan->items[i];

		made->at[i] = (struct draft_host){item->name, item->expect.want, item->want,
						  item->repeats};
	}
	*d = made;
}

static void tell(struct history *h, struct history_entry *e, const struct engine_request *r,
		 const char *user, const char *verdict)
{
	char room[PSEUDONYM_LOGIN_MAX];

	e->time_s = clock_wall_s();
	e->from = pseudonym_addr(&r->peer);
	e->old = pseudonym_pair(&e->old);
	e->new = pseudonym_pair(&e->new);
	str_copy(e->user, sizeof(e->user), slice_of(pseudonym_login(user, room)));
	str_copy(e->verdict, sizeof(e->verdict), slice_of(verdict));
	if (r->agent.p != NULL)
		history_copy_text(e->agent, sizeof(e->agent), r->agent);
	history_add(h, e);
}

static void tell_attempt(struct history *h, struct history_entry *e, const struct engine_request *r,
			 const char *user, enum dyndns_code code)
{
	const char *verdict = dyndns_word(code);

	if (history_wants(h, HISTORY_ATTEMPTS) &&
	    history_takes_attempt(h, &e->host, verdict, clock_mono_ms()))
		tell(h, e, r, user, verdict);
}

/* What is published at last was told as a change when it was asked for, if the store took it then;
 * the client only hears of it now. */
static bool is_change(const struct draft_host *host, enum dyndns_code code)
{
	return code == DYNDNS_GOOD || !addr_pair_equal(&host->old, &host->new);
}

void update_draft_tell(struct history *h, struct update_draft **d, const struct engine_request *r,
		       const char *user, const enum dyndns_code *codes, const bool *stored)
{
	struct update_draft *draft = *d;
	size_t i;

	*d = NULL;
	for (i = 0; draft != NULL && i < draft->n; i++) {
		const struct draft_host *host = &draft->at[i];
		struct history_entry e = {.host = host->name, .old = host->old, .new = host->new};

		if (host->repeats)
			continue;
		if (codes != NULL && (stored == NULL || stored[i]) && is_change(host, codes[i]))
			tell(h, &e, r, user, dyndns_word(codes[i]));
		else
			tell_attempt(h, &e, r, user, codes != NULL ? codes[i] : DYNDNS_911);
	}
	free(draft);
}

/* Of names that the account does not have nothing is kept: whoever has a password could fill the
 * store with any. */
static bool is_own(const struct plan_line *line)
{
	return line->item == PLAN_NO_ITEM &&
	       (line->code == DYNDNS_NOCHG || line->code == DYNDNS_DNSERR);
}

void update_tell_unchanged(struct history *h, const struct plan *plan, const struct fqdn *only_host,
			   const struct engine_request *r, const char *user)
{
	size_t i;

	for (i = 0; history_wants(h, HISTORY_ATTEMPTS) && i < plan->n_lines; i++) {
		const struct plan_line *line = &plan->lines[i];
		struct history_entry e = {
			.host = only_host->len > 0 ? *only_host : r->query.hosts[i].name,
			.old = line->addrs,
			.new = line->addrs,
		};

		if (is_own(line))
			tell_attempt(h, &e, r, user, line->code);
	}
}
