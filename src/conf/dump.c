/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/dump.h"

#include <stdio.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/value.h"
#include "conf/value_print.h"

enum { DUMP_BYTES_MAX = 4 << 20 }; /* far above all sections with the longest names and paths */

/* A key that is not used with this store, publisher or listener is printed as a comment, because
 * conf_load() refuses it as a setting. */
static void dump_keys(const struct conf *c, const void *base, enum conf_section section,
		      const char *indent, struct buf *out)
{
	const struct conf_keys *keys = conf_keys(section);
	const struct conf_key *key;

	for (key = keys->at; key < keys->at + keys->n; key++) {
		buf_addf(out, "%s# %s\n", indent, key->help);
		if (!conf_use_applies(key->use, c, base)) {
			buf_addf(out, "%s# %s is only used with %s\n", indent, key->name,
				 conf_use_text(key->use));
			continue;
		}
		buf_addf(out, "%s%s = ", indent, key->name);
		conf_value_print(key, base, out);
		buf_addc(out, '\n');
	}
}

static void dump_titled(const struct conf *c, enum conf_section section, const char *title,
			const void *base, struct buf *out)
{
	buf_addf(out, "\n%s ", conf_keys(section)->section);
	conf_value_quote(title, out);
	buf_adds(out, " {\n");
	dump_keys(c, base, section, "\t", out);
	buf_adds(out, "}\n");
}

int conf_dump(const struct conf *c, FILE *out)
{
	struct buf text;
	size_t i;
	int err;

	buf_init(&text, DUMP_BYTES_MAX);
	dump_keys(c, c, CONF_IN_TOP, "", &text);
	buf_adds(&text, "\nstore {\n");
	dump_keys(c, c, CONF_IN_STORE, "\t", &text);
	buf_adds(&text, "}\n");
	for (i = 0; i < c->n_listeners; i++)
		dump_titled(c, CONF_IN_LISTENER, c->listeners[i].name, &c->listeners[i], &text);
	for (i = 0; i < c->n_zones; i++)
		dump_titled(c, CONF_IN_ZONE, c->zones[i].name.text, &c->zones[i], &text);
	for (i = 0; i < c->n_notifies; i++)
		dump_titled(c, CONF_IN_NOTIFY, c->notifies[i].name, &c->notifies[i], &text);
	for (i = 0; i < c->n_heartbeats; i++)
		dump_titled(c, CONF_IN_HEARTBEAT, c->heartbeats[i].name, &c->heartbeats[i], &text);
	err = buf_err(&text);
	if (err == 0 && (fputs(buf_str(&text), out) == EOF || fflush(out) != 0))
		err = ERR_IO;
	buf_fini(&text);
	return err;
}
