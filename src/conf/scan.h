/* SPDX-License-Identifier: BSD-2-Clause
 * The text of the file as tokens. Private to conf/. Main thread, at start.
 *
 *	# comment, // comment, and over several lines as in C
 *	word   "string"   'string'   = , { }
 *
 * A word ends at a blank, a quote, a comment or one of = , { }. In a string a backslash stands
 * before a quote or another backslash, and before '$' in a string in double quotes. */
#ifndef MOORING_CONF_SCAN_H
#define MOORING_CONF_SCAN_H

#include "base/buf.h"
#include "base/str.h"
#include "conf/loader.h"

enum conf_token {
	CONF_TOKEN_END, /* of the file */
	CONF_TOKEN_TEXT,
	CONF_TOKEN_EQUALS,
	CONF_TOKEN_COMMA,
	CONF_TOKEN_OPEN,
	CONF_TOKEN_CLOSE,
};

struct conf_scanner {
	/* of the token read last */
	enum conf_token token;
	unsigned line;
	struct buf text; /* without quotes and backslashes; the character itself of = , { } */
	/* private */
	const struct conf_loader *l;
	const char *p;
	const char *end;
	unsigned line_of_p;
};

/* text is borrowed until conf_scan_end(). Reads no token yet. */
void conf_scan_begin(struct conf_scanner *s, const struct conf_loader *l, struct slice text);
/* Reads the next token. Returns 0; or an enum err, with a sentence in l->ei, for what is no token.
 */
int conf_scan_next(struct conf_scanner *s);
void conf_scan_end(struct conf_scanner *s);

#endif
