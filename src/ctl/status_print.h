/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl status prints, as text and as JSON. Nothing is told by a colour alone. */
#ifndef MOORING_CTL_STATUS_PRINT_H
#define MOORING_CTL_STATUS_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

struct status_facts;

/* The daemon's line, what is in trouble, and a row for each host. ERR_NOMEM. */
int status_print_all(const struct status_facts *facts, bool has_colours, FILE *out);
/* All about one host, which has a row at least, and its changes. ERR_NOMEM. */
int status_print_host(const struct status_facts *facts, FILE *out);
/* One line. has_changes: it is about one host. */
void status_print_json(const struct status_facts *facts, bool has_changes);

#endif
