/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl: the administrator's tool. One thread, one loop that runs only while something is
 * waited for. */
#ifndef MOORING_CTL_CTL_H
#define MOORING_CTL_CTL_H

/* argv as main() gets it; returns the exit status. */
int ctl_main(int argc, char **argv);

#endif
