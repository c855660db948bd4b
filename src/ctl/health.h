/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl health": is the daemon on this machine well? */
#ifndef MOORING_CTL_HEALTH_H
#define MOORING_CTL_HEALTH_H

#include "ctl/args.h"

ctl_fn ctl_health;

#endif
