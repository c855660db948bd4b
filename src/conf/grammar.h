/* SPDX-License-Identifier: BSD-2-Clause
 * The file as a source of values. Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_GRAMMAR_H
#define MOORING_CONF_GRAMMAR_H

#include "conf/loader.h"

/* Returns 0 or an enum err with the sentence recorded. */
int conf_read_file(struct conf_loader *l);

#endif
