/* SPDX-License-Identifier: BSD-2-Clause
 * A new mooring.conf takes its place whole, or not at all. */
#ifndef MOORING_CTL_SETUP_FILE_H
#define MOORING_CTL_SETUP_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/conf.h"

/* Whether setup_file_write() would find something there that it may not replace, or no place: its
 * codes, before somebody has answered all questions. */
int setup_file_check(const char *path, bool may_replace, struct errinfo *ei);
/* Writes text beside path, reads it with the daemon's loader, without the environment, and puts it
 * in its place; *ret is what was read, and the caller's. What was there keeps its owner and mode,
 * and with may_replace a name of its own (at now_s), which is in kept; "" when there was nothing.
 * ERR_EXISTS: something is there, and may not be replaced. */
int setup_file_write(const char *path, const struct buf *text, bool may_replace, int64_t now_s,
		     char kept[PATH_MAX], struct conf **ret, struct errinfo *ei);
/* Reads text with the loader and leaves nothing behind. */
int setup_file_try(const struct buf *text, struct conf **ret, struct errinfo *ei);

#endif
