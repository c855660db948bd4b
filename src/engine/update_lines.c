/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/update_lines.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "dyndns/query.h"
#include "engine/family.h"
#include "engine/plan.h"

void update_lines_know(struct update_lines *l, unsigned quirks, const struct fqdn *only_host)
{
	l->form.errors_as_4xx = (quirks & ACCOUNT_ERRORS_AS_4XX) != 0;
	l->form.one_line = (quirks & ACCOUNT_ONE_LINE) != 0;
	l->only_host.len = 0;
	if (only_host != NULL)
		l->only_host = *only_host;
}

int update_lines_take(struct update_lines *l, struct plan *plan)
{
	struct plan_line *own = NULL;

	l->is_prelude = plan->is_prelude;
	l->n_items = plan->n_items;
	l->n_named = plan->n_named;
	l->n = plan->n_lines;
	l->at = plan->lines;
	if (plan->n_items == 0)
		return 0;
	own = malloc(l->n * sizeof(*own));
	if (own == NULL)
		return ERR_NOMEM;
	memcpy(own, l->at, l->n * sizeof(*own));
	free(l->own);
	l->own = own;
	l->at = own;
	return 0;
}

void update_lines_free(struct update_lines *l)
{
	free(l->own);
	l->own = NULL;
	l->at = NULL;
}

static const struct fqdn *update_lines_name(const struct update_lines *l, size_t i)
{
	return l->only_host.len > 0 ? &l->only_host : &l->query->hosts[i].name;
}

/* A client that heard of success would not come back for the hosts that it does not know of. */
static void update_lines_take_back(struct update_lines *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->at[i].code == DYNDNS_GOOD || l->at[i].code == DYNDNS_NOCHG)
			l->at[i].code = DYNDNS_911;
	l->is_unstored = true;
}

static enum dyndns_code update_lines_code(const struct update_lines *l,
					  const enum dyndns_code *codes, int item)
{
	if (codes == NULL || (l->is_prelude && codes[item] == DYNDNS_GOOD))
		return DYNDNS_911;
	return codes[item];
}

static bool update_lines_decide(struct update_lines *l, const enum dyndns_code *codes)
{
	bool is_stored = true;
	size_t i;

	for (i = l->n_named; i < l->n_items; i++)
		is_stored = is_stored && codes != NULL && codes[i] == DYNDNS_GOOD;
	for (i = 0; i < l->n; i++)
		if (l->at[i].item != PLAN_NO_ITEM)
			l->at[i].code = update_lines_code(l, codes, l->at[i].item);
	if (!is_stored)
		update_lines_take_back(l);
	return is_stored;
}

static void update_lines_write(const struct update_lines *l, struct dyndns_answer *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->form = l->form;
	ret->n_lines = l->n;
	for (i = 0; i < l->n; i++) {
		struct dyndns_line *line = &ret->lines[i];

		line->code = l->at[i].code;
		if (line->code == DYNDNS_GOOD || line->code == DYNDNS_NOCHG) {
			line->addrs = l->at[i].addrs;
			line->prefix = l->at[i].prefix;
		}
	}
}

bool update_lines_answer(struct update_lines *l, const enum dyndns_code *codes,
			 struct dyndns_answer *ret)
{
	bool is_stored = update_lines_decide(l, codes);

	update_lines_write(l, ret);
	update_lines_free(l);
	return is_stored;
}

bool update_lines_are_good(const struct update_lines *l, const enum dyndns_code *codes)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->at[i].item != PLAN_NO_ITEM && codes[l->at[i].item] != DYNDNS_GOOD)
			return false;
	return true;
}

/* What the answer of a newer update says of a host that it has in common with an older one, which
 * was overtaken. */
static enum dyndns_code update_lines_code_for(const struct update_lines *newer,
					      const struct dyndns_answer *answer,
					      const struct fqdn *name)
{
	enum dyndns_code code = answer->lines[0].code;
	size_t i;

	for (i = 0; i < newer->n && newer->n == answer->n_lines; i++)
		if (fqdn_equal(update_lines_name(newer, i), name))
			code = answer->lines[i].code;
	return code == DYNDNS_NOCHG ? DYNDNS_GOOD : code;
}

bool update_lines_follow(struct update_lines *l, const struct update_lines *newer,
			 const struct dyndns_answer *answer, struct dyndns_answer *ret)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->at[i].item != PLAN_NO_ITEM)
			l->at[i].code =
				update_lines_code_for(newer, answer, update_lines_name(l, i));
	if (newer->is_unstored && l->n_items > l->n_named)
		update_lines_take_back(l);
	update_lines_write(l, ret);
	update_lines_free(l);
	return !l->is_unstored;
}

/* The families that l changes of the host with this name. */
static unsigned update_lines_families(const struct update_lines *l, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->at[i].item != PLAN_NO_ITEM && fqdn_equal(update_lines_name(l, i), name))
			return family_set(&l->at[i].addrs);
	return 0;
}

bool update_lines_cover(const struct update_lines *newer, const struct update_lines *older)
{
	size_t i;

	for (i = 0; i < older->n; i++)
		if (older->at[i].item != PLAN_NO_ITEM &&
		    (family_set(&older->at[i].addrs) &
		     ~update_lines_families(newer, update_lines_name(older, i))) != 0)
			return false;
	return true;
}
