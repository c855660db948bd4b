/* SPDX-License-Identifier: BSD-2-Clause
 * A socket in the file system at which one process at a time listens. Beside it, as PATH.lock, is a
 * file that is locked as long as the process lives: whoever has that lock may replace a socket that
 * a crash has left, so that of several that start together one has it, and none takes the socket of
 * another away. Before there are threads. */
#ifndef MOORING_OPS_STATUS_FILE_H
#define MOORING_OPS_STATUS_FILE_H

#include <sys/un.h>

#include "base/err.h"

struct status_file;

/* The socket listens from now on; root and the group may connect. With a sentence: ERR_EXISTS,
 * another process has the place; ERR_IO; ERR_NOMEM. */
int status_file_open(const struct sockaddr_un *at, int backlog, struct status_file **ret,
		     struct errinfo *ei);
/* The socket is the caller's from now on. */
int status_file_take_fd(struct status_file *f);
/* Removes both files, unless the socket is somebody else's by now, and lets others have the place.
 * While the socket still listens. NULL is fine, here and below. */
void status_file_remove(struct status_file *f);
/* Without status_file_remove() the socket is left as by a crash. */
void status_file_free(struct status_file *f);

#endif
