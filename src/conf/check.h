/* SPDX-License-Identifier: BSD-2-Clause
 * Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_CHECK_H
#define MOORING_CONF_CHECK_H

#include "conf/loader.h"

/* Finds values that contradict each other or are missing, which parsing a single value cannot find.
 * Returns 0 or an enum err with the sentence recorded. */
int conf_check(struct conf_loader *l);

#endif
