/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/takeover.h"

#include <stdlib.h>

#include "base/str.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/drift.h"
#include "ctl/interrupt.h"
#include "ctl/progress.h"
#include "ctl/repair.h"
#include "ctl/say.h"

struct takeover {
	struct session *s;
	struct progress progress;
	struct drift_set *sets; /* two for each host */
	size_t n;
	struct repair_item *items; /* those of one zone after those of another */
	bool has_failed;
};

static void takeover_fail(void *arg, const struct errinfo *why)
{
	struct takeover *t = arg;

	progress_wipe(&t->progress);
	t->has_failed = true;
	ctl_fail("an address of another account was not published (mooringctl verify --repair): %s",
		 why->text);
}

static void takeover_on_repaired(void *arg, const struct drift_set *set)
{
	(void)arg;
	(void)set;
}

static void takeover_add(struct takeover *t, const struct account_host *host,
			 const struct records_other *other)
{
	static const char *const types[] = {"A", "AAAA"};
	const struct backend_zone *zone = session_zone(t->s, &host->name);
	size_t i;

	if (other->user[0] == '\0' || zone == NULL || zone->route53 == NULL)
		return;
	for (i = 0; i < 2; i++) {
		struct drift_set *set = &t->sets[t->n++];

		*set = (struct drift_set){.zone = zone, .name = host->name, .type = types[i]};
		str_copy(set->user, sizeof(set->user), slice_of(other->user));
	}
}

/* Lists what the zone has otherwise. What is owed is the daemon's work. */
static size_t takeover_find(struct takeover *t, const struct backend_zone *zone,
			    struct repair_item *items)
{
	struct errinfo ei = ERRINFO_INIT;
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		struct drift_set *set = &t->sets[i];

		if (set->zone != zone)
			continue;
		if (drift_decide(set, t->s, true, &ei) != 0) {
			takeover_fail(t, &ei);
			break;
		}
		if (set->kind == DRIFT_MISSING || set->kind == DRIFT_DIFFERENT)
			items[n++].set = set;
	}
	return n;
}

/* All zones wait for what may still arrive at the same time. */
static void takeover_repair(struct takeover *t)
{
	const struct backends *b = &t->s->backends;
	struct repair repair = {.s = t->s,
				.progress = &t->progress,
				.on_repaired = takeover_on_repaired,
				.on_refused = takeover_fail,
				.arg = t};
	struct errinfo ei = ERRINFO_INIT;
	size_t i, start = 0, n[CONF_ZONES_MAX] = {0};

	for (i = 0; i < b->n_zones; start += n[i++]) {
		n[i] = takeover_find(t, &b->zones[i], &t->items[start]);
		if (n[i] > 0 &&
		    repair_begin(&repair, &b->zones[i], &t->items[start], n[i], &ei) != 0)
			takeover_fail(t, &ei);
	}
	for (i = 0, start = 0; i < b->n_zones; start += n[i++])
		if (n[i] > 0 &&
		    repair_finish(&repair, &b->zones[i], &t->items[start], n[i], &ei) != 0)
			takeover_fail(t, &ei);
	progress_wipe(&t->progress);
}

int takeover_publish(struct session *s, const struct account_host *hosts,
		     const struct records_other *others, size_t n)
{
	struct takeover t = {.s = s};
	size_t i;

	if (n == 0)
		return 0;
	t.sets = calloc(n, 2 * sizeof(*t.sets));
	t.items = calloc(n, 2 * sizeof(*t.items));
	if (t.sets == NULL || t.items == NULL) {
		takeover_fail(&t, &(struct errinfo){.code = ERR_NOMEM, .text = "out of memory"});
	} else {
		for (i = 0; i < n; i++)
			takeover_add(&t, &hosts[i], &others[i]);
		interrupt_guard_begin();
		takeover_repair(&t);
		interrupt_guard_end();
	}
	free(t.sets);
	free(t.items);
	return t.has_failed ? CTL_FAILED : 0;
}
