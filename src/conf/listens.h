/* SPDX-License-Identifier: BSD-2-Clause
 * Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_LISTENS_H
#define MOORING_CONF_LISTENS_H

#include "conf/loader.h"

/* As conf_check(), of the addresses to listen on; says which "[::]" is for IPv6 alone, and which
 * address is a default that needs no IPv6. */
int conf_check_listens(struct conf_loader *l);

#endif
