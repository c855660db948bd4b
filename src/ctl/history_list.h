/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl history. */
#ifndef MOORING_CTL_HISTORY_LIST_H
#define MOORING_CTL_HISTORY_LIST_H

struct ctl_args;

int ctl_history(const struct ctl_args *args);

#endif
