/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl conformance": whether a dyndns2 server does what clients need, and whom it harms. */
#ifndef MOORING_CTL_CONFORMANCE_H
#define MOORING_CTL_CONFORMANCE_H

#include "ctl/args.h"

ctl_fn ctl_conformance;

#endif
