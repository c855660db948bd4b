/* SPDX-License-Identifier: BSD-2-Clause
 * The accounts that a file names for "mooringctl import", row by row, and what becomes of each.
 * Readers of the formats fill it, whatever is wrong with a row is noted in it, and nothing of it is
 * stored. Pure; it holds secrets and wipes them. */
#ifndef MOORING_CTL_IMPORT_LIST_H
#define MOORING_CTL_IMPORT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/str.h"
#include "ctl/fields.h"

struct conf;
struct peppers;

enum import_state {
	IMPORT_NEW, /* to be made */
	IMPORT_MADE,
	IMPORT_THERE,	/* the store has all that the row says */
	IMPORT_DIFFERS, /* the store has the login, and something else for it, which stays */
	IMPORT_REFUSED,
	IMPORT_PASSED, /* of a kind that is no account of a server like this */
	IMPORT_STATES,
};

enum import_secret {
	IMPORT_SECRET_MISSING, /* a new one is generated */
	IMPORT_SECRET_CLEAR,
	IMPORT_SECRET_HASHED, /* taken as it is */
};

struct import_row {
	size_t line;
	enum import_state state;
	char *shown; /* the login, or what stands in its place, as text_show() makes it; owned */
	char *why;   /* of REFUSED, PASSED and DIFFERS; owned; NULL: nothing to say */
	struct account *account; /* owned; NULL: there is no such login */
	unsigned says;		 /* 1 << enum field: what is not said is not compared */
	enum import_secret secret;
	struct account *there; /* the store's account of that login; owned; NULL: none was seen */
	/* Another account of the store that has a name of the row's; "": none was seen. */
	char owner[ACCOUNT_USER_MAX + 1];
	struct fqdn owned;
	struct hash_node node;
};

/* A host name of a row. */
struct import_name {
	const struct fqdn *name; /* of the row's account */
	struct import_row *row;
	struct hash_node node;
};

struct import_list {
	const struct conf *conf; /* borrowed */
	bool shared;		 /* names may be several accounts' */
	uint64_t seed;
	size_t n, cap;
	struct import_row **rows; /* in the order of the file */
	struct hash_table users;
	struct hash_table names; /* filled by import_judge() */
	int err;		 /* ERR_NOMEM: rows are missing */
};

/* ERR_NOMEM; import_list_fini() either way. */
int import_list_init(struct import_list *l, const struct conf *conf, bool shared);
/* A zeroed struct is fine. */
void import_list_fini(struct import_list *l);

/* A row, with a login that is on no other; refused else. Borrowed; NULL: l->err. */
struct import_row *import_add(struct import_list *l, size_t line, struct slice user);
/* A row with an account that was made elsewhere, whose flaws refuse it, and which it owns. */
struct import_row *import_take(struct import_list *l, size_t line, struct account *a,
			       unsigned says);
/* A row that is passed over. */
void import_pass(struct import_list *l, size_t line, struct slice shown, const char *why);
/* The row of a login; NULL: there is none. */
struct import_row *import_find(const struct import_list *l, const char *user);

/* A value, or an element of a list, of a field; what cannot be refuses the row. */
void import_set(struct import_list *l, struct import_row *row, enum field f, struct slice text);
/* The same of a field whose elements have blanks between them. */
void import_set_text(struct import_list *l, struct import_row *row, enum field f,
		     struct slice text);
/* The first sentence counts. It never holds a secret. */
void import_refuse(struct import_list *l, struct import_row *row, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Of a row that is neither new nor made: what it is instead, and why. */
void import_settle(struct import_list *l, struct import_row *row, enum import_state state,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* All rows are there: refuses those that lack something, have a secret that nobody could use, a
 * name outside the zones, or, unless names may be shared, one of an earlier row. Returns l->err. */
int import_judge(struct import_list *l, const struct peppers *peppers);
size_t import_count(const struct import_list *l, enum import_state state);

#endif
