/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

#include <string.h>

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

const char *const conf_body_names[] = {"id",	"event", "host", "user", "old",	    "new",
				       "title", "text",	 "at",	 "at-s", "attempt", NULL};

const char *conf_event_word(enum conf_event event)
{
	static const char *const words[CONF_EVENTS] = {
		[CONF_EVENT_ADDRESS_CHANGED] = "address-changed",
		[CONF_EVENT_HOST_SILENT] = "host-silent",
		[CONF_EVENT_LOGINS_REFUSED] = "logins-refused",
		[CONF_EVENT_NAME_REFUSED] = "name-refused",
		[CONF_EVENT_PUBLICATION_LATE] = "publication-late",
		[CONF_EVENT_CERTIFICATE_ENDING] = "certificate-ending",
		[CONF_EVENT_RELOAD_FAILED] = "reload-failed",
		[CONF_EVENT_RESTARTED] = "restarted",
	};

	return words[event];
}

bool conf_notify_wants(const struct conf_notify *n, enum conf_event event)
{
	size_t i;

	for (i = 0; i < n->events.n; i++)
		if (strcmp(n->events.at[i], conf_event_word(event)) == 0)
			return true;
	return false;
}
