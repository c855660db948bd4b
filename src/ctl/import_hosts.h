/* SPDX-License-Identifier: BSD-2-Clause
 * A list of host names, one on a line, as nsupdate.info has them: each is an account whose login is
 * the name, as there, and gets a new secret, since the old ones are known there as hashes only.
 * Pure. */
#ifndef MOORING_CTL_IMPORT_HOSTS_H
#define MOORING_CTL_IMPORT_HOSTS_H

#include "ctl/import_list.h"

/* Empty lines, and what follows a "#", are passed over. */
void import_hosts(struct import_list *l, struct slice text);

#endif
