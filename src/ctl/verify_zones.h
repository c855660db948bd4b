/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl verify": where the zones and the store differ. */
#ifndef MOORING_CTL_VERIFY_ZONES_H
#define MOORING_CTL_VERIFY_ZONES_H

#include "ctl/args.h"

ctl_fn ctl_verify;

#endif
