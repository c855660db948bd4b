/* SPDX-License-Identifier: BSD-2-Clause
 * mooringd -n --start: would a start succeed now, and not only with this configuration? Main
 * thread, no other runs. */
#ifndef MOORING_OPS_START_CHECK_H
#define MOORING_OPS_START_CHECK_H

struct conf;

/* Logs everything that would keep the daemon from its start: addresses that cannot be had, files
 * that it may not read, a folder that it may not write. Run by root it becomes the user "mooring"
 * in between, if there is one, as the unit does. path is the configuration, NULL for none. Returns
 * how many faults there are. */
unsigned start_check(const struct conf *conf, const char *path);

#endif
