/* SPDX-License-Identifier: BSD-2-Clause
 * The key of the pseudonyms (net/pseudonym.h), from its file. */
#ifndef MOORING_OPS_PSEUDONYM_FILE_H
#define MOORING_OPS_PSEUDONYM_FILE_H

#include "base/err.h"
#include "net/pseudonym.h"

struct conf;

enum { PSEUDONYM_FILE_MAX = 4096 };

/* From here on those kinds are replaced. The file at path (base/secret_file.h) has one line with
 * the key in hexadecimal; "#" begins a comment. ERR_IO, ERR_INVAL, ERR_LIMIT, ERR_NOMEM, with a
 * sentence that names the file, and never the key. */
int pseudonym_file_setup(const char *path, enum pseudonym_kinds kinds, struct errinfo *ei);
/* What the configuration wants; where it wants none no file is read. */
int pseudonym_file_setup_as(const struct conf *conf, struct errinfo *ei);

#endif
