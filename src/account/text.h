/* SPDX-License-Identifier: BSD-2-Clause
 * Text that a login or a secret may be. Pure; any thread. */
#ifndef MOORING_ACCOUNT_TEXT_H
#define MOORING_ACCOUNT_TEXT_H

#include <stdbool.h>

#include "base/str.h"

/* True for well-formed UTF-8 (RFC 3629) without control characters (RFC 7617 §2: CTL; the C1 set
 * of Unicode is among them). */
bool text_is_printable(struct slice s);
/* Not every client sends anything else alike. */
bool text_is_ascii(struct slice s);

#endif
