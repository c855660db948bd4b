/* SPDX-License-Identifier: BSD-2-Clause
 * The values of configuration keys: one parser per type. Private to conf/. Pure.
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
/* Whether two listeners would collide. Port 0 is another port each time: never equal. */
bool conf_listen_equal(const struct listen_at *a, const struct listen_at *b);

#endif
