/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl notify test: an event of its own, sent by itself. */
#ifndef MOORING_CTL_NOTIFY_TEST_H
#define MOORING_CTL_NOTIFY_TEST_H

struct ctl_args;

int ctl_notify_test(const struct ctl_args *args);

#endif
