/* SPDX-License-Identifier: BSD-2-Clause
 * The file of variables that a unit's EnvironmentFile= names, read as systemd.exec(5) says. Main
 * thread, before others run. */
#ifndef MOORING_OPS_ENVFILE_H
#define MOORING_OPS_ENVFILE_H

#include "base/err.h"
#include "base/str.h"

/* name and value end with a NUL and are borrowed. */
typedef void envfile_each_fn(void *arg, const char *name, const char *value);

/* Calls each for every assignment, in order; what is none is passed over, as systemd does. Pure.
 * Returns 0, or ERR_LIMIT for a text or a value that is too long. */
int envfile_parse(struct slice text, envfile_each_fn *each, void *arg);
/* Puts the variables of the file into the environment, over those that are there. A file that is
 * not there is fine. ERR_DENIED, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
int envfile_load(const char *path, struct errinfo *ei);

#endif
