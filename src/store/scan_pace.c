/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/scan_pace.h"

#include <string.h>

#include "base/backoff.h"

enum { THOUSAND = 1000, PER_CENT = 100 };
/* A page is to cost no more than the listing may take in so long, or routers find nothing left. */
enum { PAGE_MAX_MS = 1000 };
/* Part of the whole rate that each good page gives back after a throttle. */
enum { RECOVERY_PAGES = 32 };
/* A page has 1 MB at most, read in units of 4 KB, and one that is cut: what costs more is no price,
 * and must not stop the listing for days. */
enum { PAGE_MAX_UNITS = 1024 / 4 + 1 };
/* Where an emulator does not tell what a page has cost: items of 512 bytes in units of 4 KB. */
enum { ITEMS_OF_A_UNIT = 8 };

static uint64_t share_of(const struct scan_pace *p, uint64_t units)
{
	return units * p->share * THOUSAND / PER_CENT;
}

void scan_pace_init(struct scan_pace *p, unsigned share)
{
	*p = (struct scan_pace){.share = share, .n_items = SCAN_PAGE_ITEMS};
	p->most = p->rate = share_of(p, SCAN_UNKNOWN_UNITS);
}

void scan_pace_set_capacity(struct scan_pace *p, uint64_t units)
{
	if (units == 0 || units > SCAN_PARTITION_UNITS)
		units = SCAN_PARTITION_UNITS;
	p->most = p->rate = share_of(p, units);
}

/* What the page has cost, in thousandths of a unit. */
static uint64_t cost_of(const json_t *reply, unsigned n_items)
{
	const json_t *consumed = json_object_get(reply, "ConsumedCapacity");
	double units = json_number_value(json_object_get(consumed, "CapacityUnits"));

	if (units > 0 && units <= PAGE_MAX_UNITS)
		return (uint64_t)(units * THOUSAND);
	return ((uint64_t)n_items / ITEMS_OF_A_UNIT + 1) * THOUSAND;
}

/* As many items as that money buys in PAGE_MAX_MS, judged by the last page. */
static unsigned fit_items(const struct scan_pace *p, uint64_t cost, unsigned n_items)
{
	uint64_t n = n_items * p->rate * PAGE_MAX_MS / THOUSAND / cost;

	return n > SCAN_PAGE_ITEMS ? SCAN_PAGE_ITEMS : n < 1 ? 1 : (unsigned)n;
}

uint32_t scan_pace_take(struct scan_pace *p, const json_t *reply, unsigned n_items)
{
	uint64_t cost = cost_of(reply, n_items);

	p->n_failed = 0;
	if (n_items > 0 && cost > 0)
		p->n_items = fit_items(p, cost, n_items);
	cost = cost * THOUSAND / p->rate;
	p->rate += p->most / RECOVERY_PAGES;
	if (p->rate > p->most)
		p->rate = p->most;
	return cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
}

uint32_t scan_pace_fail(struct scan_pace *p, bool is_throttled)
{
	/* The half each time, down to a hundredth: somebody else needs the table. */
	if (is_throttled && p->rate > p->most / PER_CENT + 1)
		p->rate /= 2;
	return backoff_ms(SCAN_WAIT_MS, SCAN_WAIT_MAX_MS, p->n_failed++);
}

static uint64_t uint_at(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

bool scan_pace_read_capacity(const json_t *reply, uint64_t *ret)
{
	const json_t *table = json_object_get(reply, "Table");
	uint64_t units;

	if (!json_is_object(table))
		return false;
	/* Those of a table on demand are 0, and it may have a limit that somebody has set. */
	units = uint_at(json_object_get(table, "ProvisionedThroughput"), "ReadCapacityUnits");
	if (units == 0)
		units = uint_at(json_object_get(table, "OnDemandThroughput"),
				"MaxReadRequestUnits");
	*ret = units;
	return true;
}
