/* SPDX-License-Identifier: BSD-2-Clause
 * The one sentence on standard error. Nothing in it can steer a terminal: control characters and
 * what is not UTF-8 become '?'. */
#ifndef MOORING_CTL_SAY_H
#define MOORING_CTL_SAY_H

/* "mooringctl: sentence"; returns CTL_FAILED. */
int ctl_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "mooringctl: sentence; try ..."; returns CTL_USAGE. */
int ctl_wrong_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
