/* SPDX-License-Identifier: BSD-2-Clause
 * The rows of conf_keys.h as tables. Private to conf/. Pure. */
#ifndef MOORING_CONF_KEYS_H
#define MOORING_CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "conf/conf.h"

enum { CONF_PATH_MAX = 4095 }; /* PATH_MAX without the NUL */
enum { CONF_KEYS_MAX = 48 };   /* keys of one section */

enum conf_section {
	CONF_IN_TOP,
	CONF_IN_STORE,
	CONF_IN_LISTENER,
	CONF_IN_ZONE,
	CONF_IN_NOTIFY,
	CONF_IN_HEARTBEAT,
	CONF_SECTIONS,
};

/* The default of events, all of them. */
#define CONF_EVENTS_PRESET                                                                         \
	"address-changed,host-silent,logins-refused,name-refused,publication-late,"                \
	"certificate-ending,reload-failed,restarted"

enum conf_type {
	CONF_TYPE_LISTENS,
	CONF_TYPE_PATH,
	CONF_TYPE_TABLE,
	CONF_TYPE_REGION,
	CONF_TYPE_URL,
	CONF_TYPE_ZONE_ID,
	CONF_TYPE_UINT,
	CONF_TYPE_BOOL,
	CONF_TYPE_LOG_FORMAT,
	CONF_TYPE_LOG_LEVEL,
	CONF_TYPE_CREDENTIALS,
	CONF_TYPE_STORE,
	CONF_TYPE_PUBLISHER,
	CONF_TYPE_NAMES,
	CONF_TYPE_ADDRS,
	CONF_TYPE_PREFIXES,
	CONF_TYPE_PAIRS,
	CONF_TYPE_TLS,
	CONF_TYPE_QUERY_CREDENTIALS,
	CONF_TYPE_CLIENT_HEADER,
	CONF_TYPE_HISTORY,
	CONF_TYPE_NOTIFY,
	CONF_TYPE_NOTIFY_FORMAT,
	CONF_TYPE_EVENTS,
	CONF_TYPE_HOSTS,
	CONF_TYPE_QUIET,
	CONF_TYPE_TARGET_URL,
	CONF_TYPE_HEARTBEAT_URL,
	CONF_TYPE_TEXT,
	CONF_TYPE_HEADERS,
	CONF_TYPE_MAIL,
	CONF_TYPE_MAILS,
	CONF_TYPE_TOPIC,
	CONF_TYPE_COMMAND,
	CONF_TYPE_PSEUDONYMS,
};

/* A key that means something with one type of store or target, one publisher, or TLS only. */
enum conf_use {
	CONF_USE_ANY,
	CONF_USE_SQLITE,
	CONF_USE_DYNAMODB,
	CONF_USE_BUILTIN,
	CONF_USE_ROUTE53,
	CONF_USE_TLS,
	CONF_USE_URL,
	CONF_USE_WEBHOOK,
	CONF_USE_SMTP,
	CONF_USE_SNS,
	CONF_USE_EXEC,
};

struct conf_key {
	const char *name;
	enum conf_type type;
	size_t offset; /* in the struct of its section; that of the store is struct conf */
	const char *preset;
	uint32_t min;
	uint32_t max;
	enum conf_use use;
	const char *help;
};

struct conf_keys {
	const char *section; /* as in the file; "" for the top level */
	const struct conf_key *at;
	size_t n;
};

const struct conf_keys *conf_keys(enum conf_section section);
/* NULL when the section has no such key. */
const struct conf_key *conf_keys_find(enum conf_section section, const char *name);

/* A key of an earlier version. */
struct conf_removed_key {
	const char *name;
	unsigned now;	/* the value used instead */
	const char *of; /* " times KEY", or "" for a plain number */
};

/* All keys of earlier versions, which stood at the top level. */
const struct conf_removed_key *conf_removed_keys(size_t *ret_n);
/* NULL when the section never had such a key, or has it still. */
const struct conf_removed_key *conf_removed_keys_find(enum conf_section section, const char *name);

bool conf_key_is_list(const struct conf_key *key);
/* Whether its value is a struct conf_texts. */
bool conf_key_is_texts(const struct conf_key *key);
/* The word for value i of a key that takes one of several words; NULL after the last. */
const char *conf_key_word(const struct conf_key *key, unsigned i);
/* "type = sqlite" for CONF_USE_SQLITE and so on; "" for CONF_USE_ANY. */
const char *conf_use_text(enum conf_use use);
/* Whether such a key is read with this configuration; base is the struct of its section. */
bool conf_use_applies(enum conf_use use, const struct conf *c, const void *base);

#endif
