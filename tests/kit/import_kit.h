/* SPDX-License-Identifier: BSD-2-Clause
 * Files for "mooringctl import" and what is read from them, as text. */
#ifndef MOORING_TESTS_KIT_IMPORT_KIT_H
#define MOORING_TESTS_KIT_IMPORT_KIT_H

#include <stddef.h>

#include "base/err.h"
#include "ctl/import_list.h"

/* A reader of a format. text may be changed. */
typedef int import_kit_read_fn(struct import_list *l, char *text, size_t len, struct errinfo *ei);

struct import_kit_row {
	const char *text;
	/* Of each row a line: "LINE LOGIN:" and "SECRET HOST... FIELD=TEXT", or its state and why.
	 * Of a text that is refused as a whole "! " and the sentence. */
	const char *want;
};

/* A configuration with the zones dyn.example.com and lab.example.org. Freed at the end of the
 * program. */
const struct conf *import_kit_conf(void);
/* What a list holds; the caller frees it. */
char *import_kit_print(const struct import_list *l);
void import_kit_check(import_kit_read_fn *read, const struct import_kit_row *rows, size_t n);

#endif
