/* SPDX-License-Identifier: BSD-2-Clause
 * The environment as an argument: a NULL-terminated list of "NAME=value", so that nothing in this
 * room calls getenv(3). Pure; any thread. */
#ifndef MOORING_AWS_ENV_H
#define MOORING_AWS_ENV_H

#include <stdbool.h>

#include "base/str.h"

/* The value without blanks around it (secrets come with a newline all too often); p is NULL when
 * the variable is absent or blank, which count as the same. Borrowed from the list. */
struct slice aws_env_get(const char *const *env, const char *name);
/* True for "true" in any case; SDKs take nothing else. */
bool aws_env_is_true(const char *const *env, const char *name);

#endif
