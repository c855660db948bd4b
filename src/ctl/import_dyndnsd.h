/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts from the configuration of dyndnsd.rb: "users" with "password" and "hosts" each. Of YAML
 * it knows what such a file needs, mappings and sequences in block form, sequences of one line and
 * quoted text, and refuses the rest where it would matter. As JSON: ctl/import_json.h. Pure. */
#ifndef MOORING_CTL_IMPORT_DYNDNSD_H
#define MOORING_CTL_IMPORT_DYNDNSD_H

#include "base/err.h"
#include "ctl/import_list.h"

/* What is wrong with one account refuses its row; else ERR_INVAL, ERR_NOMEM with a sentence that
 * tells the line, and never holds a secret. */
int import_dyndnsd(struct import_list *l, struct slice text, struct errinfo *ei);

#endif
