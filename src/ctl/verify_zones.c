/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl verify: do the zones hold what the store says is published? */
#include "ctl/verify_zones.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/drift.h"
#include "ctl/frame.h"
#include "ctl/interrupt.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/repair.h"
#include "ctl/say.h"
#include "ctl/verify_nobody.h"
#include "ctl/zone_read.h"

/* How often hosts that changed during a repair are compared and repaired again. */
enum { ROUNDS_MAX = 4 };
/* Up to so many suspects are read again one by one. With more of them only those are whose account
 * changed meanwhile, because each costs a request, while one page of the listing holds 300. */
enum { LOOK_AGAIN_MAX = 32 };

/* What is being repaired in one zone. */
struct zone_repair {
	bool is_compared;
	size_t n_nobody;
	struct repair_item *items; /* NULL: nothing, or nothing any more */
	size_t n;
};

struct run {
	struct session *s;
	struct progress progress;
	unsigned rate;
	bool repair;
	bool yes;
	struct nobody nobody; /* of the zone that is compared */
	json_t *lines;	      /* NULL: text */
	bool has_failed;
	bool has_drift;
};

static void verify_fail(struct run *r, const struct errinfo *ei)
{
	progress_wipe(&r->progress);
	ctl_fail("%s", ei->text);
	r->has_failed = true;
}

static bool is_fixable(const struct drift_set *set)
{
	return set->kind == DRIFT_MISSING || set->kind == DRIFT_DIFFERENT;
}

static void print_text(const struct drift_set *set)
{
	char want[ADDR_TEXT_MAX], found[ADDR_TEXT_MAX];

	addr_format(&set->want, want);
	printf("%s %s %s", drift_kind_name(set->kind), set->name.text, set->type);
	switch (set->kind) {
	case DRIFT_MISSING:
		printf(": the zone lacks %s ttl %u\n", want, (unsigned)set->want_ttl);
		break;
	case DRIFT_DIFFERENT:
		printf(": the zone has %s ttl %u instead of %s ttl %u\n",
		       addr_format(&set->found, found), (unsigned)set->found_ttl, want,
		       (unsigned)set->want_ttl);
		break;
	case DRIFT_FOREIGN:
		printf(": the zone has %s, which mooring never makes\n", set->foreign);
		break;
	case DRIFT_WAITING:
		printf(": %s is still to be published\n", want);
		break;
	case DRIFT_NONE:
		break;
	}
}

static json_t *address_json(const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	return addr_is_set(a) ? json_string(addr_format(a, text)) : json_null();
}

static json_t *ttl_json(bool is_there, uint32_t ttl)
{
	return is_there ? json_integer(ttl) : json_null();
}

static void add_json(json_t *lines, const struct drift_set *set)
{
	json_t *o = json_object();

	json_object_set_new(o, "drift", json_string(drift_kind_name(set->kind)));
	json_object_set_new(o, "zone", json_string(set->zone->conf->name.text));
	json_object_set_new(o, "host", json_string(set->name.text));
	json_object_set_new(o, "type", json_string(set->type));
	json_object_set_new(o, "wanted", address_json(&set->want));
	json_object_set_new(o, "wanted-ttl", ttl_json(addr_is_set(&set->want), set->want_ttl));
	json_object_set_new(o, "found", address_json(&set->found));
	json_object_set_new(o, "found-ttl", ttl_json(addr_is_set(&set->found), set->found_ttl));
	if (set->foreign != NULL)
		json_object_set_new(o, "foreign", json_string(set->foreign));
	json_array_append_new(lines, o);
}

static void print_summary(const struct backend_zone *zone, const size_t n[DRIFT_KINDS],
			  size_t n_nobody)
{
	printf("zone %s: %zu as wanted, %zu missing, %zu different, %zu foreign, "
	       "%zu waiting",
	       zone->conf->name.text, n[DRIFT_NONE], n[DRIFT_MISSING], n[DRIFT_DIFFERENT],
	       n[DRIFT_FOREIGN], n[DRIFT_WAITING]);
	if (n_nobody > 0)
		printf(", %zu nobody's", n_nobody);
	putchar('\n');
}

static struct verify_nobody nobody_of(struct run *r)
{
	return (struct verify_nobody){
		.s = r->s, .progress = &r->progress, .lines = r->lines, .is_agreed = r->yes};
}

static bool is_of(const struct drift_set *set, const struct backend_zone *zone)
{
	return set->zone == zone && (set->kind != DRIFT_NONE || addr_is_set(&set->want));
}

static void report_set(struct run *r, const struct drift_set *set)
{
	if (r->lines != NULL)
		add_json(r->lines, set);
	else
		print_text(set);
}

static void verify_count(const struct drift *d, const struct backend_zone *zone,
			 size_t n[DRIFT_KINDS])
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (is_of(&d->sets[i], zone))
			n[d->sets[i].kind]++;
}

static void report_zone(struct run *r, const struct drift *d, const struct backend_zone *zone)
{
	struct verify_nobody nobody = nobody_of(r);
	size_t i, n[DRIFT_KINDS] = {0};

	progress_wipe(&r->progress);
	for (i = 0; i < d->n; i++)
		if (is_of(&d->sets[i], zone) && d->sets[i].kind != DRIFT_NONE)
			report_set(r, &d->sets[i]);
	verify_nobody_report(&nobody, &r->nobody, zone);
	verify_count(d, zone, n);
	if (r->lines == NULL)
		print_summary(zone, n, r->nobody.n);
}

/* A listing takes a while, so what it seems to show is read again before it is reported. */
static int decide_zone(struct run *r, struct drift *d, const struct backend_zone *zone)
{
	struct errinfo ei = ERRINFO_INIT;
	size_t i, n[DRIFT_KINDS] = {0}, n_suspects;

	verify_count(d, zone, n);
	n_suspects = n[DRIFT_MISSING] + n[DRIFT_DIFFERENT] + n[DRIFT_FOREIGN] + n[DRIFT_WAITING];
	progress_begin(&r->progress, "suspected record sets looked at again", zone->conf->name.text,
		       n_suspects, r->rate);
	for (i = 0; i < d->n; i++) {
		struct drift_set *set = &d->sets[i];

		if (!is_of(set, zone) || set->kind == DRIFT_NONE)
			continue;
		if (drift_decide(set, r->s, n_suspects <= LOOK_AGAIN_MAX, &ei) != 0) {
			verify_fail(r, &ei);
			return ERR_UNAVAILABLE;
		}
		progress_add(&r->progress, 1);
	}
	progress_wipe(&r->progress);
	return 0;
}

/* Returns true when the zone could be compared. */
static bool compare_zone(struct run *r, struct drift *d, const struct backend_zone *zone)
{
	struct errinfo ei = ERRINFO_INIT;
	size_t total;

	if (zone->route53 == NULL) {
		if (r->lines == NULL)
			printf("zone %s: nothing to compare, the daemon serves it from the "
			       "store\n",
			       zone->conf->name.text);
		return false;
	}
	nobody_fini(&r->nobody);
	d->nobody = &r->nobody;
	total = progress_is_wanted() ? zone_read_count(r->s, zone) : 0;
	progress_begin(&r->progress, "record sets listed", zone->conf->name.text, total, r->rate);
	if (drift_take_zone(d, r->s, zone, &r->progress, &ei) != 0) {
		verify_fail(r, &ei);
		return false;
	}
	if (decide_zone(r, d, zone) != 0)
		return false;
	if (nobody_look_again(&r->nobody, r->s, zone, &ei) != 0) {
		verify_fail(r, &ei);
		return false;
	}
	report_zone(r, d, zone);
	return true;
}

static void report_repaired(void *arg, const struct drift_set *set)
{
	struct run *r = arg;
	char text[ADDR_TEXT_MAX];
	json_t *o;

	progress_wipe(&r->progress);
	addr_format(&set->want, text);
	if (r->lines == NULL) {
		printf("repaired %s %s: %s ttl %u\n", set->name.text, set->type, text,
		       (unsigned)set->want_ttl);
		return;
	}
	o = json_pack("{s:s, s:s, s:s, s:s, s:I}", "drift", "repaired", "host", set->name.text,
		      "type", set->type, "wanted", text, "wanted-ttl", (json_int_t)set->want_ttl);
	json_array_append_new(r->lines, o);
}

static void report_refused(void *arg, const struct errinfo *why)
{
	verify_fail(arg, why);
}

/* Lists the record sets of a zone that are to be repaired. */
static int collect(const struct drift *d, const struct backend_zone *zone, struct zone_repair *ret)
{
	size_t i, n[DRIFT_KINDS] = {0};

	verify_count(d, zone, n);
	if (n[DRIFT_MISSING] + n[DRIFT_DIFFERENT] == 0)
		return 0;
	ret->items = calloc(n[DRIFT_MISSING] + n[DRIFT_DIFFERENT], sizeof(*ret->items));
	if (ret->items == NULL)
		return ERR_NOMEM;
	for (i = 0; i < d->n; i++)
		if (d->sets[i].zone == zone && is_fixable(&d->sets[i]))
			ret->items[ret->n++].set = &d->sets[i];
	return 0;
}

/* Takes over the outcome of each repair. Returns true when some have to be repaired again. */
static bool take_outcomes(struct run *r, struct repair_item *items, size_t n)
{
	struct errinfo ei = ERRINFO_INIT;
	bool again = false;
	size_t i;

	for (i = 0; i < n; i++) {
		struct drift_set *set = items[i].set;

		if (items[i].outcome == REPAIR_DONE)
			set->kind = DRIFT_NONE;
		if (items[i].outcome != REPAIR_MOVED || interrupt_came())
			continue;
		if (drift_decide(set, r->s, true, &ei) != 0) {
			verify_fail(r, &ei);
			return false;
		}
		again = again || is_fixable(set);
	}
	return again;
}

static struct repair repair_of(struct run *r)
{
	return (struct repair){.s = r->s,
			       .progress = &r->progress,
			       .on_repaired = report_repaired,
			       .on_refused = report_refused,
			       .arg = r};
}

/* Publishes what a zone lacks. */
static void begin_round(struct run *r, const struct drift *d, const struct backend_zone *zone,
			struct zone_repair *z)
{
	struct repair repair = repair_of(r);
	struct errinfo ei = ERRINFO_INIT;

	if (collect(d, zone, z) != 0) {
		err_set(&ei, ERR_NOMEM, "out of memory");
		verify_fail(r, &ei);
	}
	if (z->n == 0)
		return;
	progress_begin(&r->progress, "record sets repaired", zone->conf->name.text, z->n, r->rate);
	if (repair_begin(&repair, zone, z->items, z->n, &ei) != 0)
		verify_fail(r, &ei);
	progress_wipe(&r->progress);
}

/* Publishes it once more, later. Returns true when some have to be repaired again. */
static bool finish_round(struct run *r, const struct backend_zone *zone, struct zone_repair *z)
{
	struct repair repair = repair_of(r);
	struct errinfo ei = ERRINFO_INIT;
	bool again;

	if (repair_finish(&repair, zone, z->items, z->n, &ei) != 0)
		verify_fail(r, &ei);
	again = take_outcomes(r, z->items, z->n) && !r->has_failed;
	progress_wipe(&r->progress);
	free(z->items);
	z->items = NULL;
	z->n = 0;
	return again;
}

static void finish_repair(struct run *r, const struct drift *d, const struct backend_zone *zone,
			  struct zone_repair *z)
{
	size_t n[DRIFT_KINDS] = {0};
	unsigned round = 1;

	while (finish_round(r, zone, z) && round++ < ROUNDS_MAX && !interrupt_came())
		begin_round(r, d, zone, z);
	verify_count(d, zone, n);
	if (r->lines == NULL)
		print_summary(zone, n, z->n_nobody);
}

static void delete_nobody(struct run *r, const struct backend_zone *zone)
{
	struct verify_nobody nobody = nobody_of(r);

	if (interrupt_came())
		return;
	verify_nobody_delete(&nobody, &r->nobody, zone);
	r->has_failed = r->has_failed || nobody.has_failed;
}

/* All zones wait for what may still arrive at the same time. */
static void repair_zones(struct run *r, const struct drift *d, struct zone_repair *repairs)
{
	const struct backend_zone *zones = r->s->backends.zones;
	size_t i, n = r->s->backends.n_zones;

	interrupt_guard_begin();
	for (i = 0; i < n && !interrupt_came(); i++)
		if (repairs[i].is_compared)
			begin_round(r, d, &zones[i], &repairs[i]);
	for (i = 0; i < n; i++)
		if (repairs[i].n > 0)
			finish_repair(r, d, &zones[i], &repairs[i]);
	interrupt_guard_end();
}

static void note_drift(struct run *r, const struct drift *d, const struct backend_zone *zone)
{
	size_t n[DRIFT_KINDS] = {0};

	verify_count(d, zone, n);
	if (n[DRIFT_MISSING] + n[DRIFT_DIFFERENT] + n[DRIFT_FOREIGN] > 0)
		r->has_drift = true;
}

/* A zone that cannot be read is reported, and the others are compared all the same. */
static void compare_zones(struct run *r, struct drift *d, struct zone_repair *repairs)
{
	const struct backend_zone *zones = r->s->backends.zones;
	size_t i, n = r->s->backends.n_zones;

	for (i = 0; i < n && !interrupt_came(); i++) {
		repairs[i].is_compared = compare_zone(r, d, &zones[i]);
		if (repairs[i].is_compared && r->repair)
			delete_nobody(r, &zones[i]);
		repairs[i].n_nobody = r->nobody.n;
	}
	if (r->repair)
		repair_zones(r, d, repairs);
	for (i = 0; i < n; i++)
		if (repairs[i].is_compared)
			note_drift(r, d, &zones[i]);
}

static void compare_all(struct run *r)
{
	struct zone_repair *repairs = calloc(r->s->backends.n_zones + 1, sizeof(*repairs));
	struct errinfo ei = ERRINFO_INIT;
	struct drift d = {0};

	if (repairs == NULL) {
		err_set(&ei, ERR_NOMEM, "out of memory");
		verify_fail(r, &ei);
	} else if (drift_take_store(&d, r->s, &ei) != 0) {
		verify_fail(r, &ei);
	} else {
		compare_zones(r, &d, repairs);
	}
	nobody_fini(&r->nobody);
	drift_fini(&d);
	free(repairs);
}

static int verify_zones(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct run r = {.s = s, .repair = args->repair, .yes = args->yes};
	uint64_t rate = 0;

	(void)none;
	r.lines = args->json ? json_array() : NULL;
	if (args->rate != NULL)
		str_parse_uint(slice_of(args->rate), CTL_RATE_MAX, &rate);
	r.rate = zone_read_set_rate(s, (unsigned)rate);
	compare_all(&r);
	if (r.lines != NULL)
		print_json(r.lines);
	if (interrupt_came())
		ctl_fail("interrupted: what is told above as repaired is done, the rest is as it "
			 "was");
	return r.has_failed || r.has_drift || interrupt_came() ? CTL_FAILED : CTL_OK;
}

int ctl_verify(const struct ctl_args *args)
{
	if (args->yes && !args->repair)
		return ctl_wrong_usage("--yes goes with --repair");
	return frame_run(args, FRAME_STORE, verify_zones);
}
