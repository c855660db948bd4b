/* SPDX-License-Identifier: BSD-2-Clause
 * What the daemon may still reach once it runs, whoever speaks through it: the walls around it, by
 * Landlock. Made before there is a second thread. Files that were opened before stay open; sockets
 * may be bound and listened on later, too. */
#ifndef MOORING_OPS_WALLS_H
#define MOORING_OPS_WALLS_H

#include <stdbool.h>

#include "base/err.h"

struct conf;
struct walls;

/* Builds them from what conf, the environment and the profiles of AWS name, and logs what keeps
 * them from being there: landlock = false, or the kernel. conf_path may be NULL. conf is borrowed.
 * ERR_NOMEM; ERR_IO when the kernel refuses what it says that it knows. */
int walls_raise(const struct conf *conf, const char *conf_path, const char *const *env,
		struct walls **ret, struct errinfo *ei);
/* Logs which files of certificates lead out of them by now, which only a restart can change. NULL
 * is fine, here and below. */
void walls_explain(const struct walls *w);
/* The walls stay. */
void walls_free(struct walls *w);

#endif
