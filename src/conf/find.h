/* SPDX-License-Identifier: BSD-2-Clause
 * Which file mooringd and mooringctl read their configuration from. */
#ifndef MOORING_CONF_FIND_H
#define MOORING_CONF_FIND_H

#include "base/err.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#define CONF_DEFAULT_PATH SYSCONFDIR "/mooring/mooring.conf"

/* The file to read: given (-c; NULL: not given), else $MOORING_CONFIG, else fallback, which both
 * programs pass as CONF_DEFAULT_PATH. *ret is NULL, for the environment alone, when none was named,
 * there is no fallback, and MOORING_ZONE is set. Borrows its arguments and the environment. Returns
 * 0; or ERR_NOTFOUND when nothing is configured at all, with a sentence that names what the
 * environment of a container has to hold. Main thread. */
int conf_find(const char *given, const char *fallback, const char **ret, struct errinfo *ei);

#endif
