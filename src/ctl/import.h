/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl import: the accounts of a file into the store. */
#ifndef MOORING_CTL_IMPORT_H
#define MOORING_CTL_IMPORT_H

#include "ctl/args.h"

ctl_fn ctl_import;

#endif
