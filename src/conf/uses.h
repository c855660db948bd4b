/* SPDX-License-Identifier: BSD-2-Clause
 * Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_USES_H
#define MOORING_CONF_USES_H

#include "conf/loader.h"

/* As conf_check(), of one place: the first key that was set and has no use there. base is the
 * struct of its section. */
int conf_check_uses(const struct conf_loader *l, const struct conf_place *place, const void *base);

#endif
