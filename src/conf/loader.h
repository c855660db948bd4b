/* SPDX-License-Identifier: BSD-2-Clause
 * A configuration under construction: what is set, and where it was set, so that every error can
 * name its place. Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_LOADER_H
#define MOORING_CONF_LOADER_H

#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/keys.h"

/* Where a value comes from: a line of the file, or a variable of the environment. All zero: it is
 * the default. */
struct conf_origin {
	unsigned line;
	struct slice variable; /* its name */
};

/* The top level, the store, or one section that has a name. */
struct conf_place {
	enum conf_section section;
	struct conf_origin origin; /* of the section itself */
	struct conf_origin keys[CONF_KEYS_MAX];
};

struct conf_loader {
	struct conf *conf;
	const char *path; /* of the file; NULL: none */
	struct errinfo *ei;
	struct conf_place top;
	struct conf_place store;
	struct conf_place listeners[CONF_LISTENERS_MAX]; /* beside conf->listeners */
	struct conf_place zones[CONF_ZONES_MAX];	 /* beside conf->zones */
	struct conf_place notifies[CONF_NOTIFIES_MAX];	 /* beside conf->notifies */
	struct conf_place heartbeats[CONF_HEARTBEATS_MAX];
};

/* Gives every key of the place its default. */
int conf_set_defaults(struct conf_loader *l, struct conf_place *place);
/* Sets one value; first is false for the second and later items of a list. The origin replaces that
 * of the default or of the file. */
int conf_set(struct conf_loader *l, struct conf_place *place, const struct conf_key *key,
	     struct slice text, bool first, const struct conf_origin *origin);
/* Makes a list empty; any other value stays as it is. */
int conf_set_empty(struct conf_loader *l, struct conf_place *place, const struct conf_key *key,
		   const struct conf_origin *origin);
/* As conf_set() for text from the environment: a list's items are separated by commas. */
int conf_set_text(struct conf_loader *l, struct conf_place *place, const struct conf_key *key,
		  struct slice text, const struct conf_origin *origin);

const struct conf_origin *conf_origin_of(const struct conf_place *place, const char *key);
bool conf_is_set(const struct conf_origin *origin);

/* Records "FILE:LINE: sentence" or "VARIABLE: sentence"; returns ERR_INVAL. */
int conf_fail(const struct conf_loader *l, const struct conf_origin *origin, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds "FILE:LINE: key: sentence" or "VARIABLE: sentence" to the configuration's warnings, of a key
 * that was set. Returns 0 or ERR_NOMEM. */
int conf_warn_key(struct conf_loader *l, const struct conf_place *place, const char *key,
		  const char *sentence);
/* The same: the key is gone. */
int conf_warn_removed(struct conf_loader *l, const struct conf_origin *origin,
		      const struct conf_removed_key *key);
/* Records "FILE:LINE: key: sentence" or "VARIABLE: sentence"; for a key that was not set, the place
 * of its section. Returns ERR_INVAL. */
int conf_fail_key(const struct conf_loader *l, const struct conf_place *place, const char *key,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
