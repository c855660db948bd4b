/* SPDX-License-Identifier: BSD-2-Clause
 * What "backup" and "restore" share. */
#ifndef MOORING_CTL_BACKUP_H
#define MOORING_CTL_BACKUP_H

#include "base/err.h"

struct conf;

/* ERR_INVAL with the sentence for a store that is no file of ours. */
int backup_check_store(const struct conf *conf, struct errinfo *ei);

#endif
