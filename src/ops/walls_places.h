/* SPDX-License-Identifier: BSD-2-Clause
 * The places within the walls (ops/walls.h): folders, files, and ports of others. Main thread. */
#ifndef MOORING_OPS_WALLS_PLACES_H
#define MOORING_OPS_WALLS_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct walls_places;

int walls_places_new(struct walls_places **ret);
void walls_places_free(struct walls_places *p);

/* Access is of enum landlock_access. A relative path is not added, nor the root: it would be
 * everything. An error stays (walls_places_error()). */
void walls_places_add(struct walls_places *p, const char *path, unsigned access);
/* The folder of the file at path, and those of all that its links lead to. A relative path is one
 * of the working directory. */
void walls_places_follow(struct walls_places *p, const char *path, unsigned access);
/* Outgoing TCP to the port; after walls_places_add_all_ports() to every one. */
void walls_places_add_port(struct walls_places *p, uint16_t port);
void walls_places_add_all_ports(struct walls_places *p);
/* The port of a URL, which is told by its host's end. */
void walls_places_add_url(struct walls_places *p, struct slice url);
/* A value that may be a path, a URL, or anything else. */
void walls_places_add_value(struct walls_places *p, struct slice value);
/* The values of the variables in env whose names begin with one of begins, a list that ends with
 * NULL. */
void walls_places_add_variables(struct walls_places *p, const char *const *env,
				const char *const *begins);
/* The first error: ERR_NOMEM, or ERR_LIMIT. */
int walls_places_error(const struct walls_places *p);

/* True for a real path within a place that may be read. */
bool walls_places_have(const struct walls_places *p, const char *real_path);
bool walls_places_limit_ports(const struct walls_places *p, int abi);
/* Writes all of it into a set of rules (ops/landlock.h). ERR_IO. */
int walls_places_apply(const struct walls_places *p, int rules, int abi);

#endif
