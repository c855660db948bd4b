/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl status. */
#ifndef MOORING_CTL_SHOW_STATUS_H
#define MOORING_CTL_SHOW_STATUS_H

#include "ctl/args.h"

ctl_fn ctl_status;

#endif
