/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/keys.h"

#include <string.h>

#include "conf/conf_keys.h"

#define ROW_OF(base, key, type, field, preset, min, max, use, help)                                \
	{key, CONF_TYPE_##type, offsetof(base, field), preset, min, max, CONF_USE_##use, help},
#define ROW(...)	  ROW_OF(struct conf, __VA_ARGS__)
#define LISTENER_ROW(...) ROW_OF(struct conf_listener, __VA_ARGS__)
#define ZONE_ROW(...)	  ROW_OF(struct conf_zone, __VA_ARGS__)
#define NOTIFY_ROW(...)	  ROW_OF(struct conf_notify, __VA_ARGS__)
#define HEART_ROW(...)	  ROW_OF(struct conf_heartbeat, __VA_ARGS__)

static const struct conf_key top[] = {CONF_TOP_KEYS(ROW)};
static const struct conf_key store[] = {CONF_STORE_KEYS(ROW)};
static const struct conf_key listener[] = {CONF_LISTEN_AT_KEYS(LISTENER_ROW)};
static const struct conf_key zone[] = {CONF_ZONE_KEYS(ZONE_ROW)};
static const struct conf_key notify[] = {CONF_NOTIFY_KEYS(NOTIFY_ROW)};
static const struct conf_key heartbeat[] = {CONF_HEARTBEAT_KEYS(HEART_ROW)};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Static_assert(COUNT(top) <= CONF_KEYS_MAX && COUNT(store) <= CONF_KEYS_MAX &&
		       COUNT(listener) <= CONF_KEYS_MAX && COUNT(zone) <= CONF_KEYS_MAX &&
		       COUNT(notify) <= CONF_KEYS_MAX && COUNT(heartbeat) <= CONF_KEYS_MAX,
	       "CONF_KEYS_MAX is too small");

const struct conf_keys *conf_keys(enum conf_section section)
{
	static const struct conf_keys all[CONF_SECTIONS] = {
		[CONF_IN_TOP] = {"", top, COUNT(top)},
		[CONF_IN_STORE] = {"store", store, COUNT(store)},
		[CONF_IN_LISTENER] = {"listen-at", listener, COUNT(listener)},
		[CONF_IN_ZONE] = {"zone", zone, COUNT(zone)},
		[CONF_IN_NOTIFY] = {"notify", notify, COUNT(notify)},
		[CONF_IN_HEARTBEAT] = {"heartbeat", heartbeat, COUNT(heartbeat)},
	};

	return &all[section];
}

const struct conf_key *conf_keys_find(enum conf_section section, const char *name)
{
	const struct conf_keys *keys = conf_keys(section);
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (strcmp(keys->at[i].name, name) == 0)
			return &keys->at[i];
	return NULL;
}

const struct conf_removed_key *conf_removed_keys(size_t *ret_n)
{
#define REMOVED_ROW(key, now, of) {key, now, of},
	static const struct conf_removed_key removed[] = {CONF_REMOVED_KEYS(REMOVED_ROW)};

	*ret_n = COUNT(removed);
	return removed;
}

const struct conf_removed_key *conf_removed_keys_find(enum conf_section section, const char *name)
{
	size_t i, n;
	const struct conf_removed_key *removed = conf_removed_keys(&n);

	for (i = 0; section == CONF_IN_TOP && i < n; i++)
		if (strcmp(removed[i].name, name) == 0)
			return &removed[i];
	return NULL;
}

bool conf_key_is_list(const struct conf_key *key)
{
	return key->type == CONF_TYPE_LISTENS || key->type == CONF_TYPE_NAMES ||
	       key->type == CONF_TYPE_ADDRS || key->type == CONF_TYPE_PREFIXES ||
	       key->type == CONF_TYPE_PAIRS || conf_key_is_texts(key);
}

bool conf_key_is_texts(const struct conf_key *key)
{
	return key->type == CONF_TYPE_EVENTS || key->type == CONF_TYPE_HOSTS ||
	       key->type == CONF_TYPE_HEADERS || key->type == CONF_TYPE_MAILS ||
	       key->type == CONF_TYPE_COMMAND;
}

const char *conf_use_text(enum conf_use use)
{
	static const char *const text[] = {
		[CONF_USE_ANY] = "",
		[CONF_USE_SQLITE] = "type = sqlite",
		[CONF_USE_DYNAMODB] = "type = dynamodb",
		[CONF_USE_BUILTIN] = "publisher = builtin",
		[CONF_USE_ROUTE53] = "publisher = route53",
		[CONF_USE_TLS] = "tls = modern or legacy",
		[CONF_USE_URL] = "type = webhook or smtp",
		[CONF_USE_WEBHOOK] = "type = webhook",
		[CONF_USE_SMTP] = "type = smtp",
		[CONF_USE_SNS] = "type = sns",
		[CONF_USE_EXEC] = "type = exec",
	};

	return text[use];
}

static const char *notify_word(enum conf_type type, unsigned i)
{
	static const char *const notify_type[] = {[CONF_NOTIFY_WEBHOOK] = "webhook",
						  [CONF_NOTIFY_SMTP] = "smtp",
						  [CONF_NOTIFY_SNS] = "sns",
						  [CONF_NOTIFY_EXEC] = "exec",
						  NULL};
	static const char *const notify_format[] = {
		[CONF_FORMAT_JSON] = "json",	     [CONF_FORMAT_NTFY] = "ntfy",
		[CONF_FORMAT_GOTIFY] = "gotify",     [CONF_FORMAT_APPRISE] = "apprise",
		[CONF_FORMAT_SLACK] = "slack",	     [CONF_FORMAT_DISCORD] = "discord",
		[CONF_FORMAT_TEMPLATE] = "template", NULL};

	return type == CONF_TYPE_NOTIFY ? notify_type[i] : notify_format[i];
}

const char *conf_key_word(const struct conf_key *key, unsigned i)
{
	static const char *const log_format[] = {
		[CONF_LOG_TEXT] = "text", [CONF_LOG_JSON] = "json", [CONF_LOG_EMF] = "emf", NULL};
	static const char *const log_level[] = {[CONF_LOG_ERROR] = "error",
						[CONF_LOG_WARN] = "warn",
						[CONF_LOG_INFO] = "info",
						[CONF_LOG_DEBUG] = "debug",
						NULL};
	static const char *const credentials[] = {[CONF_CREDENTIALS_AUTO] = "auto",
						  [CONF_CREDENTIALS_ENVIRONMENT] = "environment",
						  [CONF_CREDENTIALS_PROFILE] = "profile",
						  [CONF_CREDENTIALS_WEB_IDENTITY] = "web-identity",
						  [CONF_CREDENTIALS_CONTAINER] = "container",
						  [CONF_CREDENTIALS_IMDS] = "imds",
						  NULL};
	static const char *const store_type[] = {
		[CONF_STORE_SQLITE] = "sqlite", [CONF_STORE_DYNAMODB] = "dynamodb", NULL};
	static const char *const publisher[] = {
		[CONF_PUBLISHER_BUILTIN] = "builtin", [CONF_PUBLISHER_ROUTE53] = "route53", NULL};
	static const char *const tls[] = {[CONF_TLS_MODERN] = "modern",
					  [CONF_TLS_LEGACY] = "legacy",
					  [CONF_TLS_NO] = "no",
					  NULL};
	static const char *const query_credentials[] = {[CONF_QUERY_CREDENTIALS_NO] = "no",
							[CONF_QUERY_CREDENTIALS_TLS] = "tls",
							[CONF_QUERY_CREDENTIALS_ALWAYS] = "always",
							NULL};
	static const char *const client_header[] = {[CONF_CLIENT_HEADER_X_FORWARDED_FOR] =
							    "x-forwarded-for",
						    [CONF_CLIENT_HEADER_FORWARDED] = "forwarded",
						    NULL};
	static const char *const history[] = {[CONF_HISTORY_NONE] = "none",
					      [CONF_HISTORY_CHANGES] = "changes",
					      [CONF_HISTORY_ATTEMPTS] = "attempts",
					      NULL};
	static const char *const pseudonyms[] = {[CONF_PSEUDONYMS_NONE] = "none",
						 [CONF_PSEUDONYMS_LOGINS] = "logins",
						 [CONF_PSEUDONYMS_ADDRESSES] = "addresses",
						 [CONF_PSEUDONYMS_BOTH] = "both",
						 NULL};
	static const char *const *const words[] = {
		[CONF_TYPE_LOG_FORMAT] = log_format,
		[CONF_TYPE_LOG_LEVEL] = log_level,
		[CONF_TYPE_CREDENTIALS] = credentials,
		[CONF_TYPE_STORE] = store_type,
		[CONF_TYPE_PUBLISHER] = publisher,
		[CONF_TYPE_TLS] = tls,
		[CONF_TYPE_QUERY_CREDENTIALS] = query_credentials,
		[CONF_TYPE_CLIENT_HEADER] = client_header,
		[CONF_TYPE_HISTORY] = history,
		[CONF_TYPE_PSEUDONYMS] = pseudonyms,
	};

	if (key->type == CONF_TYPE_NOTIFY || key->type == CONF_TYPE_NOTIFY_FORMAT)
		return notify_word(key->type, i);
	return words[key->type][i];
}

bool conf_use_applies(enum conf_use use, const struct conf *c, const void *base)
{
	const struct conf_listener *own = base;
	const struct conf_zone *z = base;
	const struct conf_notify *n = base;

	switch (use) {
	case CONF_USE_SQLITE:
		return c->store.type == CONF_STORE_SQLITE;
	case CONF_USE_DYNAMODB:
		return c->store.type == CONF_STORE_DYNAMODB;
	case CONF_USE_BUILTIN:
		return z->publisher == CONF_PUBLISHER_BUILTIN;
	case CONF_USE_ROUTE53:
		return z->publisher == CONF_PUBLISHER_ROUTE53;
	case CONF_USE_TLS:
		return own->tls != CONF_TLS_NO;
	case CONF_USE_URL:
		return n->type == CONF_NOTIFY_WEBHOOK || n->type == CONF_NOTIFY_SMTP;
	case CONF_USE_WEBHOOK:
		return n->type == CONF_NOTIFY_WEBHOOK;
	case CONF_USE_SMTP:
		return n->type == CONF_NOTIFY_SMTP;
	case CONF_USE_SNS:
		return n->type == CONF_NOTIFY_SNS;
	case CONF_USE_EXEC:
		return n->type == CONF_NOTIFY_EXEC;
	default:
		return true;
	}
}
