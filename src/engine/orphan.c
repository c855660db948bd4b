/* SPDX-License-Identifier: BSD-2-Clause
 * Hosts that were taken from their account while they were published. Their records are deleted;
 * but the name may be another account's by now, which another daemon has published, and the store
 * is asked by account only. So the whole store is listed once, and whoever has the name is
 * published again. */
#include "engine/internal.h"

#include "dns/dns.h"
#include "net/fqdn.h"

void orphan_add(struct host *h)
{
	/* A listing keeps a volatile zone right. */
	if (h->is_orphan || h->e->zones[h->zone].dns->ops->is_volatile)
		return;
	h->is_orphan = true;
	h->is_claimable = false;
	TAILQ_INSERT_TAIL(&h->e->orphans, h, orphan_link);
}

void orphan_landed(struct host *h)
{
	if (h->is_orphan && !h->is_claimable && !publish_is_busy(&h->pub))
		sync_claims(h->e);
}

void orphan_list_begin(struct engine *e)
{
	struct host *h;

	TAILQ_FOREACH(h, &e->orphans, orphan_link)
	h->is_claimable = !publish_is_busy(&h->pub);
}

bool orphan_is_claimed(const struct engine *e, const struct fqdn *name)
{
	const struct host *h;

	TAILQ_FOREACH(h, &e->orphans, orphan_link)
	if (h->is_claimable && fqdn_equal(&h->pub.name, name))
		return true;
	return false;
}

void orphan_list_end(struct engine *e, bool is_over)
{
	struct host *h, *next;

	for (h = TAILQ_FIRST(&e->orphans); h != NULL; h = next) {
		next = TAILQ_NEXT(h, orphan_link);
		if (h->is_claimable && is_over) {
			TAILQ_REMOVE(&e->orphans, h, orphan_link);
			h->is_orphan = false;
			host_free_if_idle(h);
		} else {
			h->is_claimable = false;
		}
	}
}
