/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl export: all accounts, with their secrets as they are stored, for "mooringctl import".
 */
#ifndef MOORING_CTL_EXPORT_H
#define MOORING_CTL_EXPORT_H

#include "ctl/args.h"

ctl_fn ctl_export;

#endif
