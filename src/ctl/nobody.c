/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/nobody.h"

#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ctl/interrupt.h"
#include "ctl/zone_read.h"
#include "dns/route53.h"

/* Up to so many sets are read again one by one. */
enum { READ_AGAIN_MAX = 32 };
/* Sets of one batch, which Route 53 refuses as a whole when one of them has changed. */
enum { BATCH_MAX = 50 };
enum { FIRST_CAP = 16 };

void nobody_fini(struct nobody *n)
{
	free(n->sets);
	memset(n, 0, sizeof(*n));
}

/* Whether mooring could have made it for a host of the zone. The address of a name server of ours
 * and what belongs to a zone below are others'. */
static bool is_like_ours(const struct session *s, const struct backend_zone *zone,
			 const struct aws_route53_set *set, const struct fqdn *name)
{
	return !set->is_alias && !set->is_routed && set->n_values == 1 &&
	       set->ttl == zone->conf->ttl && session_zone(s, name) == zone &&
	       conf_find_served(s->conf, name) == NULL;
}

static int nobody_reserve(struct nobody *n)
{
	size_t cap = n->cap > 0 ? 2 * n->cap : FIRST_CAP;
	struct records_found *sets;

	if (n->n < n->cap)
		return 0;
	sets = reallocarray(n->sets, cap, sizeof(*sets));
	if (sets == NULL)
		return ERR_NOMEM;
	n->sets = sets;
	n->cap = cap;
	return 0;
}

int nobody_take(struct nobody *n, const struct session *s, const struct backend_zone *zone,
		const struct aws_route53_set *set)
{
	bool is_v6 = strcmp(set->type, "AAAA") == 0;
	struct records_found f = {.type = is_v6 ? "AAAA" : "A", .ttl = set->ttl};

	if ((!is_v6 && strcmp(set->type, "A") != 0) ||
	    fqdn_parse(slice_of(set->name), &f.name) != 0 || !is_like_ours(s, zone, set, &f.name) ||
	    addr_parse(slice_of(set->values), &f.want) != 0 ||
	    str_copy(f.value, sizeof(f.value), slice_of(set->values)) != 0)
		return 0;
	if (nobody_reserve(n) != 0)
		return ERR_NOMEM;
	n->sets[n->n++] = f;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct records_found *const *x = a, *const *y = b;

	return strcmp((*x)->name.text, (*y)->name.text);
}

/* The sets by name, to be asked for each host of the store; claimed ones get an empty name. */
struct claims {
	size_t n;
	struct records_found **by_name;
	struct nobody *nobody;
};

static void claim(const struct claims *c, const struct fqdn *name)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(c->by_name[middle]->name.text, name->text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < c->n && fqdn_equal(&c->by_name[low]->name, name); low++)
		c->by_name[low]->verdict = RECORDS_OURS;
}

static void look_for_claims(void *arg, const struct account *a)
{
	const struct claims *c = arg;
	struct nobody *nobody = c->nobody;
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		claim(c, &a->hosts[i].name);
	if ((a->flaws & ACCOUNT_FLAW_HOSTS) != 0 && nobody->unsure[0] == '\0')
		str_copy(nobody->unsure, sizeof(nobody->unsure), slice_of(a->user));
}

/* Keeps the sets of which nothing was found out. */
static void drop_marked(struct nobody *n)
{
	size_t i, left = 0;

	for (i = 0; i < n->n; i++)
		if (n->sets[i].verdict == RECORDS_ABSENT)
			n->sets[left++] = n->sets[i];
	n->n = left;
}

int nobody_drop_claimed(struct nobody *n, struct session *s, struct errinfo *ei)
{
	struct claims c = {.n = n->n, .nobody = n};
	size_t i;
	int err;

	if (n->n == 0)
		return 0;
	c.by_name = calloc(n->n, sizeof(struct records_found *));
	if (c.by_name == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	n->unsure[0] = '\0';
	for (i = 0; i < n->n; i++) {
		n->sets[i].verdict = RECORDS_ABSENT;
		c.by_name[i] = &n->sets[i];
	}
	qsort(c.by_name, c.n, sizeof(struct records_found *), compare_names);
	err = session_list(s, look_for_claims, &c, ei);
	free(c.by_name);
	if (err == 0)
		drop_marked(n);
	return err;
}

static void on_nobody_set(void *arg, const struct aws_route53_set *set)
{
	records_take(arg, set);
}

int nobody_look_again(struct nobody *n, struct session *s, const struct backend_zone *zone,
		      struct errinfo *ei)
{
	size_t i;
	int err = nobody_drop_claimed(n, s, ei);

	for (i = 0; err == 0 && n->n <= READ_AGAIN_MAX && i < n->n; i++) {
		struct records_found *f = &n->sets[i], now = *f;

		err = zone_read_one(s, zone, &f->name, f->type, on_nobody_set, &now, ei);
		if (now.verdict != RECORDS_OURS || now.ttl != f->ttl)
			f->verdict = RECORDS_OTHERS;
	}
	if (err == 0)
		drop_marked(n);
	return err;
}

static int delete_some(struct session *s, const struct backend_zone *zone,
		       const struct records_found *sets, size_t n, struct errinfo *ei)
{
	struct aws_route53_change changes[BATCH_MAX];
	struct errinfo why;
	unsigned tries = 0;
	size_t i;
	int err;

	for (i = 0; i < n; i++)
		changes[i] = (struct aws_route53_change){.remove = true,
							 .name = sets[i].name.text,
							 .type = sets[i].type,
							 .value = sets[i].value,
							 .ttl = sets[i].ttl};
	do {
		err_reset(&why);
		zone_read_turn(s, (uint32_t)n * ROUTE53_DELETE_TOKENS);
		err = session_change(s, zone, changes, n, &why);
	} while (err == ERR_THROTTLED && ++tries < ZONE_THROTTLES_MAX);
	return err == 0 ? 0 : err_set(ei, err, "%s", why.text);
}

/* Halves a batch that is refused, until the set that has changed stands alone. */
static int delete_batch(struct session *s, const struct backend_zone *zone,
			const struct records_found *sets, size_t n, nobody_fn *done, void *arg,
			struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = delete_some(s, zone, sets, n, &why);
	size_t i;

	if (err == ERR_REFUSED && n > 1) {
		err = delete_batch(s, zone, sets, n / 2, done, arg, ei);
		return err != 0 ? err
				: delete_batch(s, zone, sets + n / 2, n - n / 2, done, arg, ei);
	}
	if (err != 0 && err != ERR_REFUSED)
		return err_set(ei, err, "%s", why.text);
	for (i = 0; i < n; i++)
		done(arg, &sets[i], err == 0);
	return 0;
}

int nobody_delete(const struct nobody *n, struct session *s, const struct backend_zone *zone,
		  nobody_fn *done, void *arg, struct errinfo *ei)
{
	size_t i, len;
	int err = 0;

	for (i = 0; i < n->n && err == 0 && !interrupt_came(); i += len) {
		len = n->n - i < BATCH_MAX ? n->n - i : (size_t)BATCH_MAX;
		err = delete_batch(s, zone, &n->sets[i], len, done, arg, ei);
	}
	return err;
}
