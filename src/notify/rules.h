/* SPDX-License-Identifier: BSD-2-Clause
 * What a target is told of, and when. Pure: time is an argument. */
#ifndef MOORING_NOTIFY_RULES_H
#define MOORING_NOTIFY_RULES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "conf/conf.h"

/* Whether a list of names and "*.SUFFIX" has the host; an empty one has all. Names are lower-case.
 */
bool rules_have_host(const struct conf_texts *hosts, const char *host);
/* Whether the target is told of such an event (enum conf_event) of that host; "": it concerns none,
 * or all. */
bool rules_want(const struct conf_notify *n, unsigned kind, const char *host);
/* Seconds until the quiet time is over; 0: it is none. local is the local time of now. A change of
 * the clock in that night makes it an hour more or less: ask again then. */
int64_t rules_quiet_s(const struct conf_quiet *q, const struct tm *local);

#endif
