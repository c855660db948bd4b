/* SPDX-License-Identifier: BSD-2-Clause
 * A file with a secret, which nobody but its owner may read or write; of root, its group may read
 * it, too. Main thread. */
#ifndef MOORING_BASE_SECRET_FILE_H
#define MOORING_BASE_SECRET_FILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* The user of the service: its files are accepted beside root's and those of whoever reads. */
#define SECRET_FILE_SERVICE "mooring"

/* Reads all of the file at path, a text of at most max bytes, into text[max + 1], which the caller
 * wipes. key begins the sentences: "pepper-file". ERR_IO, ERR_INVAL, or ERR_LIMIT. */
int secret_file_read(const char *key, const char *path, char *text, size_t max, size_t *ret_len,
		     struct errinfo *ei);
/* The same of a file with one line, without its end; the caller frees it by str_free_secret().
 * ERR_INVAL for an empty line, and for a character that is not printable ASCII. */
int secret_file_read_line(const char *key, const char *path, size_t max, char **ret,
			  struct errinfo *ei);

#endif
