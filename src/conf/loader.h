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

/* The top level, the store, or one zone. */
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
	struct conf_place zones[CONF_ZONES_MAX]; /* beside conf->zones */
};

/* Adds a zone with the defaults of its keys. *ret is its place. */
int conf_add_zone(struct conf_loader *l, struct slice name, const struct conf_origin *origin,
		  struct conf_place **ret);

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
/* Records "FILE:LINE: key: sentence" or "VARIABLE: sentence"; for a key that was not set, the place
 * of its section. Returns ERR_INVAL. */
int conf_fail_key(const struct conf_loader *l, const struct conf_place *place, const char *key,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Sources of values, in the order in which they are read. Each returns 0 or an enum err with the
 * sentence recorded. */
int conf_read_file(struct conf_loader *l);
int conf_read_environment(struct conf_loader *l, const char *const *environ_list);
/* What no single value shows: values that contradict each other, or are missing. */
int conf_check(struct conf_loader *l);
/* The same of the addresses to listen on; says which "[::]" is for IPv6 alone, and which address is
 * a default that needs no IPv6. */
int conf_check_listens(struct conf_loader *l);

struct buf;

/* The only item of a list that is empty in the file; no value can look like it. */
#define CONF_EMPTY_LIST "\001"

/* Reads text as libconfuse does but strictly, and copies it to out without its comments, line by
 * line the same. libconfuse 3.3 passes over stray characters, accepts a file that ends inside of a
 * section, is left in a bad state by a string that is not closed, expands ${...} from the
 * environment of the process, counts the line of a comment twice, and tells nobody of an empty
 * list: it comes out as {CONF_EMPTY_LIST}. */
int conf_scan(const struct conf_loader *l, struct slice text, struct buf *out);

#endif
