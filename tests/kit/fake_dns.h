/* SPDX-License-Identifier: BSD-2-Clause
 * A publisher whose zone is a table in memory, and which misbehaves as told. In the time of
 * kit/engine_kit.h. */
#ifndef MOORING_TESTS_KIT_FAKE_DNS_H
#define MOORING_TESTS_KIT_FAKE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "dns/pace.h"
#include "net/addr.h"
#include "net/fqdn.h"

enum { FAKE_RECORDS_MAX = 2048, FAKE_BATCHES_MAX = 8192, FAKE_SCRIPT_MAX = 64 };

struct fake_record {
	struct fqdn name;
	struct addr_pair addrs;
	bool is_kept, is_touched; /* of a reconciliation */
};

struct fake_dns {
	struct dns dns;
	struct dns_ops ops;
	struct fake_dns *zone; /* whose records it writes: its own, or shared with another */
	size_t n_records;
	struct fake_record records[FAKE_RECORDS_MAX];

	int64_t latency_ms;
	size_t n_script; /* errors of the next batches: > 0 is "refuse to start" with -it */
	int script[FAKE_SCRIPT_MAX];
	bool applies_errors; /* a TIMEOUT of the script was carried out all the same */
	struct pace *pace; /* optional; shared with others: each change costs 2, each batch waits */
	struct pace_ticket ticket;
	unsigned error_percent;		/* of random trouble */
	const char *poison;		/* a name that is never accepted ... */
	uint8_t poison_family;		/* ... ADDR_NONE: in neither family */
	void (*on_submit)(void *arg);	/* optional, before the batch is taken */
	void (*on_accepted)(void *arg); /* optional, before done is called */
	void *hook_arg;
	/* Optional: the changes of the batch are sent (err 1), or were answered with err. */
	void (*on_change)(void *arg, const struct dns_change *c, int err);
	void *change_arg;

	size_t n_batches; /* taken */
	size_t batch_len[FAKE_BATCHES_MAX];
	int64_t batch_ms[FAKE_BATCHES_MAX];
	bool is_busy;
	bool is_reconciling;
	unsigned n_reconciled;
	const struct dns_change *changes;
	size_t n_changes;
	dns_done_fn *done;
	void *arg;
};

struct fake_dns *fake_dns_new(size_t max_changes, bool is_volatile);
/* To be shared by several; borrowed. */
void fake_dns_set_pace(struct fake_dns *f, struct pace *pace);
void fake_dns_free(struct fake_dns *f);
/* "81.2.69.1,2a02::1" as the zone has it; "" for none. Valid until the next call. */
const char *fake_dns_get(const struct fake_dns *f, const char *name);

#endif
