/* SPDX-License-Identifier: BSD-2-Clause
 * The environment as a source of values. Main thread, at start. */
#ifndef MOORING_CONF_VARIABLES_H
#define MOORING_CONF_VARIABLES_H

#include "conf/conf.h"
#include "conf/loader.h"

/* What the environment says of the log, for errors before the configuration is there. Each of the
 * two stays untouched when its variable is not set or wrong. */
void conf_read_log_environment(const char *const *environ_list, enum conf_log_format *format,
			       enum conf_log_level *level);
/* Private to conf/. Returns 0 or an enum err with the sentence recorded. */
int conf_read_environment(struct conf_loader *l, const char *const *environ_list);

#endif
