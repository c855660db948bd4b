/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl test": one update, as a router sends it. */
#ifndef MOORING_CTL_TEST_H
#define MOORING_CTL_TEST_H

#include "ctl/args.h"

ctl_fn ctl_test;

#endif
