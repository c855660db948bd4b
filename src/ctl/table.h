/* SPDX-License-Identifier: BSD-2-Clause
 * Lines in columns, as wide as a terminal shows them. */
#ifndef MOORING_CTL_TABLE_H
#define MOORING_CTL_TABLE_H

#include <stdio.h>

struct table;

enum { TABLE_COLUMNS_MAX = 8 };

/* n_columns of at most TABLE_COLUMNS_MAX; NULL: out of memory. */
struct table *table_new(size_t n_columns);
/* NULL is fine. */
void table_free(struct table *t);
/* Copies the cells of one line. 0 or ERR_NOMEM. */
int table_add(struct table *t, const char *const *cells);
/* All lines; nothing follows a line's last cell. */
void table_print(const struct table *t, FILE *out);

#endif
