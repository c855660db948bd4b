/* SPDX-License-Identifier: BSD-2-Clause
 * Reads the file of peppers (account/pepper.h), if it is one that nobody else may see or change. */
#ifndef MOORING_OPS_PEPPER_FILE_H
#define MOORING_OPS_PEPPER_FILE_H

#include "base/err.h"

struct peppers;

/* Replaces what p has by what the file at path has, or leaves it: ERR_IO, ERR_INVAL, ERR_LIMIT,
 * with a sentence that names the file. It has to be a file of root's or of the process's own user
 * (root takes one of the service's, too). Nobody else may read or write it, but for the group of
 * one that is root's: systemd(1) hands credentials over by an entry for one user (acl(5)), which
 * looks like that, and an administrator may do so by the group. */
int pepper_file_read(const char *path, struct peppers *p, struct errinfo *ei);

#endif
