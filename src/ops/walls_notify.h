/* SPDX-License-Identifier: BSD-2-Clause
 * What of the walls (ops/walls.h) is there for notifications and heartbeats. Main thread. */
#ifndef MOORING_OPS_WALLS_NOTIFY_H
#define MOORING_OPS_WALLS_NOTIFY_H

#include <stdbool.h>

struct conf;
struct walls_places;

/* True when a command is to be run: it is behind the same walls, so they are wider, and without
 * limits of ports. */
bool walls_notify_collect(const struct conf *conf, const char *const *env, struct walls_places *p);

#endif
