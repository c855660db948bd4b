/* SPDX-License-Identifier: BSD-2-Clause
 * What of a list of rows the store has already. Pure, but it takes the time of a login for each
 * account whose secret the file has in clear text and the store as a hash. */
#ifndef MOORING_CTL_IMPORT_MATCH_H
#define MOORING_CTL_IMPORT_MATCH_H

#include "account/account.h"
#include "ctl/import_list.h"

struct peppers;

/* An account of the store, one after the other. */
void import_match_see(struct import_list *l, const struct account *a);
/* All were seen: whether the row is there, differs, or has a name of somebody else's; else it stays
 * new. */
void import_match_judge(struct import_list *l, struct import_row *row,
			const struct peppers *peppers);

#endif
