/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/secret.h"
#include "account/text.h"
#include "base/container_of.h"
#include "base/rand.h"
#include "conf/conf.h"
#include "ctl/hosts.h"
#include "ctl/secret_given.h"
#include "ctl/secret_need.h"
#include "net/hash.h"

enum { ROWS_AT_FIRST = 64, SHOWN_MAX = ACCOUNT_USER_MAX + 32 };

int import_list_init(struct import_list *l, const struct conf *conf, bool shared)
{
	*l = (struct import_list){.conf = conf, .shared = shared};
	rand_bytes(&l->seed, sizeof(l->seed));
	if (hash_table_init(&l->users, 0) != 0 || hash_table_init(&l->names, 0) != 0)
		l->err = ERR_NOMEM;
	return l->err;
}

static void row_free(struct import_row *row)
{
	free(row->shown);
	free(row->why);
	account_free(row->account);
	account_free(row->there);
	free(row);
}

void import_list_fini(struct import_list *l)
{
	struct hash_node *node, *next;
	size_t i;

	for (node = l->names.count > 0 ? hash_table_walk(&l->names, NULL) : NULL; node != NULL;
	     node = next) {
		next = hash_table_walk(&l->names, node);
		free(CONTAINER_OF(node, struct import_name, node));
	}
	hash_table_fini(&l->names);
	hash_table_fini(&l->users);
	for (i = 0; i < l->n; i++)
		row_free(l->rows[i]);
	free(l->rows);
	*l = (struct import_list){.n = 0};
}

/* Makes room, and a row in it. */
static struct import_row *append_row(struct import_list *l, size_t line, struct slice shown)
{
	size_t cap = l->n == l->cap ? 2 * l->cap + ROWS_AT_FIRST : l->cap;
	struct import_row **more = reallocarray(l->rows, cap, sizeof(struct import_row *));
	struct import_row *row = calloc(1, sizeof(*row));
	char text[SHOWN_MAX];

	if (more != NULL) {
		l->rows = more;
		l->cap = cap;
	}
	if (row != NULL)
		row->shown = strdup(text_show(text, sizeof(text), shown));
	if (more == NULL || row == NULL || row->shown == NULL) {
		if (row != NULL)
			row_free(row);
		l->err = ERR_NOMEM;
		return NULL;
	}
	row->line = line;
	l->rows[l->n++] = row;
	return row;
}

static void settle(struct import_list *l, struct import_row *row, enum import_state state,
		   const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static void settle(struct import_list *l, struct import_row *row, enum import_state state,
		   const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	row->state = state;
	row->why = strdup(text);
	if (row->why == NULL)
		l->err = ERR_NOMEM;
}

void import_settle(struct import_list *l, struct import_row *row, enum import_state state,
		   const char *fmt, ...)
{
	va_list ap;

	free(row->why);
	va_start(ap, fmt);
	settle(l, row, state, fmt, ap);
	va_end(ap);
}

void import_refuse(struct import_list *l, struct import_row *row, const char *fmt, ...)
{
	va_list ap;

	if (row->state == IMPORT_REFUSED)
		return;
	va_start(ap, fmt);
	settle(l, row, IMPORT_REFUSED, fmt, ap);
	va_end(ap);
}

struct import_row *import_find(const struct import_list *l, const char *user)
{
	struct hash_node *node =
		hash_table_first(&l->users, hash_bytes(user, strlen(user), l->seed));

	for (; node != NULL; node = hash_table_next(node)) {
		struct import_row *row = CONTAINER_OF(node, struct import_row, node);

		if (strcmp(row->account->user, user) == 0)
			return row;
	}
	return NULL;
}

/* row->account is there. */
static void enter_row(struct import_list *l, struct import_row *row)
{
	const char *user = row->account->user;
	const struct import_row *first = import_find(l, user);

	if (first != NULL)
		import_refuse(l, row, "the login is on line %zu already", first->line);
	else
		hash_table_add(&l->users, &row->node, hash_bytes(user, strlen(user), l->seed));
}

struct import_row *import_add(struct import_list *l, size_t line, struct slice user)
{
	struct import_row *row = append_row(l, line, user);
	struct errinfo ei = ERRINFO_INIT;

	if (row == NULL)
		return NULL;
	if (account_new(user, &row->account, &ei) != 0)
		import_refuse(l, row, "%s", ei.text);
	else
		enter_row(l, row);
	return row;
}

struct import_row *import_take(struct import_list *l, size_t line, struct account *a, unsigned says)
{
	struct import_row *row = append_row(l, line, slice_of(a->user));
	size_t i;

	if (row == NULL) {
		account_free(a);
		return NULL;
	}
	/* What was published elsewhere is not published here. */
	for (i = 0; i < a->n_hosts; i++)
		a->hosts[i] = (struct account_host){.name = a->hosts[i].name,
						    .interface_id = a->hosts[i].interface_id};
	row->account = a;
	row->says = says;
	enter_row(l, row);
	if (a->flaws != 0)
		import_refuse(l, row, "%s", a->flaw_text);
	return row;
}

void import_pass(struct import_list *l, size_t line, struct slice shown, const char *why)
{
	struct import_row *row = append_row(l, line, shown);

	if (row != NULL)
		import_settle(l, row, IMPORT_PASSED, "%s", why);
}

void import_set(struct import_list *l, struct import_row *row, enum field f, struct slice text)
{
	struct errinfo ei = ERRINFO_INIT;

	if (row->account == NULL || text.len == 0 || f == FIELD_USER)
		return;
	if (field_set(row->account, f, text, &l->conf->zones[0].name, &ei) != 0)
		import_refuse(l, row, "%s", ei.text);
	row->says |= 1U << f;
}

void import_set_text(struct import_list *l, struct import_row *row, enum field f, struct slice text)
{
	if (!field_is_list(f)) {
		import_set(l, row, f, text);
		return;
	}
	for (text = slice_trim(text, STR_SPACE); text.len > 0;
	     text = slice_trim_start(text, STR_SPACE)) {
		struct slice word = {text.p, 0};

		while (word.len < text.len && strchr(STR_SPACE, text.p[word.len]) == NULL)
			word.len++;
		import_set(l, row, f, word);
		text = (struct slice){text.p + word.len, text.len - word.len};
	}
}

/* ---------------------------------------------------------------- judging */

static void judge_clear(struct import_list *l, struct import_row *row)
{
	struct slice secret = slice_of(row->account->secret);
	struct errinfo ei = ERRINFO_INIT;

	row->secret = IMPORT_SECRET_CLEAR;
	if (secret_given_looks_hashed(secret))
		import_refuse(l, row,
			      "the secret looks like a hash of another program, which cannot be "
			      "checked here");
	else if (secret_given_check(secret, &ei) != 0)
		import_refuse(l, row, "%s", ei.text);
}

static void judge_secret(struct import_list *l, struct import_row *row,
			 const struct peppers *peppers)
{
	const struct account *a = row->account;

	if (a->secret == NULL)
		return;
	row->secret = IMPORT_SECRET_HASHED;
	switch (secret_need_of(a, peppers)) {
	case SECRET_IS_CLEAR:
		judge_clear(l, row);
		break;
	case SECRET_OF_LOST_PEPPER:
		import_refuse(l, row, "the pepper of its secret is not in pepper-file");
		break;
	case SECRET_UNUSABLE:
		import_refuse(l, row, "the secret cannot be used");
		break;
	case SECRET_NEEDS_NOTHING:
	case SECRET_WITHOUT_PEPPER:
	case SECRET_OF_OLD_PEPPER:
	case SECRET_NEEDS:
		if (!secret_is_whole(a->secret))
			import_refuse(l, row, "the hash of its secret is cut off");
		break;
	}
}

/* The row that has the name already; NULL: none. */
static const struct import_row *name_owner(const struct import_list *l, const struct fqdn *name,
					   uint64_t hash)
{
	struct hash_node *node = hash_table_first(&l->names, hash);

	for (; node != NULL; node = hash_table_next(node)) {
		const struct import_name *n = CONTAINER_OF(node, struct import_name, node);

		if (fqdn_equal(n->name, name))
			return n->row;
	}
	return NULL;
}

static void enter_name(struct import_list *l, struct import_row *row, const struct fqdn *name)
{
	uint64_t hash = fqdn_hash(name, l->seed);
	const struct import_row *first = l->shared ? NULL : name_owner(l, name, hash);
	struct import_name *n;

	if (first != NULL) {
		import_refuse(l, row, "%s is on line %zu already; --shared gives it to both",
			      name->text, first->line);
		return;
	}
	n = malloc(sizeof(*n));
	if (n == NULL) {
		l->err = ERR_NOMEM;
		return;
	}
	*n = (struct import_name){.name = name, .row = row};
	hash_table_add(&l->names, &n->node, hash);
}

static void judge_hosts(struct import_list *l, struct import_row *row)
{
	const struct account *a = row->account;
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	if (a->n_hosts == 0)
		import_refuse(l, row, "it has no host name");
	for (i = 0; i < a->n_hosts; i++)
		if (hosts_check_name(l->conf, &a->hosts[i].name, &ei) != 0)
			import_refuse(l, row, "%s", ei.text);
	for (i = 0; i < a->n_hosts && row->state == IMPORT_NEW; i++)
		enter_name(l, row, &a->hosts[i].name);
}

int import_judge(struct import_list *l, const struct peppers *peppers)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->rows[i]->state == IMPORT_NEW) {
			judge_secret(l, l->rows[i], peppers);
			judge_hosts(l, l->rows[i]);
		}
	return l->err;
}

size_t import_count(const struct import_list *l, enum import_state state)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		n += l->rows[i]->state == state;
	return n;
}
