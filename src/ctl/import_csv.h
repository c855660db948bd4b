/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts from CSV: a line of names of fields (ctl/fields.h) in any order, "user" and "hosts" at
 * least, then a line for each account. Elements of lists have blanks between them. Pure. */
#ifndef MOORING_CTL_IMPORT_CSV_H
#define MOORING_CTL_IMPORT_CSV_H

#include "base/err.h"
#include "ctl/import_list.h"

/* text is changed in place. What is wrong with one account refuses its row; else ERR_INVAL,
 * ERR_LIMIT, ERR_NOMEM with a sentence that tells the line. */
int import_csv(struct import_list *l, char *text, size_t len, struct errinfo *ei);

#endif
