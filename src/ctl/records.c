/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/records.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/route53_list.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/say.h"
#include "ctl/waiting.h"
#include "ctl/zone_read.h"
#include "dns/route53.h"

/* How often a record set is read again that changed before it could be deleted. */
enum { TRIES = 4 };

struct removal {
	struct session *s;
	const char *user;
	uint32_t ttl; /* of the account; 0: the zone's */
	const struct account_host *hosts;
	size_t n;
	atomic_size_t n_seen_to;
	struct records_other *others; /* for each host */
	bool has_warned_unlisted;
	bool has_failed;
	const struct backend_zone *away; /* a zone that failed, and is not asked again; or NULL */
	struct errinfo away_why;
};

/* Whether the listing stopped at the name that was asked for. */
static bool is_at(const struct records_found *f, const struct aws_route53_set *set)
{
	struct fqdn name;

	return fqdn_parse(slice_of(set->name), &name) == 0 && fqdn_equal(&name, &f->name);
}

static void set_other(struct records_found *f, const char *what)
{
	f->verdict = RECORDS_OTHERS;
	snprintf(f->what, sizeof(f->what), "%s", what);
}

void records_take(struct records_found *f, const struct aws_route53_set *set)
{
	struct addr found;

	f->verdict = RECORDS_ABSENT;
	if (!is_at(f, set))
		return;
	if (strcmp(set->type, "CNAME") == 0) {
		set_other(f, "a CNAME");
		return;
	}
	if (strcmp(set->type, f->type) != 0)
		return;
	f->ttl = set->ttl;
	if (set->is_alias)
		set_other(f, "an alias");
	else if (set->is_routed)
		set_other(f, "a routing policy");
	else if (set->n_values != 1)
		set_other(f, "several values");
	else if (addr_parse(slice_of(set->values), &found) != 0 ||
		 str_copy(f->value, sizeof(f->value), slice_of(set->values)) != 0)
		set_other(f, "no address");
	else if (!addr_equal(&found, &f->want))
		set_other(f, f->value);
	else
		f->verdict = RECORDS_OURS;
}

static void on_records_set(void *arg, const struct aws_route53_set *set)
{
	records_take(arg, set);
}

static int delete_set(struct session *s, const struct backend_zone *zone,
		      const struct records_found *f, struct errinfo *ei)
{
	const struct aws_route53_change c = {.remove = true,
					     .name = f->name.text,
					     .type = f->type,
					     .value = f->value,
					     .ttl = f->ttl};

	struct errinfo why;
	unsigned n = 0;
	int err;

	do {
		err_reset(&why);
		zone_read_turn(s, ROUTE53_DELETE_TOKENS);
		err = session_change(s, zone, &c, 1, &why);
	} while (err == ERR_THROTTLED && ++n < ZONE_THROTTLES_MAX);
	return err == 0 ? 0 : err_set(ei, err, "%s", why.text);
}

/* Deletes without reading first. Route 53 deletes a record set only if address and TTL match those
 * in the request, so no record of somebody else can be deleted. */
static int delete_unlisted(struct removal *rm, const struct backend_zone *zone,
			   struct records_found *f, struct errinfo *ei)
{
	int err;

	if (!rm->has_warned_unlisted)
		ctl_fail("warning: zone %s may not be listed "
			 "(route53:ListResourceRecordSets): what is deleted "
			 "is what the store says is there",
			 zone->conf->name.text);
	rm->has_warned_unlisted = true;
	f->ttl = rm->ttl != 0 ? rm->ttl : zone->conf->ttl;
	addr_format(&f->want, f->value);
	err = delete_set(rm->s, zone, f, ei);
	if (err != ERR_REFUSED)
		return err;
	ctl_fail("warning: %s %s: not deleted, because %s ttl %u is not what the zone has (%s)",
		 f->name.text, f->type, f->value, (unsigned)f->ttl, ei->text);
	return 0;
}

/* Deletes one record set. Returns 0 when no record of ours is left in it, as far as can be known.
 */
static int delete_one(struct removal *rm, const struct backend_zone *zone, struct records_found *f,
		      struct errinfo *ei)
{
	unsigned n;
	int err = 0;

	for (n = 0; n < TRIES; n++) {
		err_reset(ei);
		f->verdict = RECORDS_ABSENT;
		err = zone_read_one(rm->s, zone, &f->name, f->type, on_records_set, f, ei);
		if (err == ERR_DENIED) {
			err_reset(ei);
			return delete_unlisted(rm, zone, f, ei);
		}
		if (err != 0 || f->verdict == RECORDS_ABSENT)
			return err;
		if (f->verdict == RECORDS_OTHERS) {
			ctl_fail("warning: %s %s: the zone has %s, which is not what the "
				 "store says is there%s: "
				 "left as it is",
				 f->name.text, f->type, f->what,
				 f->is_owed ? " (its last update was not published yet)" : "");
			return 0;
		}
		err = delete_set(rm->s, zone, f, ei);
		if (err != ERR_REFUSED)
			return err;
	}
	return err;
}

/* Deletes one record set, unless its zone failed before: trouble of the zone as a whole would be
 * the same for each of its record sets. */
static int delete_unless_away(struct removal *rm, const struct backend_zone *zone,
			      struct records_found *f, struct errinfo *ei)
{
	int err;

	if (rm->away == zone)
		return err_set(ei, rm->away_why.code, "%s", rm->away_why.text);
	err = delete_one(rm, zone, f, ei);
	if (err == ERR_NOTFOUND || err_is_passing(err)) {
		rm->away = zone;
		rm->away_why = *ei;
	}
	return err;
}

static void delete_host(struct removal *rm, const struct account_host *host,
			const struct records_other *other)
{
	const struct backend_zone *zone = session_zone(rm->s, &host->name);
	const struct addr *want[2] = {&host->state.want.v4, &host->state.want.v6};
	const struct addr *others[2] = {&other->want.v4, &other->want.v6};
	char text[ADDR_TEXT_MAX];
	size_t i;

	if (zone == NULL || zone->route53 == NULL)
		return;
	for (i = 0; i < 2; i++) {
		struct records_found f = {.name = host->name,
					  .type = i == 0 ? "A" : "AAAA",
					  .want = *want[i],
					  .is_owed = host->state.pub < host->state.seq};
		struct errinfo why = ERRINFO_INIT;

		if (!addr_is_set(want[i]) || addr_is_set(others[i]) ||
		    delete_unless_away(rm, zone, &f, &why) == 0)
			continue;
		ctl_fail("%s %s %s was not deleted from zone %s: %s", host->name.text, f.type,
			 addr_format(want[i], text), zone->conf->name.text, why.text);
		rm->has_failed = true;
	}
}

static void look_for_shared(void *arg, const struct account *other)
{
	struct removal *rm = arg;
	size_t i;

	if (strcmp(other->user, rm->user) == 0)
		return;
	for (i = 0; i < rm->n; i++) {
		const struct account_host *h = account_find_host(other, &rm->hosts[i].name);

		if (rm->others[i].user[0] != '\0' || h == NULL)
			continue;
		str_copy(rm->others[i].user, sizeof(rm->others[i].user), slice_of(other->user));
		rm->others[i].want = h->state.want;
		ctl_fail("warning: %s is user \"%s\"'s, too: what that one wants stays, or takes "
			 "its place",
			 rm->hosts[i].name.text, other->user);
	}
}

/* Whether any of the hosts can have a record in a Route 53 zone. */
static bool has_records(const struct removal *rm)
{
	size_t i;

	for (i = 0; i < rm->n; i++) {
		const struct account_host *host = &rm->hosts[i];
		const struct backend_zone *zone = session_zone(rm->s, &host->name);

		if (zone != NULL && zone->route53 != NULL &&
		    (addr_is_set(&host->state.want.v4) || addr_is_set(&host->state.want.v6)))
			return true;
	}
	return false;
}

/* On the thread of the line. */
static size_t count_seen_to(void *arg)
{
	struct removal *rm = arg;

	return atomic_load(&rm->n_seen_to);
}

static void delete_hosts(struct removal *rm)
{
	size_t i;

	waiting_begin("deleting records", "hosts", rm->n, count_seen_to, rm);
	for (i = 0; i < rm->n; i++) {
		delete_host(rm, &rm->hosts[i], &rm->others[i]);
		atomic_fetch_add(&rm->n_seen_to, 1);
	}
	waiting_end();
}

int records_delete(struct session *s, const char *user, uint32_t ttl,
		   const struct account_host *hosts, size_t n, struct records_other *others)
{
	struct removal rm = {.s = s, .user = user, .ttl = ttl, .hosts = hosts, .n = n};
	struct errinfo ei = ERRINFO_INIT;
	struct records_other *found;
	int err;

	if (!has_records(&rm))
		return 0;
	found = calloc(n, sizeof(*found));
	if (found == NULL)
		return ctl_fail("out of memory: no record was deleted");
	rm.others = found;
	err = user != NULL ? session_list(s, look_for_shared, &rm, &ei) : 0;
	/* The IAM policy of the serverless stack does not allow Scan. */
	if (err == ERR_DENIED)
		ctl_fail("warning: not checked whether another account has a name, too: %s",
			 ei.text);
	else if (err != 0)
		rm.has_failed = ctl_fail("no record was deleted: %s", ei.text) != CTL_OK;
	if (err == 0 || err == ERR_DENIED)
		delete_hosts(&rm);
	if (others != NULL)
		memcpy(others, found, n * sizeof(*others));
	free(found);
	return rm.has_failed ? CTL_FAILED : 0;
}
