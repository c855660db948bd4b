/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl backup", and what "restore" shares with it. */
#ifndef MOORING_CTL_BACKUP_H
#define MOORING_CTL_BACKUP_H

#include "base/err.h"
#include "ctl/args.h"

struct conf;

/* ERR_INVAL with the sentence for a store that is no file of ours. */
int backup_check_store(const struct conf *conf, struct errinfo *ei);

ctl_fn ctl_backup;

#endif
