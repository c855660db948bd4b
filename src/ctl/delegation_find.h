/* SPDX-License-Identifier: BSD-2-Clause
 * What a resolver says of a zone's delegation. Blocks. */
#ifndef MOORING_CTL_DELEGATION_FIND_H
#define MOORING_CTL_DELEGATION_FIND_H

#include "ctl/delegation.h"
#include "ctl/resolver.h"

/* Fills in what was found, which goes to *found, and why nothing was: in ret, borrowed from found
 * and ei. Its other members are the caller's. */
void delegation_find(const struct resolvers *r, const struct fqdn *zone, struct names *found,
		     struct delegation *ret, struct errinfo *ei);

#endif
