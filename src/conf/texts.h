/* SPDX-License-Identifier: BSD-2-Clause
 * Values of the sections notify and heartbeat: texts of several kinds, lists of them, and a time of
 * the day. Private to conf/. Pure. */
#ifndef MOORING_CONF_TEXTS_H
#define MOORING_CONF_TEXTS_H

#include "base/buf.h"
#include "base/str.h"
#include "conf/keys.h"

/* Whether s, which is not empty, is a text of that type, or an item of such a list. */
bool conf_text_is_valid(enum conf_type type, struct slice s);
/* What such a text has to be: completes "must be ...". False: it is none of these types. */
bool conf_text_describe(enum conf_type type, struct buf *out);
/* Appends a copy. As conf_value_add(); a command may say the same twice. */
int conf_texts_add(const struct conf_key *key, struct conf_texts *list, struct slice s);
void conf_texts_clear(struct conf_texts *list);
/* "22:00-07:00", or "" for no quiet time. 0 or ERR_INVAL. */
int conf_quiet_parse(struct slice s, struct conf_quiet *ret);
void conf_quiet_print(const struct conf_quiet *q, struct buf *out);

#endif
