/* SPDX-License-Identifier: BSD-2-Clause
 * Whom the engine tells what happens, beside the clients: whoever opens it has that done. Core
 * thread; all functions have to be there. */
#ifndef MOORING_ENGINE_NEWS_H
#define MOORING_ENGINE_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/fqdn.h"
#include "store/store.h"

/* The addresses of a host became others, because an update asked for it, and the zone has them.
 * Borrowed for the call. */
struct engine_change {
	const char *user;
	const struct fqdn *name;
	struct addr_pair old; /* nothing set: what was there before is not known */
	struct addr_pair new;
	/* With user, name and new the same for whoever tells of this change, and however often: the
	 * moment in milliseconds when an update first asked for it, and 0. Where the store does not
	 * know that, the seq since which the host is owed, and when it was last published before.
	 */
	uint64_t mark;
	int64_t before_s;
};

struct engine_news {
	void *arg;
	/* Whether anybody is to know of changes of that host. */
	bool (*wants_changes)(void *arg, const struct fqdn *name);
	/* As a verb of the store. Until done says 0, the store is not told that the host is
	 * published, and so whoever starts after a crash tells it again: at least once. */
	int (*changed)(void *arg, const struct engine_change *c, store_done_fn *done,
		       void *done_arg);
	/* The zone's backend will never take that name or address. */
	void (*name_refused)(void *arg, const char *user, const struct fqdn *name,
			     const struct addr_pair *want);
	/* So many logins failed that the brake holds (account/penalty.h). user is what the client
	 * called itself. */
	void (*logins_refused)(void *arg, const char *user, const struct addr *client);
	/* An update of the host was answered good or nochg. */
	void (*accepted)(void *arg, const struct fqdn *name);
};

#endif
