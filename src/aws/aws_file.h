/* SPDX-License-Identifier: BSD-2-Clause
 * A small file read whole: profiles and tokens, which somebody else writes. Core thread; blocks for
 * the disk only. */
#ifndef MOORING_AWS_AWS_FILE_H
#define MOORING_AWS_AWS_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the file's bytes to out, whose maximum bounds it; they may be secrets. ERR_NOTFOUND (no
 * sentence), ERR_IO, ERR_LIMIT, ERR_NOMEM. */
int aws_file_read(const char *path, struct buf *out, struct errinfo *ei);

#endif
