/* SPDX-License-Identifier: BSD-2-Clause
 * The values of configuration keys: text in, text out, one parser per type. Private to conf/. Pure.
 *
 * base is the struct that key->offset counts from. */
#ifndef MOORING_CONF_VALUE_H
#define MOORING_CONF_VALUE_H

#include "base/buf.h"
#include "base/str.h"
#include "conf/keys.h"

/* Appends to a list; replaces any other value. Returns 0, ERR_INVAL (not of the type, or out of
 * range), ERR_EXISTS (the list has it already), ERR_LIMIT (the list is full), ERR_NOMEM; the value
 * is untouched then. */
int conf_value_add(const struct conf_key *key, void *base, struct slice text);
/* Makes a list empty; any other value stays. */
void conf_value_clear(const struct conf_key *key, void *base);
/* Frees what the value owns. */
void conf_value_free(const struct conf_key *key, void *base);

/* What a value has to be: completes "must be ...". */
void conf_value_describe(const struct conf_key *key, struct buf *out);
/* The value in the syntax of the file. */
void conf_value_print(const struct conf_key *key, const void *base, struct buf *out);
/* text in double quotes, in the syntax of the file. */
void conf_value_quote(const char *text, struct buf *out);

/* Whether two listeners would collide. Port 0 is another port each time: never equal. */
bool conf_listen_equal(const struct listen_at *a, const struct listen_at *b);

#endif
