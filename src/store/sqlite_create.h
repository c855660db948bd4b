/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: the first start, which makes the file. */
#ifndef MOORING_STORE_SQLITE_CREATE_H
#define MOORING_STORE_SQLITE_CREATE_H

#include "base/err.h"

/* Makes the store at path, with its tables, where no file is; 0 also when one is there, whatever it
 * holds. It appears whole or not at all: an empty file in the place of a store is what a restore
 * left that failed, and nobody may take it for a store without accounts. Any thread; blocks. */
int sqlite_create(const char *path, struct errinfo *ei);

#endif
