/* SPDX-License-Identifier: BSD-2-Clause
 * The text of the file, before libconfuse reads it. Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_SCAN_H
#define MOORING_CONF_SCAN_H

#include "base/str.h"
#include "conf/loader.h"

struct buf;

/* The only item of a list that is empty in the file; no value can look like it. */
#define CONF_EMPTY_LIST "\001"

/* Reads text as libconfuse does but strictly, and copies it to out without its comments, line by
 * line the same. libconfuse 3.3 passes over stray characters, accepts a file that ends inside of a
 * section, is left in a bad state by a string that is not closed, expands ${...} from the
 * environment of the process, counts the line of a comment twice, and tells nobody of an empty
 * list: it comes out as {CONF_EMPTY_LIST}. */
int conf_scan(const struct conf_loader *l, struct slice text, struct buf *out);

#endif
