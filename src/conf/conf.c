/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

static const struct fqdn *zone_name(const void *zones, size_t i)
{
	return &((const struct conf_zone *)zones)[i].name;
}

const struct conf_zone *conf_find_zone(const struct conf *c, const struct fqdn *name)
{
	size_t i = fqdn_find_zone(name, c->zones, c->n_zones, zone_name);

	return i < c->n_zones ? &c->zones[i] : NULL;
}

const struct conf_zone *conf_find_served(const struct conf *c, const struct fqdn *name)
{
	size_t i, k;

	for (i = 0; i < c->n_zones; i++)
		for (k = 0; k < c->zones[i].n_name_servers; k++)
			if (fqdn_equal(&c->zones[i].name_servers[k], name))
				return &c->zones[i];
	return NULL;
}
