/* SPDX-License-Identifier: BSD-2-Clause
 * Through which folders a path leads: its own, and those that its links lead to, where whoever
 * turns a link puts the next file (certbot's archive, Kubernetes' ..data). Main thread. */
#ifndef MOORING_OPS_LINKS_H
#define MOORING_OPS_LINKS_H

typedef void links_folder_fn(void *arg, const char *folder);

/* Calls tell for the folder of path, which is absolute, and for the folder of each link's target on
 * the way, which need not exist. The root is not told: it would be everything. */
void links_follow(const char *path, links_folder_fn *tell, void *arg);

#endif
