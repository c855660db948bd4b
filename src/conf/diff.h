/* SPDX-License-Identifier: BSD-2-Clause
 * How two configurations differ. Pure. */
#ifndef MOORING_CONF_DIFF_H
#define MOORING_CONF_DIFF_H

#include "conf/conf.h"

struct buf;

/* Appends the names of the keys whose values differ, as "listen, store path, zone a.example ttl";
 * of zones that only one of them has, "zone a.example". Nothing when both mean the same. */
void conf_diff(const struct conf *a, const struct conf *b, struct buf *out);

#endif
