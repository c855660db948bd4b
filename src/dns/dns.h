/* SPDX-License-Identifier: BSD-2-Clause
 * Where records are published: the vtable of Route 53 and the builtin name server. Core thread.
 *
 * submit() returns < 0 when nothing was started (done is not called), or 0, and then done is called
 * exactly once, on the core thread, never from inside the call. A batch is accepted as a whole or
 * not at all. Codes that done sees: 0 (accepted), ERR_REFUSED (at least one change can never be
 * accepted: the caller splits the batch), ERR_NOTFOUND (no such zone), ERR_DENIED, ERR_THROTTLED,
 * ERR_TIMEOUT (outcome unknown), ERR_UNAVAILABLE, ERR_PROTOCOL, ERR_NOMEM, ERR_CANCELED. */
#ifndef MOORING_DNS_DNS_H
#define MOORING_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/addr.h"
#include "net/fqdn.h"

struct dns;

enum dns_action {
	DNS_UPSERT, /* the record set (name, type) becomes this one address */
	DNS_DELETE, /* deletes the record set of this address and TTL; accepted if it is gone */
};

/* One record set change; the address family tells the type (A or AAAA). */
struct dns_change {
	enum dns_action action;
	struct fqdn name;
	struct addr addr;
	uint32_t ttl;
};

typedef void dns_done_fn(void *arg, int err, const struct errinfo *why);

struct dns_ops {
	const char *name;
	/* The largest batch that submit() takes, in changes. */
	size_t max_changes;
	/* True when the records live in this process: the engine then loads every wanted record at
	 * start and takes away what the store no longer has. */
	bool is_volatile;
	void (*close)(struct dns *d); /* NULL ok; pending done functions see ERR_CANCELED */
	/* 1 <= n <= max_changes; all names are within the zone. Borrows changes until done. */
	int (*submit)(struct dns *d, const struct dns_change *changes, size_t n, dns_done_fn *done,
		      void *arg);
	/* This function and the next two are optional, for a backend whose service limits the rate;
	 * submit() works without them. Returns how many changes the next batch should have at most
	 * now, from 1 to max_changes. */
	size_t (*batch_len)(struct dns *d);
	/* How many changes could be sent at once now and leave half of what the service allows to
	 * those that are more urgent; 0: none. */
	size_t (*spare_len)(struct dns *d);
	/* Takes a place in the queue for this batch, unless one is held already. Returns 0 when it
	 * is the batch's turn, otherwise after how many milliseconds to call again. submit() gives
	 * the place back. */
	uint32_t (*wait_ms)(struct dns *d, const struct dns_change *changes, size_t n);
	/* Optional, with wait_ms: the batch that waits for its turn is not sent after all. */
	void (*leave)(struct dns *d);
	/* Optional; within done. True: of something that was sent for the batch it is not known
	 * what became, so that its changes may still be made, whatever err says. */
	bool (*was_lost)(const struct dns *d);
	/* Volatile backends only. The caller begins a reconciliation, keeps every name that is to
	 * stay (keep adds the records if they are missing), and ends it: names that were neither
	 * kept nor changed by submit() since the begin are dropped. All take effect at once and can
	 * only fail for want of memory. */
	void (*reconcile_begin)(struct dns *d);
	int (*reconcile_keep)(struct dns *d, const struct fqdn *name, const struct addr_pair *addrs,
			      uint32_t ttl);
	void (*reconcile_end)(struct dns *d, bool complete); /* false: drop nothing */
};

struct dns {
	const struct dns_ops *ops;
};

void dns_close(struct dns *d);
/* The optional functions of the vtable. Without them the results are max_changes, twice, and 0. */
size_t dns_batch_len(struct dns *d);
size_t dns_spare_len(struct dns *d);
uint32_t dns_wait_ms(struct dns *d, const struct dns_change *changes, size_t n);
void dns_leave(struct dns *d);
/* Within done, which was told err. Without the function of the vtable every error counts, but for
 * those that prove the batch to be refused. */
bool dns_was_lost(const struct dns *d, int err);
int dns_submit(struct dns *d, const struct dns_change *changes, size_t n, dns_done_fn *done,
	       void *arg);

#endif
