/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of the SQLite store: a directory of their own, its files, and another program's hand.
 */
#ifndef MOORING_TESTS_KIT_SQLITE_KIT_H
#define MOORING_TESTS_KIT_SQLITE_KIT_H

#include <stddef.h>

#include "kit/store_kit.h"

enum { SQLITE_KIT_PATH_MAX = 320, SQLITE_KIT_FILE_MAX = 1 << 20, SQLITE_KIT_TIMEOUT_MS = 20000 };

/* The file of the store under test. */
const char *sqlite_kit_path(void);
/* A file beside it; out has SQLITE_KIT_PATH_MAX bytes. Returns out. */
char *sqlite_kit_beside(char *out, const char *name);
/* Removes a database with its log and its index. */
void sqlite_kit_remove(const char *path);
size_t sqlite_kit_read(const char *path, char out[SQLITE_KIT_FILE_MAX]);
void sqlite_kit_write(const char *path, const void *data, size_t len);
/* Opens the file with SQLite alone and runs the statements. */
void sqlite_kit_sql(const char *path, const char *sql);

/* How the suite opens the file; the zone for bare labels is dyn.example.com. */
extern const struct store_subject sqlite_kit_subject;

/* The main() of a test program: makes the directory, runs what add() adds, leaves nothing. */
int sqlite_kit_run(const char *name, void (*add)(Suite *s));

#endif
