/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/zones.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "dns/dns.h"
#include "engine/family.h"
#include "engine/publish.h"

struct zones {
	size_t n;
	struct engine_zone *conf;
	struct zone_handle *handles;
};

void zones_free(struct zones *z)
{
	if (z == NULL)
		return;
	free(z->conf);
	free(z->handles);
	free(z);
}

int zones_new(const struct engine_zone *zones, size_t n, struct zones **ret)
{
	struct zones *z = calloc(1, sizeof(*z));

	if (z == NULL)
		return ERR_NOMEM;
	/* One more: no zone at all is not a failed allocation. */
	z->conf = calloc(n + 1, sizeof(*z->conf));
	z->handles = calloc(n + 1, sizeof(*z->handles));
	if (z->conf == NULL || z->handles == NULL) {
		zones_free(z);
		return ERR_NOMEM;
	}
	if (n > 0)
		memcpy(z->conf, zones, n * sizeof(*zones));
	z->n = n;
	*ret = z;
	return 0;
}

int zones_open(struct zones *z, struct uv_loop_s *loop, const struct publish_events *events,
	       void *arg)
{
	size_t i;
	int err;

	for (i = 0; i < z->n; i++) {
		z->handles[i].conf = &z->conf[i];
		z->handles[i].is_volatile = zones_is_volatile(z, i);
		err = publish_new(loop, z->conf[i].dns, &z->conf[i].name, events, arg,
				  &z->handles[i].queue);
		if (err != 0) {
			zones_close(z);
			return err;
		}
	}
	return 0;
}

void zones_stop(struct zones *z)
{
	size_t i;

	for (i = 0; i < z->n; i++)
		publish_stop(z->handles[i].queue);
}

void zones_close(struct zones *z)
{
	size_t i;

	for (i = 0; z != NULL && i < z->n; i++) {
		publish_close(z->handles[i].queue);
		z->handles[i].queue = NULL;
	}
}

size_t zones_count(const struct zones *z)
{
	return z->n;
}

const struct zone_handle *zones_handles(const struct zones *z)
{
	return z->handles;
}

const struct engine_zone *zones_all(const struct zones *z)
{
	return z->conf;
}

struct publish *zones_queue(const struct zones *z, size_t zone)
{
	return z->handles[zone].queue;
}

bool zones_is_volatile(const struct zones *z, size_t zone)
{
	return z->conf[zone].dns->ops->is_volatile;
}

bool zones_have_volatile(const struct zones *z)
{
	size_t i;

	for (i = 0; i < z->n; i++)
		if (zones_is_volatile(z, i))
			return true;
	return false;
}

bool zones_are_flying(const struct zones *z)
{
	size_t i;

	for (i = 0; i < z->n; i++)
		if (publish_is_flying(z->handles[i].queue))
			return true;
	return false;
}

void zones_sum(const struct zones *z, int64_t now_ms, struct zones_sum *ret)
{
	size_t i;

	*ret = (struct zones_sum){0};
	for (i = 0; i < z->n; i++) {
		const struct publish *p = z->handles[i].queue;
		int64_t age_ms = publish_oldest_ms(p, now_ms);

		ret->queued += publish_queued(p);
		ret->oldest_ms = age_ms > ret->oldest_ms ? age_ms : ret->oldest_ms;
		ret->barred += publish_is_barred(p);
		ret->batches += publish_batches(p);
	}
}

void zones_reconcile_begin(struct zones *z)
{
	size_t i;

	for (i = 0; i < z->n; i++)
		if (zones_is_volatile(z, i))
			z->conf[i].dns->ops->reconcile_begin(z->conf[i].dns);
}

int zones_reconcile_keep(struct zones *z, size_t zone, const struct fqdn *name,
			 const struct addr_pair *want, uint32_t ttl)
{
	struct dns *dns = z->conf[zone].dns;

	if (!zones_is_volatile(z, zone) || family_set(want) == 0)
		return 0;
	return dns->ops->reconcile_keep(dns, name, want, ttl);
}

void zones_reconcile_end(struct zones *z, bool complete)
{
	size_t i;

	for (i = 0; i < z->n; i++)
		if (zones_is_volatile(z, i))
			z->conf[i].dns->ops->reconcile_end(z->conf[i].dns, complete);
}
