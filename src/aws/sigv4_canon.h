/* SPDX-License-Identifier: BSD-2-Clause
 * The canonical forms of path, query and headers that sigv4.c hashes. Pure; any thread. */
#ifndef MOORING_AWS_SIGV4_CANON_H
#define MOORING_AWS_SIGV4_CANON_H

#include <stdbool.h>

#include "aws/sigv4.h"

/* Each appends to out. ERR_LIMIT, ERR_NOMEM. */
int sigv4_canon_path(struct buf *out, struct slice path, bool keep);
int sigv4_canon_query(struct buf *out, struct slice query);
int sigv4_canon_headers(struct buf *out, const struct sigv4_request *req);

#endif
