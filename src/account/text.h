/* SPDX-License-Identifier: BSD-2-Clause
 * Text that a login or a secret may be. Pure; any thread. */
#ifndef MOORING_ACCOUNT_TEXT_H
#define MOORING_ACCOUNT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* True for well-formed UTF-8 (RFC 3629) without control characters (RFC 7617 §2: CTL; the C1 set
 * of Unicode is among them). */
bool text_is_printable(struct slice s);
/* A copy of s for a terminal or a list: as it is where that is printable and fits into out[cap],
 * else as str_printable() makes it, so that a copy of a copy is the same. Returns out. */
const char *text_show(char *out, size_t cap, struct slice s);
/* Not every client sends anything else alike. */
bool text_is_ascii(struct slice s);

#endif
