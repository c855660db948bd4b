/* SPDX-License-Identifier: BSD-2-Clause
 * What an update tells the history: of the hosts that it changes once it is answered, and of those
 * that stay as they are. Core thread. */
#ifndef MOORING_ENGINE_UPDATE_HISTORY_H
#define MOORING_ENGINE_UPDATE_HISTORY_H

#include <stdbool.h>

#include "dyndns/reply.h"

struct engine_request;
struct fqdn;
struct history;
struct plan;
struct update_draft; /* what a plan changes, until the update is answered */

/* Takes what plan changes in the place of what *d (may be NULL) had. NULL: the history does not
 * want it, or there is no memory. h may be NULL here and below. */
void update_draft_take(const struct history *h, const struct plan *plan, struct update_draft **d);
/* NULL is fine. */
void update_draft_free(struct update_draft *d);
/* r, of user, is answered with codes of the items of the plan; NULL: none of them was stored.
 * stored tells which the store holds, or may; NULL: all of them. Frees what *d has (may be NULL),
 * and sets it to NULL. */
void update_draft_tell(struct history *h, struct update_draft **d, const struct engine_request *r,
		       const char *user, const enum dyndns_code *codes, const bool *stored);
/* The lines of plan that change nothing; only_host: the host that they are about, if it has a
 * length. */
void update_tell_unchanged(struct history *h, const struct plan *plan, const struct fqdn *only_host,
			   const struct engine_request *r, const char *user);

#endif
