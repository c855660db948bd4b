/* SPDX-License-Identifier: BSD-2-Clause
 * A name that is taken from one account and is another one's, too: that one's addresses take the
 * place of the removed ones. */
#ifndef MOORING_CTL_TAKEOVER_H
#define MOORING_CTL_TAKEOVER_H

#include <stddef.h>

#include "account/account.h"
#include "ctl/records.h"
#include "ctl/session.h"

/* CLAIM: others are those of hosts, as records_delete() found them. What the zone has otherwise is
 * published as a repair does it (ctl/repair.h), so this takes settle-time when there is any. 0, or
 * CTL_FAILED after a sentence on stderr. */
int takeover_publish(struct session *s, const struct account_host *hosts,
		     const struct records_other *others, size_t n);

#endif
