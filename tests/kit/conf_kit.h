/* SPDX-License-Identifier: BSD-2-Clause
 * Configurations from text, for the tests of conf/. */
#ifndef MOORING_TESTS_KIT_CONF_KIT_H
#define MOORING_TESTS_KIT_CONF_KIT_H

#include <stddef.h>

#include "base/err.h"
#include "conf/conf.h"

enum { CONF_KIT_PATH_MAX = 32 };

/* Each key once, none with its default. */
extern const char conf_kit_everything[];
/* As an administrator writes it who has every form of listener. */
extern const char conf_kit_all_forms[];

/* A new temporary file with these bytes; the caller unlinks it. */
void conf_kit_write(const char *text, size_t len, char ret_path[CONF_KIT_PATH_MAX]);
/* conf_load() of a file with these bytes (NULL: no file) and this environment (NULL: none). The
 * errors call the file "m.conf". */
int conf_kit_load(const char *text, size_t len, const char *const *environ_list, struct conf **ret,
		  struct errinfo *ei);
/* The same; aborts when it fails. The caller frees it. */
struct conf *conf_kit_good(const char *text, const char *const *environ_list);
/* The sentence with which it is refused, in ei; "" when it is accepted. */
const char *conf_kit_error(const char *text, const char *const *environ_list, struct errinfo *ei);

/* A file, and the sentence with which it is refused; "": it is accepted. */
struct conf_kit_row {
	const char *text;
	const char *want;
};
void conf_kit_check_rows(const struct conf_kit_row *rows, size_t n);

/* What conf_dump() prints; the caller frees it. */
char *conf_kit_dump(const struct conf *c);

#endif
