/* SPDX-License-Identifier: BSD-2-Clause
 * Files that are whole or not there. */
#ifndef MOORING_CTL_FILE_H
#define MOORING_CTL_FILE_H

#include <limits.h>

#include "base/err.h"

/* The folder that path lies in: "." for a name alone, and "/" for what lies in the root.
 * ERR_LIMIT. */
int file_folder(const char *path, char out[PATH_MAX], struct errinfo *ei);
/* Copies all of from, from where it stands, to to. The names are for the sentence. ERR_CANCELED
 * when it was interrupted (ctl/interrupt.h). */
int file_copy(int from, const char *from_name, int to, const char *to_name, struct errinfo *ei);
/* Makes the entry of path in its folder survive a power failure. */
int file_sync_entry(const char *path, struct errinfo *ei);

#endif
