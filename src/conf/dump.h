/* SPDX-License-Identifier: BSD-2-Clause
 * The configuration as text. Pure. */
#ifndef MOORING_CONF_DUMP_H
#define MOORING_CONF_DUMP_H

#include <stdio.h>

#include "conf/conf.h"

/* Prints every key with its value in the file's syntax; those that are not used with this store or
 * publisher only as comments. The output parses to the same conf. Holds no secret: no key is one.
 * Returns 0, ERR_IO, ERR_NOMEM. */
int conf_dump(const struct conf *c, FILE *out);

#endif
