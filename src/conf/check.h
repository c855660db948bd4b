/* SPDX-License-Identifier: BSD-2-Clause
 * Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_CHECK_H
#define MOORING_CONF_CHECK_H

#include "conf/loader.h"

/* What no single value shows: values that contradict each other, or are missing.
 * Returns 0 or an enum err with the sentence recorded. */
int conf_check(struct conf_loader *l);

#endif
