/* SPDX-License-Identifier: BSD-2-Clause
 * The configuration: a file (its syntax: conf/scan.h) and the environment, checked, as one
 * immutable struct. Every key stands once, in conf_keys.h. Read at start by the main thread; then
 * any. */
#ifndef MOORING_CONF_CONF_H
#define MOORING_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/addr.h"
#include "net/fqdn.h"
#include "net/listen.h"
#include "net/prefix.h"

enum { CONF_LISTEN_MAX = 16, CONF_ZONES_MAX = 64, CONF_NS_MAX = 8, CONF_PROXIES_MAX = 32 };
enum { CONF_LISTENERS_MAX = 16, CONF_LISTENER_NAME_MAX = 32, CONF_PAIRS_MAX = 16 };
/* Sections notify and heartbeat; items of a list of texts; an address of mail (RFC 5321, 4.5.3.1).
 */
enum { CONF_NOTIFIES_MAX = 16, CONF_HEARTBEATS_MAX = 16, CONF_NOTIFY_NAME_MAX = 32 };
enum { CONF_TEXTS_MAX = 32, CONF_MAIL_MAX = 254 };
/* Addresses of HTTPS and plain HTTP, of all forms. */
enum { CONF_FRONTS_MAX = 3 * CONF_LISTEN_MAX };
/* Seconds that resolvers may keep a record. */
enum { CONF_TTL_MIN = 1, CONF_TTL_MAX = 604800 };

/* Numbers that were keys once (CONF_REMOVED_KEYS in conf_keys.h). */
enum {
	/* Requests on one connection. A router makes one; a client that stays connected for ever is
	 * moved to a new connection, and so perhaps to another daemon, from time to time. */
	CONF_KEEPALIVE_REQUESTS = 1000,
	/* crypt(3) checks that wait; further ones get 911. With more of them, the last would
	 * be done after its router has given up. */
	CONF_PENDING_HASHES_MAX = 64,
	/* TCP connections to the name server. Our answers fit into UDP, so resolvers rarely use
	 * TCP. A network has a quarter of them: a large resolver asks from many addresses of one.
	 */
	CONF_DNS_TCP_CLIENTS = 64,
	CONF_DNS_TCP_PER_NETWORK = 16,
	CONF_DNS_TCP_IDLE_S = 5, /* RFC 7766, 6.2.3: of the order of seconds */
	/* What AWS lets an account do at once after a pause, in seconds of its quota: an account
	 * whose quota was raised has a larger burst, too. */
	CONF_ROUTE53_REQUEST_BURST_S = 5,
	CONF_ROUTE53_CHANGE_BURST_S = 15,
	/* Of so many accepted batches, one is watched until all servers of Route 53 have it. */
	CONF_ROUTE53_SAMPLE = 100,
	CONF_AWS_CONNECT_TIMEOUT_S = 3,
	/* Requests in a row without a usable answer after which a service is spared, and the
	 * longest pause before it is asked again. */
	CONF_AWS_BREAKER_FAILURES = 5,
	CONF_AWS_BREAKER_PAUSE_S = 15,
};

enum conf_store { CONF_STORE_SQLITE, CONF_STORE_DYNAMODB };
enum conf_publisher { CONF_PUBLISHER_BUILTIN, CONF_PUBLISHER_ROUTE53 };
enum conf_credentials {
	CONF_CREDENTIALS_AUTO,
	CONF_CREDENTIALS_ENVIRONMENT,
	CONF_CREDENTIALS_PROFILE,
	CONF_CREDENTIALS_WEB_IDENTITY,
	CONF_CREDENTIALS_CONTAINER,
	CONF_CREDENTIALS_IMDS,
};
enum conf_tls { CONF_TLS_MODERN, CONF_TLS_LEGACY, CONF_TLS_NO };
/* On which listeners a login may stand in the query of the URL. */
enum conf_query_credentials {
	CONF_QUERY_CREDENTIALS_NO,
	CONF_QUERY_CREDENTIALS_TLS,
	CONF_QUERY_CREDENTIALS_ALWAYS,
};
enum conf_client_header { CONF_CLIENT_HEADER_X_FORWARDED_FOR, CONF_CLIENT_HEADER_FORWARDED };
enum conf_history { CONF_HISTORY_NONE, CONF_HISTORY_CHANGES, CONF_HISTORY_ATTEMPTS };
/* What of clients the log and the history have a pseudonym of. */
enum conf_pseudonyms {
	CONF_PSEUDONYMS_NONE,
	CONF_PSEUDONYMS_LOGINS,
	CONF_PSEUDONYMS_ADDRESSES,
	CONF_PSEUDONYMS_BOTH,
};
enum conf_log_format { CONF_LOG_TEXT, CONF_LOG_JSON, CONF_LOG_EMF };
enum conf_log_level { CONF_LOG_ERROR, CONF_LOG_WARN, CONF_LOG_INFO, CONF_LOG_DEBUG };

enum conf_notify_type {
	CONF_NOTIFY_WEBHOOK,
	CONF_NOTIFY_SMTP,
	CONF_NOTIFY_SNS,
	CONF_NOTIFY_EXEC,
};
enum conf_notify_format {
	CONF_FORMAT_JSON,
	CONF_FORMAT_NTFY,
	CONF_FORMAT_GOTIFY,
	CONF_FORMAT_APPRISE,
	CONF_FORMAT_SLACK,
	CONF_FORMAT_DISCORD,
	CONF_FORMAT_TEMPLATE,
};
/* What a target may be told of (conf_event_word()). */
enum conf_event {
	CONF_EVENT_ADDRESS_CHANGED,
	CONF_EVENT_HOST_SILENT,
	CONF_EVENT_LOGINS_REFUSED,
	CONF_EVENT_NAME_REFUSED,
	CONF_EVENT_PUBLICATION_LATE,
	CONF_EVENT_CERTIFICATE_ENDING,
	CONF_EVENT_RELOAD_FAILED,
	CONF_EVENT_RESTARTED,
	CONF_EVENTS,
};

struct conf_texts {
	size_t n;
	char *at[CONF_TEXTS_MAX];
};

/* Minutes of the local day; the end may lie before the start, beyond midnight. Both the same:
 * there is no quiet time. */
struct conf_quiet {
	unsigned from_min;
	unsigned to_min;
};

struct conf_listens {
	size_t n;
	struct listen_at at[CONF_LISTEN_MAX];
};

struct conf_prefixes {
	size_t n;
	struct prefix at[CONF_PROXIES_MAX];
};

/* Files. */
struct conf_pair {
	char *certificate;
	char *private_key;
};

struct conf_pairs {
	size_t n;
	struct conf_pair at[CONF_PAIRS_MAX];
};

/* A section listen-at: addresses with options of their own. */
struct conf_listener {
	char name[CONF_LISTENER_NAME_MAX + 1];
	struct conf_listens address;
	enum conf_tls tls;
	struct conf_pairs certificates; /* none: those of struct conf */
	bool proxy_protocol;
	enum conf_query_credentials query_credentials;
};

/* One address of HTTPS or plain HTTP, whichever form it was written in. */
struct conf_front {
	const struct listen_at *at;
	const struct conf_listener *listener; /* NULL: of listen or listen-plain */
	bool is_tls;
};

/* A section notify: whom to tell, of what, and how. Strings are "" where they are not set. */
struct conf_notify {
	char name[CONF_NOTIFY_NAME_MAX + 1];
	enum conf_notify_type type;
	struct conf_texts events; /* words of enum conf_event */
	struct conf_texts hosts;  /* lower-case names or "*.SUFFIX"; none: all */
	struct conf_quiet quiet;
	unsigned per_minute;
	unsigned silent_days;
	unsigned timeout_s;
	char *url;
	char *ca_file; /* "": the system's authorities count */
	enum conf_notify_format format;
	char *body;		   /* with CONF_FORMAT_TEMPLATE */
	struct conf_texts headers; /* "Name: value" */
	char *secret_file;
	char *token_file;
	char *from;
	struct conf_texts to;
	bool starttls; /* with smtp:// */
	char *user;
	char *password_file;
	char *topic;
	char *endpoint;		   /* of SNS, for an emulator */
	struct conf_texts command; /* the program and its arguments */
};

/* A section heartbeat. */
struct conf_heartbeat {
	char name[CONF_NOTIFY_NAME_MAX + 1];
	struct conf_texts hosts;
	char *url;
	char *token_file;
};

struct conf_zone {
	struct fqdn name;
	enum conf_publisher publisher;
	char *hosted_zone_id; /* route53; "" otherwise */
	char *endpoint;	      /* route53, for an emulator; "" = AWS's own */
	uint32_t ttl;
	bool allow_special_addresses;
	uint32_t republish_interval_s; /* nochg only when published more recently */
	size_t n_name_servers;	       /* builtin: NS names, default "ns1.<zone>" */
	struct fqdn name_servers[CONF_NS_MAX];
	size_t n_name_server_addresses; /* builtin: glue for those inside the zone */
	struct addr name_server_addresses[CONF_NS_MAX];
};

struct conf {
	/* As they are written; what is served is in fronts. */
	struct conf_listens listen;	  /* HTTPS */
	struct conf_listens listen_plain; /* HTTP, opt-in */
	struct conf_listens acme_listen;  /* HTTP for acme_webroot alone; not in fronts */
	struct conf_listens dns_listen;
	struct conf_prefixes trusted_proxies; /* whose client_header counts */
	enum conf_client_header client_header;
	struct conf_listens admin_listen; /* HTTP for monitors */
	char *certificate;
	char *private_key;
	struct conf_pairs more_certificates; /* beside that one */
	char *acme_webroot;		     /* "": no challenge is answered */
	char *pepper_file;		     /* "": secrets have no pepper */
	enum conf_pseudonyms pseudonyms;
	char *pseudonym_key_file; /* "": there is none */
	char *status_socket;	  /* ops/status_place.h; "": there is none */
	enum conf_log_format log_format;
	enum conf_log_level log_level;
	enum conf_credentials credentials; /* of AWS */

	bool landlock;			     /* ops/walls.h */
	unsigned http_threads;		     /* 0: one per processor */
	unsigned max_connections;	     /* of one listener */
	unsigned max_connections_per_client; /* per /32 or /56 */
	unsigned header_timeout_s;	     /* TLS handshake and request head */
	unsigned body_timeout_s;	     /* until the whole request is in */
	unsigned keepalive_timeout_s;
	unsigned update_deadline_s;	      /* then 911; the intent stays and is published */
	unsigned drain_timeout_s;	      /* at stop, for requests in flight */
	unsigned retry_after_s;		      /* what a 503 tells the client */
	unsigned max_pending_updates;	      /* suspended requests; further ones get 911 */
	unsigned auth_penalty_s;	      /* of a failed login */
	unsigned auth_penalty_max_s;	      /* of all of a client */
	unsigned changes_per_hour;	      /* of a host; 0: no limit */
	unsigned max_pending_hosts;	      /* being published; further ones get 911 */
	unsigned settle_time_s;		      /* how late another daemon's publication may land */
	unsigned dns_responses_per_second;    /* per client prefix, UDP; 0: unlimited */
	unsigned route53_requests_per_second; /* of the whole AWS account */
	unsigned route53_changes_per_second;  /* an UPSERT counts twice */
	unsigned route53_timeout_s;	      /* one operation, its attempts included */
	unsigned aws_request_timeout_s;	      /* one attempt */
	unsigned sync_interval_s; /* how often the store is asked for other processes' changes */
	unsigned account_cache;	  /* accounts kept in memory; 0: none */
	unsigned account_cache_age_s; /* that they answer nochg unasked, of DynamoDB; 0: never */
	unsigned stale_age_s;	      /* that they may be used while the store is in trouble */
	enum conf_history history;    /* what is kept of what happened to hosts */
	unsigned history_days;	      /* and for how long */

	struct {
		enum conf_store type;
		char *path;	     /* sqlite */
		char *table;	     /* dynamodb */
		char *region;	     /* dynamodb; "" = AWS_REGION and so on */
		char *endpoint;	     /* dynamodb, for an emulator; "" = AWS's own */
		unsigned scan_share; /* per cent */
		unsigned timeout_s;
	} store;
	size_t n_listeners;
	struct conf_listener listeners[CONF_LISTENERS_MAX];
	size_t n_fronts; /* those of listen, of listen-plain, and of the sections in their order */
	struct conf_front fronts[CONF_FRONTS_MAX];
	size_t n_zones;
	struct conf_zone *zones; /* owned; the first one completes bare labels */
	size_t n_notifies;
	struct conf_notify notifies[CONF_NOTIFIES_MAX];
	size_t n_heartbeats;
	struct conf_heartbeat heartbeats[CONF_HEARTBEATS_MAX];
	/* Sentences for the log about settings that have no effect, each with file and line. */
	size_t n_warnings;
	char **warnings; /* owned */
};

/* The zone that name lies in (the longest match), or NULL. */
const struct conf_zone *conf_find_zone(const struct conf *c, const struct fqdn *name);
/* "address-changed" for CONF_EVENT_ADDRESS_CHANGED and so on. */
const char *conf_event_word(enum conf_event event);
/* What a body with CONF_FORMAT_TEMPLATE has places for; the last is NULL. */
extern const char *const conf_body_names[];
/* Whether the target is told of such events. */
bool conf_notify_wants(const struct conf_notify *n, enum conf_event event);
/* The zone of the builtin publisher that has name among its name servers, or NULL. */
const struct conf_zone *conf_find_served(const struct conf *c, const struct fqdn *name);

#endif
