/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl notify list, retry and drop: the notices that are kept in the store. */
#ifndef MOORING_CTL_NOTIFY_LIST_H
#define MOORING_CTL_NOTIFY_LIST_H

struct ctl_args;

int ctl_notify_list(const struct ctl_args *args);
int ctl_notify_retry(const struct ctl_args *args);
int ctl_notify_drop(const struct ctl_args *args);

#endif
