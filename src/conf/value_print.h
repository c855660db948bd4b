/* SPDX-License-Identifier: BSD-2-Clause
 * The values of configuration keys as text, and what becomes of them at the end. Private to conf/.
 * Pure. base is the struct that key->offset counts from. */
#ifndef MOORING_CONF_VALUE_PRINT_H
#define MOORING_CONF_VALUE_PRINT_H

#include "base/buf.h"
#include "conf/keys.h"

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

#endif
