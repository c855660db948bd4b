/* SPDX-License-Identifier: BSD-2-Clause
 * What the hosts had before the rows were asked, by DNS, and that they get it back. Blocks. */
#ifndef MOORING_CTL_CONFORM_RESTORE_H
#define MOORING_CTL_CONFORM_RESTORE_H

#include <stdbool.h>

#include "ctl/conform_server.h"
#include "ctl/resolver.h"

/* Of one host and one family. */
struct conform_original {
	bool is_known;	  /* the resolver has answered, with one address or with none */
	struct addr addr; /* ADDR_NONE: it had none */
};

struct conform_originals {
	struct conform_original at[CONFORM_HOSTS_MAX][2]; /* IPv4, IPv6 */
};

void conform_look_up(const struct conform_server *s, const struct resolvers *r,
		     struct conform_originals *ret);

/* Appends a sentence for each host that was touched. False: not all of it was put back. */
bool conform_restore(struct conform_server *s, const struct conform_originals *o, struct buf *said);

#endif
