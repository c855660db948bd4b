/* SPDX-License-Identifier: BSD-2-Clause
 * Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_NOTIFY_CHECK_H
#define MOORING_CONF_NOTIFY_CHECK_H

#include "conf/loader.h"

/* As conf_check(), of the sections notify and heartbeat. */
int conf_check_notify(struct conf_loader *l);

#endif
