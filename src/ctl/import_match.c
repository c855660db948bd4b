/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_match.h"

#include <string.h>

#include "account/password.h"
#include "account/pepper.h"
#include "base/buf.h"
#include "base/container_of.h"
#include "store/store.h"

enum { DIFFERENCES_MAX = 128 };

/* Keeps who else of the store has a name of the file. */
static void see_host(struct import_list *l, const struct account *a, const struct fqdn *name)
{
	struct hash_node *node = hash_table_first(&l->names, fqdn_hash(name, l->seed));

	for (; node != NULL; node = hash_table_next(node)) {
		const struct import_name *n = CONTAINER_OF(node, struct import_name, node);
		struct import_row *row = n->row;

		if (!fqdn_equal(n->name, name) || row->owner[0] != '\0' ||
		    strcmp(row->account->user, a->user) == 0)
			continue;
		str_copy(row->owner, sizeof(row->owner), slice_of(a->user));
		row->owned = *name;
	}
}

void import_match_see(struct import_list *l, const struct account *a)
{
	struct import_row *row = import_find(l, a->user);
	size_t i;

	if (row != NULL && row->there == NULL && account_copy(a, &row->there) != 0)
		l->err = ERR_NOMEM;
	for (i = 0; i < a->n_hosts; i++)
		see_host(l, a, &a->hosts[i].name);
}

/* As a login would be checked. */
static bool opens(const struct peppers *peppers, struct account *there, const char *clear)
{
	char text[PEPPERED_LEN + 1];
	struct slice password = slice_of(clear);
	const bool was_disabled = there->disabled;
	enum password_result result;

	there->disabled = false;
	result = password_check_peppered(peppers, there, password);
	there->disabled = was_disabled;
	if (result == PASSWORD_SLOW &&
	    peppers_apply(peppers, there->secret, password, text, &password) == 0)
		result = password_check_slow(secret_unpepper(there->secret, NULL), password);
	explicit_bzero(text, sizeof(text));
	return result == PASSWORD_RIGHT;
}

static bool has_secret(const struct import_row *row, const struct peppers *peppers)
{
	struct account *there = row->there;

	if (row->secret == IMPORT_SECRET_MISSING)
		return true;
	if (there->secret == NULL || (there->flaws & ACCOUNT_FLAW_SECRET) != 0)
		return false;
	return strcmp(row->account->secret, there->secret) == 0 ||
	       (row->secret == IMPORT_SECRET_CLEAR && opens(peppers, there, row->account->secret));
}

static bool has_hosts(const struct account *a, const struct account *there)
{
	size_t i;

	if (a->n_hosts != there->n_hosts || (there->flaws & ACCOUNT_FLAW_HOSTS) != 0)
		return false;
	for (i = 0; i < a->n_hosts; i++)
		if (account_find_host(there, &a->hosts[i].name) == NULL)
			return false;
	return true;
}

static bool has_ids(const struct account *a, const struct account *there)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *h = account_find_host(there, &a->hosts[i].name);

		if (h == NULL || !interface_id_equal(&h->interface_id, &a->hosts[i].interface_id))
			return false;
	}
	return true;
}

static bool has_sources(const struct bounds *a, const struct bounds *there)
{
	struct bounds sources = *there;

	sources.until_s = a->until_s;
	return bounds_equal(a, &sources);
}

static bool has_field(const struct import_row *row, enum field f, const struct peppers *peppers)
{
	const struct account *a = row->account, *there = row->there;

	switch (f) {
	case FIELD_SECRET:
		return has_secret(row, peppers);
	case FIELD_HOSTS:
		return has_hosts(a, there);
	case FIELD_TTL:
		return a->ttl == there->ttl;
	case FIELD_DISABLED:
		return a->disabled == there->disabled;
	case FIELD_QUIRKS:
		return a->quirks == there->quirks;
	case FIELD_UNTIL:
		return a->bounds.until_s == there->bounds.until_s;
	case FIELD_FROM:
		return has_sources(&a->bounds, &there->bounds);
	case FIELD_IDS:
		return has_ids(a, there);
	case FIELD_USER:
	case FIELDS:
		break;
	}
	return true;
}

static void compare(struct import_list *l, struct import_row *row, const struct peppers *peppers)
{
	struct buf differs;
	enum field f;

	buf_init(&differs, DIFFERENCES_MAX);
	for (f = FIELD_SECRET; f < FIELDS; f++)
		if ((row->says & 1U << f) != 0 && !has_field(row, f, peppers))
			buf_addf(&differs, "%s%s", differs.len > 0 ? ", " : "", field_name(f));
	if (buf_err(&differs) == ERR_NOMEM)
		l->err = ERR_NOMEM;
	if (differs.len == 0)
		row->state = IMPORT_THERE;
	else
		import_settle(l, row, IMPORT_DIFFERS, "%s: left as it is there", buf_str(&differs));
	buf_fini(&differs);
}

void import_match_judge(struct import_list *l, struct import_row *row,
			const struct peppers *peppers)
{
	struct store_owners owners = {.n = 0};
	struct errinfo ei = ERRINFO_INIT;

	if (row->there != NULL) {
		compare(l, row, peppers);
		return;
	}
	if (row->owner[0] == '\0' || l->shared)
		return;
	store_owners_add(&owners, row->owner);
	store_owners_refuse(&owners, row->account->user, &row->owned, &ei);
	import_refuse(l, row, "%s", ei.text);
}
