/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl verify: do the zones hold what the store says is published? */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "ctl/ctl.h"
#include "ctl/drift.h"
#include "ctl/print.h"

/* A repair may cross an update of the daemon's and put the older address over the newer one: what
 * was repaired is compared again, and repaired again. */
enum { ROUNDS_MAX = 4 };

struct run {
	struct session s;
	bool repair;
	json_t *lines; /* NULL: text */
	unsigned round;
	size_t n_repaired;
	bool has_failed;
	bool has_drift; /* in the last round */
};

static void fail(struct run *r, const struct errinfo *ei)
{
	(void)ctl_fail("%s", ei->text);
	r->has_failed = true;
}

static bool is_fixable(const struct drift_set *set)
{
	return set->kind == DRIFT_MISSING || set->kind == DRIFT_DIFFERENT;
}

static void print_text(const struct drift_set *set)
{
	char want[ADDR_TEXT_MAX], found[ADDR_TEXT_MAX];

	(void)addr_format(&set->want, want);
	(void)printf("%s %s %s", drift_kind_name(set->kind), set->name.text, set->type);
	switch (set->kind) {
	case DRIFT_MISSING:
		(void)printf(": the zone lacks %s ttl %u\n", want, (unsigned)set->want_ttl);
		break;
	case DRIFT_DIFFERENT:
		(void)printf(": the zone has %s ttl %u instead of %s ttl %u\n",
			     addr_format(&set->found, found), (unsigned)set->found_ttl, want,
			     (unsigned)set->want_ttl);
		break;
	case DRIFT_FOREIGN:
		(void)printf(": the zone has %s, which mooring never makes\n", set->foreign);
		break;
	case DRIFT_WAITING:
		(void)printf(": %s is still to be published\n", want);
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

	(void)json_object_set_new(o, "drift", json_string(drift_kind_name(set->kind)));
	(void)json_object_set_new(o, "zone", json_string(set->zone->conf->name.text));
	(void)json_object_set_new(o, "host", json_string(set->name.text));
	(void)json_object_set_new(o, "type", json_string(set->type));
	(void)json_object_set_new(o, "wanted", address_json(&set->want));
	(void)json_object_set_new(o, "wanted-ttl",
				  ttl_json(addr_is_set(&set->want), set->want_ttl));
	(void)json_object_set_new(o, "found", address_json(&set->found));
	(void)json_object_set_new(o, "found-ttl",
				  ttl_json(addr_is_set(&set->found), set->found_ttl));
	if (set->foreign != NULL)
		(void)json_object_set_new(o, "foreign", json_string(set->foreign));
	(void)json_array_append_new(lines, o);
}

static void print_summary(const struct backend_zone *zone, const size_t n[DRIFT_KINDS])
{
	(void)printf("zone %s: %zu as wanted, %zu missing, %zu different, %zu foreign, "
		     "%zu waiting\n",
		     zone->conf->name.text, n[DRIFT_NONE], n[DRIFT_MISSING], n[DRIFT_DIFFERENT],
		     n[DRIFT_FOREIGN], n[DRIFT_WAITING]);
}

/* After the first round only what a repair has left or made is news. */
static void report_zone(struct run *r, const struct drift *d, const struct backend_zone *zone)
{
	size_t i, n[DRIFT_KINDS] = {0};

	for (i = 0; i < d->n; i++) {
		const struct drift_set *set = &d->sets[i];

		if (set->zone != zone || (set->kind == DRIFT_NONE && !addr_is_set(&set->want)))
			continue;
		n[set->kind]++;
		if (set->kind == DRIFT_NONE || (r->round > 0 && !is_fixable(set)))
			continue;
		if (r->lines != NULL)
			add_json(r->lines, set);
		else
			print_text(set);
	}
	if (n[DRIFT_MISSING] + n[DRIFT_DIFFERENT] + n[DRIFT_FOREIGN] > 0)
		r->has_drift = true;
	if (r->lines == NULL)
		print_summary(zone, n);
}

static void compare_zone(struct run *r, struct drift *d, const struct backend_zone *zone)
{
	struct errinfo ei = ERRINFO_INIT;

	if (zone->route53 == NULL) {
		if (r->lines == NULL && r->round == 0)
			(void)printf("zone %s: nothing to compare, the daemon serves it from the "
				     "store\n",
				     zone->conf->name.text);
		return;
	}
	if (drift_take_zone(d, &r->s, zone, &ei) != 0)
		fail(r, &ei);
	else
		report_zone(r, d, zone);
}

static void report_repaired(struct run *r, const struct dns_change *c)
{
	const char *type = c->addr.family == ADDR_V6 ? "AAAA" : "A";
	char text[ADDR_TEXT_MAX];
	json_t *o;

	(void)addr_format(&c->addr, text);
	if (r->lines == NULL) {
		(void)printf("repaired %s %s: %s ttl %u\n", c->name.text, type, text,
			     (unsigned)c->ttl);
		return;
	}
	o = json_pack("{s:s, s:s, s:s, s:s, s:I}", "drift", "repaired", "host", c->name.text,
		      "type", type, "wanted", text, "wanted-ttl", (json_int_t)c->ttl);
	(void)json_array_append_new(r->lines, o);
}

/* Of a batch that is refused as a whole every record set that can be published is. */
static int submit(struct run *r, struct dns *dns, const struct dns_change *changes, size_t n)
{
	struct errinfo ei = ERRINFO_INIT;
	int err = session_submit(&r->s, dns, changes, n, &ei);
	size_t i;

	if (err == ERR_REFUSED && n > 1) {
		err = submit(r, dns, changes, n / 2);
		return err != 0 && err != ERR_REFUSED ? err
						      : submit(r, dns, changes + n / 2, n - n / 2);
	}
	if (err != 0) {
		fail(r, &ei);
		return err;
	}
	r->n_repaired += n;
	for (i = 0; i < n; i++)
		report_repaired(r, &changes[i]);
	return 0;
}

static int repair_zone(struct run *r, const struct drift *d, const struct backend_zone *zone)
{
	size_t i, n = 0, max = zone->dns->ops->max_changes;
	struct dns_change *changes = calloc(max, sizeof(*changes));
	int err = 0;

	if (changes == NULL)
		return ERR_NOMEM;
	for (i = 0; i < d->n && (err == 0 || err == ERR_REFUSED); i++) {
		const struct drift_set *set = &d->sets[i];

		if (set->zone != zone || !is_fixable(set))
			continue;
		changes[n++] = (struct dns_change){.action = DNS_UPSERT,
						   .name = set->name,
						   .addr = set->want,
						   .ttl = set->want_ttl};
		if (n == max) {
			err = submit(r, zone->dns, changes, n);
			n = 0;
		}
	}
	if (n > 0 && (err == 0 || err == ERR_REFUSED))
		err = submit(r, zone->dns, changes, n);
	free(changes);
	return err;
}

/* True when there was something, and all of it went well: another round then looks at it. */
static bool repair(struct run *r, const struct drift *d)
{
	size_t i, before = r->n_repaired;

	for (i = 0; i < r->s.backends.n_zones; i++)
		if (r->s.backends.zones[i].route53 != NULL)
			r->has_failed |= repair_zone(r, d, &r->s.backends.zones[i]) != 0;
	return !r->has_failed && r->n_repaired > before;
}

/* One look at store and zones; true when another one is due. */
static bool look(struct run *r)
{
	struct errinfo ei = ERRINFO_INIT;
	struct drift d = {0};
	bool again = false;
	size_t i;

	r->has_drift = false;
	if (drift_take_store(&d, &r->s, &ei) != 0) {
		fail(r, &ei);
	} else {
		for (i = 0; i < r->s.backends.n_zones; i++)
			compare_zone(r, &d, &r->s.backends.zones[i]);
		again = r->repair && r->round + 1 < ROUNDS_MAX && repair(r, &d);
	}
	drift_fini(&d);
	return again;
}

int ctl_verify(const struct ctl_args *args)
{
	struct run r = {.repair = args->repair};
	int status = session_open(&r.s, args);

	if (status == 0) {
		r.lines = args->json ? json_array() : NULL;
		while (look(&r))
			r.round++;
		if (r.lines != NULL)
			print_json(r.lines);
		status = r.has_failed || r.has_drift ? CTL_FAILED : CTL_OK;
	}
	session_close(&r.s);
	return status;
}
