/* SPDX-License-Identifier: BSD-2-Clause
 * Counters and gauges of the whole process, and their print in Prometheus' text format 0.0.4. Any
 * thread; no locks. Labels are fixed here: never a user, a host or anything else from outside. */
#ifndef MOORING_BASE_METRIC_H
#define MOORING_BASE_METRIC_H

#include <stdint.h>

#include "base/buf.h"

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_TIMESTAMP, /* a gauge in seconds since the epoch; not printed before it is set */
	METRIC_HISTOGRAM, /* those are in base/histogram.h */
};

/* The families, in the order of the print: F(family, name without "mooring_", type, help). */
/* clang-format off */
#define METRIC_FAMILIES(F)                                                                         \
	F(UPDATES, "updates_total", COUNTER,                                                       \
	  "Verdicts, one for each line of an update's answer; a request without a readable login " \
	  "is only in http_requests_total.")                                                       \
	F(UPDATES_PENDING, "updates_pending", GAUGE, "Updates that wait for their answer.")        \
	F(HTTP_REQUESTS, "http_requests_total", COUNTER,                                           \
	  "HTTP replies by status, those of the admin listener included.")                         \
	F(HTTP_CONNECTIONS, "http_connections", GAUGE, "HTTP connections open on all listeners.")  \
	F(HTTP_REJECTED, "http_connections_rejected_total", COUNTER,                               \
	  "HTTP connections refused: of one client too many (client), or all in use (full).")      \
	F(HTTP_SHED, "http_connections_shed_total", COUNTER,                                       \
	  "HTTP connections that made room for others when all were in use, by what they were "    \
	  "doing; mooringd(8) explains each.")                                                     \
	F(PROXY_REFUSED, "proxy_headers_refused_total", COUNTER,                                   \
	  "Connections closed for want of a PROXY header: from nobody trusted (untrusted), "       \
	  "another protocol (missing), against the rules (malformed), not whole in time "          \
	  "(timeout) or at the end (closed).")                                                     \
	F(TLS_FAILED, "tls_handshakes_failed_total", COUNTER,                                      \
	  "TLS handshakes that failed, by cause; mooringd(8) explains each.")                       \
	F(CHANGES_QUEUED, "changes_queued", GAUGE,                                                 \
	  "Changes of addresses that no publisher has accepted yet.")                              \
	F(OLDEST_CHANGE_AGE, "oldest_change_age_seconds", GAUGE,                                   \
	  "How long the oldest of them has waited; 0 without one.")                                \
	F(ZONES_DENIED, "zones_denied", GAUGE,                                                     \
	  "Zones that Route 53 refused as a whole at the last attempt.")                           \
	F(BATCHES, "batches_total", COUNTER, "Batches of changes handed to a publisher.")          \
	F(PUBLISH_FAILURES, "publish_failures_total", COUNTER,                                     \
	  "Batches that failed and are tried again, and changes that were refused for good.")      \
	F(PUBLISH_REPAIRS, "publish_repairs_total", COUNTER,                                       \
	  "Hosts published once more because another daemon published them at the same time.")     \
	F(REPUBLICATIONS, "republications_total", COUNTER,                                         \
	  "Hosts published once more though nothing changed: the last time was long ago, or the "  \
	  "TTL is another one.")                                                                   \
	F(REPUBLICATIONS_WAITING, "republications_waiting", GAUGE,                                 \
	  "Accounts with such hosts that wait for a quiet moment; at most 1024.")                  \
	F(QUIRK_HINTS, "quirk_hints_total", COUNTER,                                               \
	  "Lines in the log about a client that needs a quirk which its account lacks.")           \
	F(NEW_HOSTS_WAITING, "new_hosts_waiting", GAUGE,                                           \
	  "Hosts published for the first time, to be published once more after settle-time; at "   \
	  "most 16384.")                                                                           \
	F(CACHE_HITS, "account_cache_hits_total", COUNTER,                                         \
	  "Accounts found in memory and not asked of the store, by the time since they were read.") \
	F(STATUS_CONNECTIONS, "status_connections", GAUGE,                                         \
	  "Connections open at the status socket; at most 8.")                                     \
	F(STATUS_REQUESTS, "status_requests_total", COUNTER,                                       \
	  "Requests there: answered, refused as there was no room, not understood (bad), or not "  \
	  "read to the end in time (late).")                                                       \
	F(SEEN_HOSTS, "seen_hosts", GAUGE,                                                         \
	  "Hosts of which the daemon knows when they were last asked for, or that they never "      \
	  "were; at most 65536.")                                                                  \
	F(SEEN_FORGOTTEN, "seen_hosts_forgotten_total", COUNTER,                                   \
	  "Of these, hosts forgotten because others needed their room.")                           \
	F(CACHED_ACCOUNTS, "account_cache_accounts", GAUGE,                                        \
	  "Accounts in memory; account-cache bounds them.")                                        \
	F(LOGINS_BRAKED, "logins_braked_total", COUNTER,                                           \
	  "Updates that got 911 because their client failed to log in too often: at several "      \
	  "logins (client), or at this one (login).")                                              \
	F(PENALTIES_EVICTED, "penalties_evicted_total", COUNTER,                                   \
	  "Penalties of such clients that were forgotten too early, for want of room.")            \
	F(VERIFIED_HITS, "verified_logins_total", COUNTER,                                         \
	  "Passwords taken without crypt(3), which found them right less than ten minutes before.") \
	F(HASHES_WAITING, "hashes_waiting", GAUGE,                                                 \
	  "Checks that wait for crypt(3); at most 64, of one client 16.")                          \
	F(HASHES_REFUSED, "hashes_refused_total", COUNTER,                                         \
	  "Checks that found no room there; their updates got 911.")                               \
	F(CHANGES_LIMITED, "changes_limited_total", COUNTER,                                       \
	  "Updates that got 911 because a host had changed changes-per-hour times.")               \
	F(CHANGES_FORGOTTEN, "changes_forgotten_total", COUNTER,                                   \
	  "Hosts whose changes were forgotten too early, for want of room.")                       \
	F(STATE_ROLLBACKS, "state_rollbacks_total", COUNTER,                                       \
	  "Hosts published again because the store had an older state of them, or none.")          \
	F(STORE_TROUBLE, "store_trouble_total", COUNTER,                                           \
	  "Operations of the store that failed for another reason than the request itself.")       \
	F(TABLE_REFUSED, "table_refused", GAUGE,                                                   \
	  "1 while the table is missing, may not be read, has another key, or KMS refuses its key.") \
	F(RESUMING, "resuming", GAUGE,                                                             \
	  "1 while what was owed at the start is not known, because the store could not be listed.") \
	F(LISTING_RUNNING, "listing_running", GAUGE,                                               \
	  "1 while a DynamoDB table is read from its beginning to its end.")                       \
	F(LISTING_PAGES, "listing_pages", GAUGE,                                                   \
	  "Pages that this listing, or the last one, has read.")                                   \
	F(LISTING_ITEMS, "listing_items", GAUGE, "Items in them.")                                 \
	F(LISTING_WAITING, "listing_waiting", GAUGE,                                               \
	  "1 while it waits to ask for the same page once more: the table was throttled "          \
	  "(throttled), or gave no answer (trouble).")                                             \
	F(HOSTS_PENDING, "hosts_pending", GAUGE,                                                   \
	  "Hosts for which something is left to do; max-pending-hosts bounds them.")                \
	F(HOSTS_WAITING, "hosts_waiting", GAUGE,                                                   \
	  "Of those, which wait: for the store (store), for other daemons' publications (settle), " \
	  "for a listing, after they were removed (listing).")                                      \
	F(HISTORY, "history_entries_total", COUNTER,                                               \
	  "Entries of the history of hosts: kept (written), refused or lost for want of room "       \
	  "(dropped) or of a permission (denied), or left out of what changed nothing (limited).")   \
	F(HISTORY_WAITING, "history_waiting", GAUGE,                                               \
	  "Entries that wait to be written; at most 4096.")                                        \
	F(NOTICES, "notices_total", COUNTER,                                                       \
	  "Notices for targets, by what became of them: delivered, an attempt that failed "        \
	  "(failed), given up for good (dead), counted in a digest (digested), or lost for want "   \
	  "of room (dropped).")                                                                    \
	F(NOTICES_WAITING, "notices_waiting", GAUGE,                                               \
	  "Notices in memory that wait for their targets; at most 1024.")                          \
	F(NOTICES_DEAD, "notices_dead", GAUGE,                                                     \
	  "Notices that were given up, as far as this daemon shows them; at most 64.")             \
	F(NOTICES_GONE, "notices_without_target", GAUGE,                                           \
	  "Notices in the store for sections that are not in the configuration.")                  \
	F(NOTICES_IN_MEMORY, "notices_in_memory", GAUGE,                                           \
	  "1: the store takes no notices, and those not delivered die with the daemon.")           \
	F(HEARTBEATS, "heartbeats_total", COUNTER,                                                 \
	  "URLs of heartbeats: asked (sent), without a good answer (failed), not asked for want "  \
	  "of room (skipped).")                                                                    \
	F(DNS_QUERIES, "dns_queries_total", COUNTER, "Messages to the builtin name server.")       \
	F(DNS_LIMITED, "dns_limited_total", COUNTER,                                               \
	  "UDP answers dropped, cut short or BADCOOKIE by dns-responses-per-second.")              \
	F(DNS_COOKIES, "dns_cookies_total", COUNTER,                                               \
	  "Queries with a DNS cookie: the client's first one, a bad or a valid one.")              \
	F(DNS_TCP_CONNECTIONS, "dns_tcp_connections", GAUGE,                                       \
	  "TCP connections to the builtin name server; 64 at most, 16 of one network.")            \
	F(DNS_TCP_CLOSED, "dns_tcp_closed_total", COUNTER,                                         \
	  "Of those, which were closed: idle, or to make room for another one of the network "     \
	  "(network) or of any (full).")                                                           \
	F(AWS_REQUESTS, "aws_requests_total", COUNTER,                                             \
	  "Operations asked of AWS, however many attempts one took.")                              \
	F(AWS_BREAKER, "aws_breaker_open", GAUGE,                                                  \
	  "1 while a service of AWS gives no usable answer and is asked once in a while only.")    \
	F(AWS_KEYS_MISSING, "aws_credentials_missing", GAUGE,                                      \
	  "1 while no keys for AWS can be had, and there are no old ones.")                        \
	F(AWS_KEYS_END, "aws_credentials_expiry_timestamp_seconds", TIMESTAMP,                     \
	  "When the keys in use end, if they do.")                                                 \
	F(ROUTE53_PROPAGATION, "route53_propagation_seconds", GAUGE,                               \
	  "How long the last sampled batch took to be in sync.")                                   \
	F(ROUTE53_SAMPLES, "route53_propagation_samples_total", COUNTER,                           \
	  "Sampled batches: in sync, not within five minutes (late), or unknown to Route 53 (lost).") \
	F(LOG_LINES_LOST, "log_lines_lost_total", COUNTER,                                         \
	  "Log lines dropped because their reader was too slow.")                                  \
	F(LOG_LINES_LIMITED, "log_lines_limited_total", COUNTER,                                   \
	  "Log lines that were only counted because one network caused too many of a kind.")       \
	F(START_TIME, "start_time_seconds", TIMESTAMP, "When the daemon was started.")             \
	F(RELOAD_FAILED, "reload_failed", GAUGE,                                                   \
	  "1 while the last reload left something as it was: files of certificates "               \
	  "(certificates), the configuration, with which a restart would fail (configuration), "   \
	  "pepper-file (peppers), or secrets of sections notify and heartbeat (targets).")                                                                \
	F(CERTIFICATE_END, "certificate_not_after_timestamp_seconds", TIMESTAMP,                   \
	  "When the certificate in use expires.")                                                 \
	F(CERTIFICATES_DUE, "certificates_due", GAUGE,                                             \
	  "Certificates in use with less than a third of their lifetime left: nothing renewed "    \
	  "them.")

#define METRIC_AWS_SAMPLES(X, service, label)                                                      \
	X(AWS_##service##_OK, AWS_REQUESTS, "service=\"" label "\",outcome=\"ok\"")                \
	X(AWS_##service##_REFUSED, AWS_REQUESTS, "service=\"" label "\",outcome=\"refused\"")      \
	X(AWS_##service##_THROTTLED, AWS_REQUESTS, "service=\"" label "\",outcome=\"throttled\"")  \
	X(AWS_##service##_DENIED, AWS_REQUESTS, "service=\"" label "\",outcome=\"denied\"")        \
	X(AWS_##service##_FAILED, AWS_REQUESTS, "service=\"" label "\",outcome=\"failed\"")

/* The samples, those of one family together: X(metric, family, labels). */
#define METRIC_SAMPLES(X)                                                                          \
	X(UPDATES_GOOD, UPDATES, "result=\"good\"")                                                \
	X(UPDATES_NOCHG, UPDATES, "result=\"nochg\"")                                              \
	X(UPDATES_BADAUTH, UPDATES, "result=\"badauth\"")                                          \
	X(UPDATES_NOHOST, UPDATES, "result=\"nohost\"")                                            \
	X(UPDATES_NOTFQDN, UPDATES, "result=\"notfqdn\"")                                          \
	X(UPDATES_NUMHOST, UPDATES, "result=\"numhost\"")                                          \
	X(UPDATES_DNSERR, UPDATES, "result=\"dnserr\"")                                            \
	X(UPDATES_911, UPDATES, "result=\"911\"")                                                  \
	X(UPDATES_PENDING, UPDATES_PENDING, "")                                                    \
	X(HTTP_200, HTTP_REQUESTS, "code=\"200\"")                                                 \
	X(HTTP_400, HTTP_REQUESTS, "code=\"400\"")                                                 \
	X(HTTP_401, HTTP_REQUESTS, "code=\"401\"")                                                 \
	X(HTTP_404, HTTP_REQUESTS, "code=\"404\"")                                                 \
	X(HTTP_405, HTTP_REQUESTS, "code=\"405\"")                                                 \
	X(HTTP_413, HTTP_REQUESTS, "code=\"413\"")                                                 \
	X(HTTP_415, HTTP_REQUESTS, "code=\"415\"")                                                 \
	X(HTTP_431, HTTP_REQUESTS, "code=\"431\"")                                                 \
	X(HTTP_503, HTTP_REQUESTS, "code=\"503\"")                                                 \
	X(HTTP_505, HTTP_REQUESTS, "code=\"505\"")                                                 \
	X(HTTP_CONNECTIONS, HTTP_CONNECTIONS, "")                                                  \
	X(HTTP_REJECTED_CLIENT, HTTP_REJECTED, "reason=\"client\"")                                \
	X(HTTP_REJECTED_FULL, HTTP_REJECTED, "reason=\"full\"")                                    \
	X(HTTP_SHED_HELLO, HTTP_SHED, "phase=\"hello\"")                                           \
	X(HTTP_SHED_HEAD, HTTP_SHED, "phase=\"head\"")                                             \
	X(HTTP_SHED_BODY, HTTP_SHED, "phase=\"body\"")                                             \
	X(HTTP_SHED_REPLY, HTTP_SHED, "phase=\"reply\"")                                           \
	X(HTTP_SHED_IDLE, HTTP_SHED, "phase=\"idle\"")                                             \
	X(HTTP_SHED_WAIT, HTTP_SHED, "phase=\"wait\"")                                             \
	X(PROXY_REFUSED_UNTRUSTED, PROXY_REFUSED, "reason=\"untrusted\"")                          \
	X(PROXY_REFUSED_MISSING, PROXY_REFUSED, "reason=\"missing\"")                              \
	X(PROXY_REFUSED_MALFORMED, PROXY_REFUSED, "reason=\"malformed\"")                          \
	X(PROXY_REFUSED_TIMEOUT, PROXY_REFUSED, "reason=\"timeout\"")                              \
	X(PROXY_REFUSED_CLOSED, PROXY_REFUSED, "reason=\"closed\"")                                \
	X(TLS_FAILED_VERSION, TLS_FAILED, "cause=\"protocol_version\"")                            \
	X(TLS_FAILED_CIPHER, TLS_FAILED, "cause=\"no_shared_cipher\"")                             \
	X(TLS_FAILED_GROUP, TLS_FAILED, "cause=\"no_shared_group\"")                               \
	X(TLS_FAILED_SIGNATURE, TLS_FAILED, "cause=\"no_shared_signature\"")                       \
	X(TLS_FAILED_CERT_REFUSED, TLS_FAILED, "cause=\"certificate_refused\"")                    \
	X(TLS_FAILED_CERT_UNANSWERED, TLS_FAILED, "cause=\"certificate_unanswered\"")              \
	X(TLS_FAILED_ALERT, TLS_FAILED, "cause=\"client_alert\"")                                  \
	X(TLS_FAILED_PLAIN_HTTP, TLS_FAILED, "cause=\"plain_http\"")                               \
	X(TLS_FAILED_PROXY_HEADER, TLS_FAILED, "cause=\"proxy_header\"")                           \
	X(TLS_FAILED_NOT_TLS, TLS_FAILED, "cause=\"not_tls\"")                                     \
	X(TLS_FAILED_MALFORMED, TLS_FAILED, "cause=\"malformed\"")                                 \
	X(TLS_FAILED_NOTHING_SENT, TLS_FAILED, "cause=\"nothing_sent\"")                           \
	X(TLS_FAILED_TIMEOUT, TLS_FAILED, "cause=\"timeout\"")                                     \
	X(TLS_FAILED_CLOSED, TLS_FAILED, "cause=\"closed\"")                                       \
	X(TLS_FAILED_RESET, TLS_FAILED, "cause=\"reset\"")                                         \
	X(TLS_FAILED_INTERNAL, TLS_FAILED, "cause=\"internal\"")                                   \
	X(CHANGES_QUEUED, CHANGES_QUEUED, "")                                                      \
	X(OLDEST_CHANGE_AGE, OLDEST_CHANGE_AGE, "")                                                \
	X(ZONES_DENIED, ZONES_DENIED, "")                                                          \
	X(BATCHES, BATCHES, "")                                                                    \
	X(PUBLISH_FAILURES, PUBLISH_FAILURES, "")                                                  \
	X(PUBLISH_REPAIRS, PUBLISH_REPAIRS, "")                                                    \
	X(REPUBLICATIONS, REPUBLICATIONS, "")                                                      \
	X(REPUBLICATIONS_WAITING, REPUBLICATIONS_WAITING, "")                                      \
	X(QUIRK_HINTS, QUIRK_HINTS, "")                                                            \
	X(NEW_HOSTS_WAITING, NEW_HOSTS_WAITING, "")                                                \
	X(CACHE_HITS_1M, CACHE_HITS, "age=\"below_1m\"")                                           \
	X(CACHE_HITS_10M, CACHE_HITS, "age=\"below_10m\"")                                         \
	X(CACHE_HITS_1H, CACHE_HITS, "age=\"below_1h\"")                                           \
	X(CACHE_HITS_OLDER, CACHE_HITS, "age=\"above_1h\"")                                        \
	X(STATUS_CONNECTIONS, STATUS_CONNECTIONS, "")                                              \
	X(STATUS_ANSWERED, STATUS_REQUESTS, "result=\"answered\"")                                 \
	X(STATUS_REFUSED, STATUS_REQUESTS, "result=\"refused\"")                                   \
	X(STATUS_BAD, STATUS_REQUESTS, "result=\"bad\"")                                           \
	X(STATUS_LATE, STATUS_REQUESTS, "result=\"late\"")                                         \
	X(SEEN_HOSTS, SEEN_HOSTS, "")                                                              \
	X(SEEN_FORGOTTEN, SEEN_FORGOTTEN, "")                                                      \
	X(CACHED_ACCOUNTS, CACHED_ACCOUNTS, "")                                                    \
	X(LOGINS_BRAKED_CLIENT, LOGINS_BRAKED, "by=\"client\"")                                    \
	X(LOGINS_BRAKED_LOGIN, LOGINS_BRAKED, "by=\"login\"")                                      \
	X(PENALTIES_EVICTED, PENALTIES_EVICTED, "")                                                \
	X(VERIFIED_HITS, VERIFIED_HITS, "")                                                        \
	X(HASHES_WAITING, HASHES_WAITING, "")                                                      \
	X(HASHES_REFUSED, HASHES_REFUSED, "")                                                      \
	X(CHANGES_LIMITED, CHANGES_LIMITED, "")                                                    \
	X(CHANGES_FORGOTTEN, CHANGES_FORGOTTEN, "")                                                \
	X(STATE_ROLLBACKS, STATE_ROLLBACKS, "")                                                    \
	X(STORE_TROUBLE, STORE_TROUBLE, "")                                                        \
	X(TABLE_MISSING, TABLE_REFUSED, "reason=\"missing\"")                                      \
	X(TABLE_DENIED, TABLE_REFUSED, "reason=\"denied\"")                                        \
	X(TABLE_OTHER_KEY, TABLE_REFUSED, "reason=\"key\"")                                        \
	X(TABLE_KMS, TABLE_REFUSED, "reason=\"kms\"")                                              \
	X(RESUMING, RESUMING, "")                                                                  \
	X(LISTING_RUNNING, LISTING_RUNNING, "")                                                    \
	X(LISTING_PAGES, LISTING_PAGES, "")                                                        \
	X(LISTING_ITEMS, LISTING_ITEMS, "")                                                        \
	X(LISTING_THROTTLED, LISTING_WAITING, "reason=\"throttled\"")                              \
	X(LISTING_TROUBLED, LISTING_WAITING, "reason=\"trouble\"")                                 \
	X(HOSTS_PENDING, HOSTS_PENDING, "")                                                        \
	X(HOSTS_WAITING_STORE, HOSTS_WAITING, "reason=\"store\"")                                  \
	X(HOSTS_WAITING_SETTLE, HOSTS_WAITING, "reason=\"settle\"")                                \
	X(HOSTS_WAITING_LISTING, HOSTS_WAITING, "reason=\"listing\"")                              \
	X(HISTORY_WRITTEN, HISTORY, "result=\"written\"")                                          \
	X(HISTORY_DROPPED, HISTORY, "result=\"dropped\"")                                          \
	X(HISTORY_DENIED, HISTORY, "result=\"denied\"")                                            \
	X(HISTORY_LIMITED, HISTORY, "result=\"limited\"")                                          \
	X(HISTORY_WAITING, HISTORY_WAITING, "")                                                    \
	X(NOTICES_DELIVERED, NOTICES, "result=\"delivered\"")                                      \
	X(NOTICES_FAILED, NOTICES, "result=\"failed\"")                                            \
	X(NOTICES_GIVEN_UP, NOTICES, "result=\"dead\"")                                            \
	X(NOTICES_DIGESTED, NOTICES, "result=\"digested\"")                                        \
	X(NOTICES_DROPPED, NOTICES, "result=\"dropped\"")                                          \
	X(NOTICES_WAITING, NOTICES_WAITING, "")                                                    \
	X(NOTICES_DEAD, NOTICES_DEAD, "")                                                          \
	X(NOTICES_GONE, NOTICES_GONE, "")                                                          \
	X(NOTICES_IN_MEMORY, NOTICES_IN_MEMORY, "")                                                \
	X(HEARTBEATS_SENT, HEARTBEATS, "result=\"sent\"")                                          \
	X(HEARTBEATS_FAILED, HEARTBEATS, "result=\"failed\"")                                      \
	X(HEARTBEATS_SKIPPED, HEARTBEATS, "result=\"skipped\"")                                    \
	X(DNS_QUERIES_UDP, DNS_QUERIES, "transport=\"udp\"")                                       \
	X(DNS_QUERIES_TCP, DNS_QUERIES, "transport=\"tcp\"")                                       \
	X(DNS_LIMITED, DNS_LIMITED, "")                                                            \
	X(DNS_COOKIES_FIRST, DNS_COOKIES, "cookie=\"first\"")                                      \
	X(DNS_COOKIES_BAD, DNS_COOKIES, "cookie=\"bad\"")                                          \
	X(DNS_COOKIES_VALID, DNS_COOKIES, "cookie=\"valid\"")                                      \
	X(DNS_TCP_CONNECTIONS, DNS_TCP_CONNECTIONS, "")                                            \
	X(DNS_TCP_CLOSED_IDLE, DNS_TCP_CLOSED, "reason=\"idle\"")                                  \
	X(DNS_TCP_CLOSED_NETWORK, DNS_TCP_CLOSED, "reason=\"network\"")                            \
	X(DNS_TCP_CLOSED_FULL, DNS_TCP_CLOSED, "reason=\"full\"")                                  \
	METRIC_AWS_SAMPLES(X, DYNAMODB, "dynamodb")                                                \
	METRIC_AWS_SAMPLES(X, ROUTE53, "route53")                                                  \
	METRIC_AWS_SAMPLES(X, STS, "sts")                                                          \
	METRIC_AWS_SAMPLES(X, SNS, "sns")                                                          \
	X(AWS_BREAKER_DYNAMODB, AWS_BREAKER, "service=\"dynamodb\"")                               \
	X(AWS_BREAKER_ROUTE53, AWS_BREAKER, "service=\"route53\"")                                 \
	X(AWS_BREAKER_STS, AWS_BREAKER, "service=\"sts\"")                                         \
	X(AWS_BREAKER_SNS, AWS_BREAKER, "service=\"sns\"")                                         \
	X(AWS_KEYS_MISSING, AWS_KEYS_MISSING, "")                                                  \
	X(AWS_KEYS_END, AWS_KEYS_END, "")                                                          \
	X(ROUTE53_PROPAGATION, ROUTE53_PROPAGATION, "")                                            \
	X(ROUTE53_SAMPLES_INSYNC, ROUTE53_SAMPLES, "result=\"insync\"")                            \
	X(ROUTE53_SAMPLES_LATE, ROUTE53_SAMPLES, "result=\"late\"")                                \
	X(ROUTE53_SAMPLES_LOST, ROUTE53_SAMPLES, "result=\"lost\"")                                \
	X(LOG_LINES_LOST, LOG_LINES_LOST, "")                                                      \
	X(LOG_LINES_LIMITED, LOG_LINES_LIMITED, "")                                                \
	X(START_TIME, START_TIME, "")                                                              \
	X(RELOAD_FAILED_CERTIFICATES, RELOAD_FAILED, "what=\"certificates\"")                      \
	X(RELOAD_FAILED_CONFIGURATION, RELOAD_FAILED, "what=\"configuration\"")                    \
	X(RELOAD_FAILED_PEPPERS, RELOAD_FAILED, "what=\"peppers\"")                                \
	X(RELOAD_FAILED_TARGETS, RELOAD_FAILED, "what=\"targets\"")                                \
	X(CERTIFICATE_END, CERTIFICATE_END, "")                                                    \
	X(CERTIFICATES_DUE, CERTIFICATES_DUE, "")
/* clang-format on */

enum metric {
#define METRIC_ENUM(metric, family, labels) METRIC_##metric,
	METRIC_SAMPLES(METRIC_ENUM)
#undef METRIC_ENUM
		METRIC_COUNT
};

/* by may be negative for a gauge. */
void metric_add(enum metric m, int64_t by);
void metric_set(enum metric m, int64_t value);
int64_t metric_get(enum metric m);

/* Everything above, and build_info. Appends; the error is the buffer's. */
void metric_print(struct buf *out);

/* For what is not counted here: the head of a family, then its samples with one label each, whose
 * value may be any text. */
void metric_print_head(struct buf *out, const char *name, enum metric_type type, const char *help);
void metric_print_sample(struct buf *out, const char *name, const char *label, const char *value,
			 int64_t number);

#endif
