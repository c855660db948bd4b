/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts from a configuration of ddclient: the login, password and hosts that it sends to a
 * dyndns2 server, read as ddclient 3.10 reads them, with its quoting, continued lines, and options
 * that hold for what follows. Blocks of one login are one account. Pure. */
#ifndef MOORING_CTL_IMPORT_DDCLIENT_H
#define MOORING_CTL_IMPORT_DDCLIENT_H

#include "base/err.h"
#include "ctl/import_list.h"

/* What is wrong with one account refuses its row, and what another protocol sends is passed over;
 * else ERR_INVAL, ERR_LIMIT, ERR_NOMEM with a sentence that tells the line, and never holds a
 * secret. */
int import_ddclient(struct import_list *l, struct slice text, struct errinfo *ei);

#endif
