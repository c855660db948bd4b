/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts from JSON: what "mooringctl export" writes, the items that "aws dynamodb scan" prints,
 * and a configuration of dyndnsd.rb. The member that holds them tells which it is. Pure. */
#ifndef MOORING_CTL_IMPORT_JSON_H
#define MOORING_CTL_IMPORT_JSON_H

#include "base/err.h"
#include "ctl/import_list.h"

/* Of "version": what "export" writes. */
enum { IMPORT_JSON_VERSION = 1 };
#define IMPORT_JSON_ACCOUNTS "accounts"

enum import_json {
	IMPORT_JSON_EXPORT,
	IMPORT_JSON_DYNAMODB,
	IMPORT_JSON_DYNDNSD,
	IMPORT_JSON_ANY,
};

/* What is wrong with one account refuses its row; else ERR_INVAL, ERR_NOMEM with a sentence that
 * tells the line, and never holds a secret. */
int import_json(struct import_list *l, struct slice text, enum import_json kind,
		struct errinfo *ei);

#endif
