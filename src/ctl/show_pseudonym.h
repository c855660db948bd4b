/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl pseudonym. */
#ifndef MOORING_CTL_SHOW_PSEUDONYM_H
#define MOORING_CTL_SHOW_PSEUDONYM_H

struct ctl_args;

/* Returns the exit status. */
int ctl_pseudonym(const struct ctl_args *args);

#endif
