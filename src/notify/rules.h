/* SPDX-License-Identifier: BSD-2-Clause
 * What a target is told of, and when. Pure: time is an argument. */
#ifndef MOORING_NOTIFY_RULES_H
#define MOORING_NOTIFY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

/* Within a quiet time the clock may be set, or go over to summer: it is looked at so often. */
enum { RULES_QUIET_MAX_S = 10 * 60 };

/* Whether a list of names and "*.SUFFIX" has the host; an empty one has all. Names are lower-case.
 */
bool rules_have_host(const struct conf_texts *hosts, const char *host);
/* Whether the target is told of such an event (enum conf_event) of that host; "": it concerns none,
 * or all. */
bool rules_want(const struct conf_notify *n, unsigned kind, const char *host);
/* 0: the quiet time is none at now_s, by the wall clock; else so many seconds later, by the clock
 * of the place, it may be over: ask again then. */
int64_t rules_quiet_s(const struct conf_quiet *q, int64_t now_s);

#endif
