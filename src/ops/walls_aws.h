/* SPDX-License-Identifier: BSD-2-Clause
 * What of the walls (ops/walls.h) is there for AWS: files and addresses that variables and profiles
 * name. Main thread. */
#ifndef MOORING_OPS_WALLS_AWS_H
#define MOORING_OPS_WALLS_AWS_H

#include <stdbool.h>

struct conf;
struct walls_places;

/* Every profile counts, since one may refer to another. True when one has a program that prints
 * keys: that program is behind the same walls, so they are wider, and without limits of ports. */
bool walls_aws_collect(const struct conf *conf, const char *const *env, struct walls_places *p);

#endif
