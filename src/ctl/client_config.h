/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl client-config. */
#ifndef MOORING_CTL_CLIENT_CONFIG_H
#define MOORING_CTL_CLIENT_CONFIG_H

#include "ctl/args.h"

ctl_fn ctl_client_config;

#endif
