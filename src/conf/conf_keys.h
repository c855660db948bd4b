/* SPDX-License-Identifier: BSD-2-Clause
 * Every configuration key, once: parsing, defaults, environment, `mooringd -T` and the style test
 * that compares them with the manual page all read this list. A new key is a line here, a field in
 * conf.h, and a paragraph in docs/man/mooring.conf.5 and etc/mooring.conf.
 *
 *	X(key, type, field, default, min, max, use, help)
 *
 * type is an enum conf_type, use an enum conf_use, without their prefixes. The default is written
 * as in the environment: items of a list are separated by commas. min and max bound a number, the
 * length of a string, or the count of a list. */
#ifndef MOORING_CONF_CONF_KEYS_H
#define MOORING_CONF_CONF_KEYS_H

/* clang-format off */
#define CONF_TOP_KEYS(X)                                                                           \
	X("listen", LISTENS, listen, "[::]:443", 0, CONF_LISTEN_MAX, ANY,                          \
	  "Addresses for HTTPS.")                                                                  \
	X("listen-plain", LISTENS, listen_plain, "", 0, CONF_LISTEN_MAX, ANY,                      \
	  "Addresses for HTTP without TLS: passwords cross the network readable.")                 \
	X("dns-listen", LISTENS, dns_listen, "[::]:53", 0, CONF_LISTEN_MAX, ANY,                   \
	  "Addresses of the builtin name server, UDP and TCP.")                                    \
	X("trusted-proxies", PREFIXES, trusted_proxies, "", 0, CONF_PROXIES_MAX, ANY,               \
	  "Proxies that name the client: addresses or prefixes.")                                   \
	X("client-address-header", CLIENT_HEADER, client_header, "x-forwarded-for", 0, 0, ANY,     \
	  "The header in which they do: x-forwarded-for, or forwarded (RFC 7239).")                \
	X("admin-listen", LISTENS, admin_listen, "", 0, CONF_LISTEN_MAX, ANY,                      \
	  "Addresses for /metrics, /readyz and /healthz by HTTP, for monitors only.")              \
	X("certificate", PATH, certificate, "/etc/mooring/tls/fullchain.pem", 1, CONF_PATH_MAX,    \
	  ANY, "PEM file with the certificate chain of the HTTPS listeners.")                      \
	X("private-key", PATH, private_key, "/etc/mooring/tls/privkey.pem", 1, CONF_PATH_MAX, ANY, \
	  "PEM file with its private key.")                                                        \
	X("more-certificates", PAIRS, more_certificates, "", 0, CONF_PAIRS_MAX, ANY,               \
	  "Further ones, as certificate:private-key, for other names or kinds of key.")            \
	X("acme-webroot", PATH, acme_webroot, "", 0, CONF_PATH_MAX, ANY,                           \
	  "Folder in which an ACME client leaves HTTP-01 challenges; empty: none are answered.")   \
	X("acme-listen", LISTENS, acme_listen, "", 0, CONF_LISTEN_MAX, ANY,                        \
	  "Addresses for HTTP that answer those challenges and nothing else.")                     \
	X("pepper-file", PATH, pepper_file, "", 0, CONF_PATH_MAX, ANY,                             \
	  "File of keys that take part in stored secrets, a version and a key in each line.")      \
	X("pseudonyms", PSEUDONYMS, pseudonyms, "none", 0, 0, ANY,                                 \
	  "What log and history have a pseudonym of: none, logins, addresses, or both.")           \
	X("pseudonym-key-file", PATH, pseudonym_key_file, "", 0, CONF_PATH_MAX, ANY,               \
	  "File with the key that makes them, in hexadecimal.")                                    \
	X("log-format", LOG_FORMAT, log_format, "text", 0, 0, ANY,                                 \
	  "Form of the log lines: text, json, or emf, which is json and lines of metrics.")        \
	X("log-level", LOG_LEVEL, log_level, "info", 0, 0, ANY,                                    \
	  "The least important lines that are still logged: error, warn, info or debug.")          \
	X("status-socket", PATH, status_socket, "auto", 0, CONF_PATH_MAX, ANY,                      \
	  "Where mooringctl status asks; auto: where the service manager has a place; empty: off.") \
	X("credentials", CREDENTIALS, credentials, "auto", 0, 0, ANY,                              \
	  "Where the keys for AWS come from; auto: the first place that is in use.")               \
	X("landlock", BOOL, landlock, "false", 0, 0, ANY,                                           \
	  "Give up, at the start, all files and ports that are not needed.")                       \
	X("http-threads", UINT, http_threads, "0", 0, 256, ANY,                                    \
	  "Threads that speak TLS and HTTP; 0: one per processor.")                                \
	X("max-connections", UINT, max_connections, "4096", 1, 1000000, ANY,                       \
	  "Connections of one listener at once.")                                                  \
	X("max-connections-per-client", UINT, max_connections_per_client, "64", 1, 1000000, ANY,   \
	  "Connections of one client (IPv4 address or IPv6 /56) at once.")                         \
	X("header-timeout", UINT, header_timeout_s, "10", 1, 300, ANY,                             \
	  "Seconds for the TLS handshake and the head of a request.")                              \
	X("body-timeout", UINT, body_timeout_s, "15", 1, 300, ANY,                                 \
	  "Seconds until the whole request is in.")                                                \
	X("keepalive-timeout", UINT, keepalive_timeout_s, "30", 1, 3600, ANY,                      \
	  "Seconds that an idle connection is kept.")                                              \
	X("update-deadline", UINT, update_deadline_s, "8", 1, 60, ANY,                             \
	  "Seconds until a client is told 911 while its update is still being published.")         \
	X("drain-timeout", UINT, drain_timeout_s, "10", 0, 300, ANY,                               \
	  "Seconds that requests in flight get when the daemon stops.")                            \
	X("retry-after", UINT, retry_after_s, "60", 1, 86400, ANY,                                 \
	  "Seconds after which a refused client is asked to come back.")                           \
	X("max-pending-updates", UINT, max_pending_updates, "8192", 1, 1000000, ANY,               \
	  "Updates waiting at once; further ones get 911.")                                        \
	X("auth-penalty", UINT, auth_penalty_s, "5", 0, 3600, ANY,                                 \
	  "Seconds of penalty that a client gets for a failed login; 0: none.")                    \
	X("auth-penalty-max", UINT, auth_penalty_max_s, "600", 0, 86400, ANY,                      \
	  "Seconds that the penalties of a client add up to at most; 0: there are none.")          \
	X("changes-per-hour", UINT, changes_per_hour, "60", 0, 100000, ANY,                        \
	  "New addresses of one host name in an hour; further ones get 911; 0: no limit.")         \
	X("max-pending-hosts", UINT, max_pending_hosts, "32768", 1, 10000000, ANY,                 \
	  "Host names being published at once, about 700 bytes each; further ones get 911.")       \
	X("settle-time", UINT, settle_time_s, "60", 1, 3600, ANY,                                  \
	  "Seconds that another daemon may take for a publication that it has begun.")             \
	X("dns-responses-per-second", UINT, dns_responses_per_second, "200", 0, 1000000, ANY,      \
	  "UDP answers to one client network (IPv4 /24 or IPv6 /56); 0: no limit.")                \
	X("route53-requests-per-second", UINT, route53_requests_per_second, "10", 1, 10000, ANY,   \
	  "Requests that the AWS account may make of Route 53.")                                   \
	X("route53-changes-per-second", UINT, route53_changes_per_second, "100", 1, 100000, ANY,   \
	  "Record changes that Route 53 takes from the account; a new address counts twice.")      \
	X("route53-timeout", UINT, route53_timeout_s, "10", 1, 300, ANY,                           \
	  "Seconds for one operation of Route 53 with all its attempts.")                          \
	X("aws-request-timeout", UINT, aws_request_timeout_s, "3", 1, 60, ANY,                     \
	  "Seconds for one attempt, its connection included.")                                     \
	X("sync-interval", UINT, sync_interval_s, "1", 1, 3600, ANY,                               \
	  "Seconds between looks at the store for what other processes changed.")                  \
	X("account-cache", UINT, account_cache, "10000", 0, 10000000, ANY,                         \
	  "Accounts kept in memory: of SQLite between those looks, of DynamoDB for its trouble; "   \
	  "0: none.")                                                                              \
	X("account-cache-age", UINT, account_cache_age_s, "0", 0, 86400, ANY,                      \
	  "Seconds that one of DynamoDB answers nochg without a read, for a single daemon; "       \
	  "0: never.")                                                                             \
	X("stale-age", UINT, stale_age_s, "900", 0, 86400, ANY,                                    \
	  "Seconds that an account in memory stands in for a store in trouble; 0: never.")         \
	X("history", HISTORY, history, "changes", 0, 0, ANY,                                       \
	  "What is kept of each host's past: none, changes, or attempts, which change nothing, too.") \
	X("history-days", UINT, history_days, "400", 1, 3650, ANY,                                 \
	  "Days that it is kept.")

#define CONF_STORE_KEYS(X)                                                                         \
	X("type", STORE, store.type, "sqlite", 0, 0, ANY,                                          \
	  "Where accounts are kept: sqlite or dynamodb.")                                          \
	X("path", PATH, store.path, "/var/lib/mooring/mooring.db", 1, CONF_PATH_MAX, SQLITE,       \
	  "The database file.")                                                                    \
	X("table", TABLE, store.table, "ddns-serverless-app-db", 3, 255, DYNAMODB,                 \
	  "The DynamoDB table.")                                                                   \
	X("region", REGION, store.region, "", 0, 64, DYNAMODB,                                     \
	  "AWS region of the table; empty: as AWS_REGION or the profile says.")                    \
	X("endpoint", URL, store.endpoint, "", 0, 2048, DYNAMODB,                                  \
	  "URL instead of AWS's own, for an emulator.")                                            \
	X("scan-share", UINT, store.scan_share, "25", 1, 100, DYNAMODB,                            \
	  "Per cent of what the table can read that the daemon may take to list it.")              \
	X("timeout", UINT, store.timeout_s, "3", 1, 60, ANY,                                       \
	  "Seconds for one operation of the store.")

#define CONF_ZONE_KEYS(X)                                                                          \
	X("publisher", PUBLISHER, publisher, "builtin", 0, 0, ANY,                                 \
	  "Where the records of the zone are published: builtin or route53.")                      \
	X("hosted-zone-id", ZONE_ID, hosted_zone_id, "", 0, 32, ROUTE53,                           \
	  "Id of the Route 53 hosted zone.")                                                       \
	X("endpoint", URL, endpoint, "", 0, 2048, ROUTE53,                                         \
	  "URL instead of AWS's own, for an emulator.")                                            \
	X("ttl", UINT, ttl, "60", CONF_TTL_MIN, CONF_TTL_MAX, ANY,                                  \
	  "Seconds that resolvers may keep a record, for accounts without a TTL of their own.")    \
	X("allow-special-addresses", BOOL, allow_special_addresses, "false", 0, 0, ANY,            \
	  "Accept private, loopback and documentation addresses: for a lab or a home network.")    \
	X("republish-interval", UINT, republish_interval_s, "86400", 1, 31536000, ANY,             \
	  "Seconds after which an unchanged address is published again.")                          \
	X("name-servers", NAMES, name_servers, "", 0, CONF_NS_MAX, BUILTIN,                        \
	  "Names of the zone's name servers; empty: ns1 in the zone.")                             \
	X("name-server-addresses", ADDRS, name_server_addresses, "", 0, CONF_NS_MAX, BUILTIN,      \
	  "Addresses of those name servers that lie in the zone.")

#define CONF_LISTEN_AT_KEYS(X)                                                                     \
	X("address", LISTENS, address, "", 0, CONF_LISTEN_MAX, ANY,                                \
	  "Addresses of this listener.")                                                           \
	X("tls", TLS, tls, "modern", 0, 0, ANY,                                                    \
	  "HTTPS by TLS 1.2 and 1.3 (modern), by older versions, too (legacy), or plain HTTP (no).") \
	X("certificates", PAIRS, certificates, "", 0, CONF_PAIRS_MAX, TLS,                         \
	  "PEM files as certificate:private-key, for each name or kind of key; none: those of all.") \
	X("proxy-protocol", BOOL, proxy_protocol, "false", 0, 0, ANY,                              \
	  "Take the client's address from the PROXY header of a trusted proxy.")                   \
	X("query-credentials", QUERY_CREDENTIALS, query_credentials, "no", 0, 0, ANY,              \
	  "Take a login from the query of the URL: no, tls (by HTTPS) or always.")

#define CONF_NOTIFY_KEYS(X)                                                                        \
	X("type", NOTIFY, type, "webhook", 0, 0, ANY,                                              \
	  "What is told: webhook, smtp, sns or exec.")                                             \
	X("events", EVENTS, events, CONF_EVENTS_PRESET, 0, CONF_TEXTS_MAX, ANY,                    \
	  "What it is told of.")                                                                   \
	X("hosts", HOSTS, hosts, "", 0, CONF_TEXTS_MAX, ANY,                                       \
	  "Of which hosts: names, or *.SUFFIX; empty: of all.")                                    \
	X("quiet", QUIET, quiet, "", 0, 0, ANY,                                                    \
	  "Local time of the day in which nothing is sent, as 22:00-07:00; it waits.")             \
	X("per-minute", UINT, per_minute, "10", 1, 600, ANY,                                       \
	  "Notices in a minute; further ones are counted in one digest.")                          \
	X("silent-days", UINT, silent_days, "7", 1, 365, ANY,                                      \
	  "Days without an update after which a host is silent.")                                  \
	X("timeout", UINT, timeout_s, "10", 1, 300, ANY,                                           \
	  "Seconds for one attempt.")                                                              \
	X("url", TARGET_URL, url, "", 0, 2048, URL,                                                \
	  "Where it goes: http or https for a webhook, smtp or smtps for mail.")                   \
	X("ca-file", PATH, ca_file, "", 0, CONF_PATH_MAX, URL,                                     \
	  "PEM file of the only authorities that it is trusted by; empty: the system's.")          \
	X("format", NOTIFY_FORMAT, format, "json", 0, 0, WEBHOOK,                                  \
	  "Form of the body: json, ntfy, gotify, apprise, slack, discord, or template.")           \
	X("body", TEXT, body, "", 0, 2048, WEBHOOK,                                                \
	  "The body, with format = template.")                                                     \
	X("headers", HEADERS, headers, "", 0, CONF_TEXTS_MAX, WEBHOOK,                             \
	  "Further headers, each as NAME: VALUE.")                                                 \
	X("secret-file", PATH, secret_file, "", 0, CONF_PATH_MAX, WEBHOOK,                         \
	  "File of the key that signs each body; empty: none is signed.")                          \
	X("token-file", PATH, token_file, "", 0, CONF_PATH_MAX, WEBHOOK,                           \
	  "File of a bearer token, or of what stands for {token} in the url; empty: none is sent.")                                          \
	X("from", MAIL, from, "", 0, CONF_MAIL_MAX, SMTP,                                          \
	  "The sender's address.")                                                                 \
	X("to", MAILS, to, "", 0, CONF_TEXTS_MAX, SMTP,                                            \
	  "The recipients' addresses.")                                                            \
	X("starttls", BOOL, starttls, "true", 0, 0, SMTP,                                          \
	  "Ask for TLS before anything is sent by smtp://; false: mail crosses readable.")         \
	X("user", TEXT, user, "", 0, 255, SMTP,                                                    \
	  "Login at the mail server; empty: none.")                                                \
	X("password-file", PATH, password_file, "", 0, CONF_PATH_MAX, SMTP,                        \
	  "File of its password.")                                                                 \
	X("topic", TOPIC, topic, "", 0, 512, SNS,                                                  \
	  "ARN of the topic; one of a FIFO topic ends in .fifo.")                                  \
	X("endpoint", URL, endpoint, "", 0, 2048, SNS,                                             \
	  "URL instead of AWS's own, for an emulator.")                                            \
	X("command", COMMAND, command, "", 0, CONF_TEXTS_MAX, EXEC,                                \
	  "Program with an absolute path, and its arguments; no shell runs it.")

#define CONF_HEARTBEAT_KEYS(X)                                                                     \
	X("hosts", HOSTS, hosts, "", 0, CONF_TEXTS_MAX, ANY,                                       \
	  "For which hosts: names, or *.SUFFIX; empty: for all.")                                  \
	X("url", HEARTBEAT_URL, url, "", 0, 2048, ANY,                                             \
	  "What is asked (GET) after an accepted update; {host} stands for the name.")             \
	X("token-file", PATH, token_file, "", 0, CONF_PATH_MAX, ANY,                               \
	  "File of what stands for {token} in the url.")

/* Keys that were in section TOP once, and that nobody tuned: a configuration that
 * sets one still starts, with a warning that says what is used now.
 *
 *	X(key, number, of) */
#define CONF_REMOVED_KEYS(X)                                                                       \
	X("keepalive-requests", CONF_KEEPALIVE_REQUESTS, "")                                       \
	X("max-pending-hashes", CONF_PENDING_HASHES_MAX, "")                                       \
	X("dns-tcp-clients", CONF_DNS_TCP_CLIENTS, "")                                             \
	X("dns-tcp-idle", CONF_DNS_TCP_IDLE_S, "")                                                 \
	X("route53-request-burst", CONF_ROUTE53_REQUEST_BURST_S,                                   \
	  " times route53-requests-per-second")                                                    \
	X("route53-change-burst", CONF_ROUTE53_CHANGE_BURST_S,                                     \
	  " times route53-changes-per-second")                                                     \
	X("route53-sample", CONF_ROUTE53_SAMPLE, "")                                               \
	X("aws-connect-timeout", CONF_AWS_CONNECT_TIMEOUT_S, "")                                   \
	X("aws-breaker-failures", CONF_AWS_BREAKER_FAILURES, "")                                   \
	X("aws-breaker-pause", CONF_AWS_BREAKER_PAUSE_S, "")
/* clang-format on */

#endif
