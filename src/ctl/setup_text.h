/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl setup" makes of its answers: a configuration, the records for the parent zone,
 * and the commands that get a certificate. Pure. */
#ifndef MOORING_CTL_SETUP_TEXT_H
#define MOORING_CTL_SETUP_TEXT_H

#include "base/buf.h"
#include "ctl/setup_answers.h"

enum { SETUP_TEXT_MAX = 64 * 1024, SETUP_WORDS_MAX = 24 };

/* mooring.conf: a line for each answer that is a key. out holds SETUP_TEXT_MAX. */
void setup_text_conf(const struct setup_answers *a, struct buf *out);
/* In the form of a zone file, each name whole; "" when the answers know no records. */
void setup_text_parent(const struct setup_answers *a, struct buf *out);
/* The same of this server's names that lie outside of the parent zone, where nobody looks at
 * records of theirs in it (RFC 1034 section 4.2.1); "" when there are none. */
void setup_text_elsewhere(const struct setup_answers *a, struct buf *out);

/* The words of a command; text is what they point into. */
struct setup_command {
	size_t n;
	const char *argv[SETUP_WORDS_MAX]; /* NULL behind the last */
};

/* Gets the first certificate; n is 0 when the answers want no program for it. Borrows a and hook,
 * the program that gives it to the daemon. */
void setup_text_command(const struct setup_answers *a, const char *hook, struct setup_command *ret);
/* What has to be run every day then; n is 0 when the program sees to that itself. */
void setup_text_renewal(const struct setup_answers *a, const char *hook, struct setup_command *ret);
/* As a line for a shell. */
void setup_text_line(const struct setup_command *c, struct buf *out);

#endif
