/* SPDX-License-Identifier: BSD-2-Clause
 * The fields of an account as "export" writes them and "import" reads them: the columns of CSV, the
 * members of JSON. An account's state is none of them: routers bring the addresses. Pure. */
#ifndef MOORING_CTL_FIELDS_H
#define MOORING_CTL_FIELDS_H

#include <stdbool.h>

#include "account/account.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* In the order in which an account is filled: an interface id is of a host that is there. */
enum field {
	FIELD_USER,
	FIELD_SECRET,
	FIELD_HOSTS,
	FIELD_TTL,
	FIELD_DISABLED,
	FIELD_QUIRKS,
	FIELD_UNTIL,
	FIELD_FROM,
	FIELD_IDS,
	FIELDS,
};

const char *field_name(enum field f);
/* FIELDS: there is none of that name. */
enum field field_find(struct slice name);
/* Whether it has any number of elements, none of which holds a blank. */
bool field_is_list(enum field f);

/* Sets a field, or adds an element to one that is a list; a host that is there already is no error.
 * Bare labels are completed with zone. FIELD_USER is set when the account is made. ERR_INVAL,
 * ERR_LIMIT, ERR_NOMEM with a sentence, which never holds the secret. */
int field_set(struct account *a, enum field f, struct slice text, const struct fqdn *zone,
	      struct errinfo *ei);
/* Appends what field_set() takes, elements with a blank between them; nothing where the account
 * has what every account has. Returns the error of out. */
int field_print(const struct account *a, enum field f, struct buf *out);

#endif
