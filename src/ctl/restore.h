/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl restore". */
#ifndef MOORING_CTL_RESTORE_H
#define MOORING_CTL_RESTORE_H

#include "ctl/args.h"

ctl_fn ctl_restore;

#endif
