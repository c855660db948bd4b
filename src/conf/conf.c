/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

const struct conf_zone *conf_find_zone(const struct conf *c, const struct fqdn *name)
{
	const struct conf_zone *best = NULL;
	size_t i;

	for (i = 0; i < c->n_zones; i++)
		if (fqdn_is_within(name, &c->zones[i].name) &&
		    (best == NULL || c->zones[i].name.len > best->name.len))
			best = &c->zones[i];
	return best;
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
