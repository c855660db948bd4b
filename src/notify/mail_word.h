/* SPDX-License-Identifier: BSD-2-Clause
 * Text in a header of mail: as it is, or in encoded words (RFC 2047), which ntfy reads in its own
 * headers, too. Pure; any thread. */
#ifndef MOORING_NOTIFY_MAIL_WORD_H
#define MOORING_NOTIFY_MAIL_WORD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* Appends text in one line, or, when fold_at is not 0, folded: lines of at most 76 characters, the
 * first of which has fold_at already, with CRLF and a blank between them (RFC 5322 §2.2.3). A
 * control character becomes a blank; what is no UTF-8, a "?". Returns the state of out. */
int mail_word_add(struct buf *out, struct slice text, size_t fold_at);

#endif
