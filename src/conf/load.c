/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/variables.h"
#include "conf/grammar.h"
#include "conf/loader.h"
#include "conf/value_print.h"

enum { NUMBER_NAME_MAX = 64 }; /* the longest key and its section */

static int load(struct conf_loader *l, const char *const *environ_list)
{
	int err;

	l->top.section = CONF_IN_TOP;
	l->store.section = CONF_IN_STORE;
	err = conf_set_defaults(l, &l->top);
	if (err == 0)
		err = conf_set_defaults(l, &l->store);
	if (err == 0 && l->path != NULL)
		err = conf_read_file(l);
	if (err == 0)
		err = conf_read_environment(l, environ_list);
	if (err == 0)
		err = conf_check(l);
	return err;
}

int conf_load(const char *path, const char *const *environ_list, struct conf **ret,
	      struct errinfo *ei)
{
	struct conf_loader *l = calloc(1, sizeof(*l));
	struct conf *c = calloc(1, sizeof(*c));
	int err = ERR_NOMEM;

	if (l == NULL || c == NULL) {
		err_set(ei, err, "%s", err_str(err));
		goto out;
	}
	l->conf = c;
	l->path = path;
	l->ei = ei;
	err = load(l, environ_list);
	if (err != 0)
		goto out;
	*ret = c;
	c = NULL;
out:
	free(l);
	conf_free(c);
	return err;
}

static void free_values(enum conf_section section, void *base)
{
	const struct conf_keys *keys = conf_keys(section);
	size_t i;

	for (i = 0; i < keys->n; i++)
		conf_value_free(&keys->at[i], base);
}

void conf_free(struct conf *c)
{
	size_t i;

	if (c == NULL)
		return;
	free_values(CONF_IN_TOP, c);
	free_values(CONF_IN_STORE, c);
	for (i = 0; i < c->n_listeners; i++)
		free_values(CONF_IN_LISTENER, &c->listeners[i]);
	for (i = 0; i < c->n_zones; i++)
		free_values(CONF_IN_ZONE, &c->zones[i]);
	for (i = 0; i < c->n_notifies; i++)
		free_values(CONF_IN_NOTIFY, &c->notifies[i]);
	for (i = 0; i < c->n_heartbeats; i++)
		free_values(CONF_IN_HEARTBEAT, &c->heartbeats[i]);
	free(c->zones);
	for (i = 0; i < c->n_warnings; i++)
		free(c->warnings[i]);
	free(c->warnings);
	free(c);
}

static void each_number(enum conf_section section, const struct conf *c, const char *prefix,
			conf_number_fn *each, void *arg)
{
	const struct conf_keys *keys = conf_keys(section);
	char name[NUMBER_NAME_MAX];
	unsigned value;
	size_t i;

	for (i = 0; i < keys->n; i++) {
		if (keys->at[i].type != CONF_TYPE_UINT)
			continue;
		memcpy(&value, (const char *)c + keys->at[i].offset, sizeof(value));
		snprintf(name, sizeof(name), "%s%s", prefix, keys->at[i].name);
		each(arg, name, value);
	}
}

void conf_each_number(const struct conf *c, conf_number_fn *each, void *arg)
{
	each_number(CONF_IN_TOP, c, "", each, arg);
	each_number(CONF_IN_STORE, c, "store-", each, arg);
}
