/* SPDX-License-Identifier: BSD-2-Clause
 * Every row of conf_keys.h reaches its field. */
#include "conf/keys.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "kit/conf_kit.h"
#include "conf/load.h"
#include "kit/unit.h"

START_TEST(every_default_is_the_documented_one)
{
	struct conf *c =
		conf_kit_good("zone dyn.example.com { name-server-addresses = ::1 }", NULL);
	const struct conf_zone *z = &c->zones[0];

	ck_assert_uint_eq(c->listen.n, 1);
	ck_assert_str_eq(c->listen.at[0].text, "[::]:443");
	ck_assert_uint_eq(c->listen_plain.n, 0);
	ck_assert_uint_eq(c->dns_listen.n, 1);
	ck_assert_str_eq(c->dns_listen.at[0].text, "[::]:53");
	ck_assert_uint_eq(c->admin_listen.n, 0);
	ck_assert_str_eq(c->certificate, "/etc/mooring/tls/fullchain.pem");
	ck_assert_str_eq(c->private_key, "/etc/mooring/tls/privkey.pem");
	ck_assert(c->more_certificates.n == 0 && c->acme_listen.n == 0);
	ck_assert(*c->acme_webroot == '\0' && *c->pepper_file == '\0');
	ck_assert_str_eq(c->status_socket, "auto");
	ck_assert(c->log_format == CONF_LOG_TEXT && c->log_level == CONF_LOG_INFO);
	ck_assert(c->credentials == CONF_CREDENTIALS_AUTO);
	ck_assert(!c->landlock && c->http_threads == 0 && c->max_connections == 4096);
	ck_assert(c->max_connections_per_client == 64 && c->header_timeout_s == 10);
	ck_assert(c->body_timeout_s == 15 && c->keepalive_timeout_s == 30);
	ck_assert_uint_eq(c->update_deadline_s, 8);
	ck_assert(c->drain_timeout_s == 10 && c->retry_after_s == 60);
	ck_assert_uint_eq(c->max_pending_updates, 8192);
	ck_assert(c->auth_penalty_s == 5 && c->auth_penalty_max_s == 600);
	ck_assert_uint_eq(c->changes_per_hour, 60);
	ck_assert(c->dns_responses_per_second == 200 && c->sync_interval_s == 1);
	ck_assert_uint_eq(c->account_cache, 10000);
	ck_assert_uint_eq(c->route53_requests_per_second, 10);
	ck_assert_uint_eq(c->route53_changes_per_second, 100);
	ck_assert(c->max_pending_hosts == 32768 && c->route53_timeout_s == 10);
	ck_assert_uint_eq(c->aws_request_timeout_s, 3);
	ck_assert(c->account_cache == 10000 && c->account_cache_age_s == 0);
	ck_assert_uint_eq(c->stale_age_s, 900);
	ck_assert(c->pseudonyms == CONF_PSEUDONYMS_NONE && *c->pseudonym_key_file == '\0');
	ck_assert(c->history == CONF_HISTORY_CHANGES && c->history_days == 400);
	ck_assert(c->store.type == CONF_STORE_SQLITE && c->store.timeout_s == 3);
	ck_assert_uint_eq(c->store.scan_share, 25);
	ck_assert_str_eq(c->store.path, "/var/lib/mooring/mooring.db");
	ck_assert_str_eq(c->store.table, "ddns-serverless-app-db");
	ck_assert(*c->store.region == '\0' && *c->store.endpoint == '\0');
	ck_assert(c->n_zones == 1 && z->publisher == CONF_PUBLISHER_BUILTIN && z->ttl == 60);
	ck_assert(*z->hosted_zone_id == '\0' && *z->endpoint == '\0');
	ck_assert(!z->allow_special_addresses && z->republish_interval_s == 86400);
	ck_assert(z->n_name_servers == 1 && z->n_name_server_addresses == 1);
	ck_assert_str_eq(z->name_servers[0].text, "ns1.dyn.example.com");
	conf_free(c);
}
END_TEST

START_TEST(every_key_of_a_file_reaches_its_field)
{
	struct conf *c = conf_kit_good(conf_kit_everything, NULL);
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&c->listen.at[1].sa;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)&c->listen.at[0].sa;

	ck_assert(c->listen.n == 2 && c->listen_plain.n == 1 && c->dns_listen.n == 2);
	ck_assert(in4->sin_family == AF_INET && ntohs(in4->sin_port) == 8443);
	ck_assert_uint_eq(ntohl(in4->sin_addr.s_addr), 0xc0000201);
	ck_assert(in6->sin6_family == AF_INET6 && ntohs(in6->sin6_port) == 8443);
	ck_assert(in6->sin6_addr.s6_addr[1] == 1 && in6->sin6_addr.s6_addr[15] == 1);
	ck_assert_uint_eq(c->admin_listen.n, 1);
	ck_assert_str_eq(c->admin_listen.at[0].text, "127.0.0.1:9153");
	ck_assert_str_eq(c->certificate, "/tmp/a.pem");
	ck_assert_str_eq(c->private_key, "/tmp/\"b\" $\\.pem");
	ck_assert(c->log_format == CONF_LOG_JSON && c->log_level == CONF_LOG_DEBUG);
	ck_assert(c->credentials == CONF_CREDENTIALS_WEB_IDENTITY);
	ck_assert(c->landlock && c->http_threads == 3 && c->max_connections == 5);
	ck_assert(c->max_connections_per_client == 6 && c->header_timeout_s == 7);
	ck_assert(c->body_timeout_s == 8 && c->keepalive_timeout_s == 9);
	ck_assert_uint_eq(c->update_deadline_s, 12);
	ck_assert(c->drain_timeout_s == 13 && c->retry_after_s == 14);
	ck_assert_uint_eq(c->max_pending_updates, 15);
	ck_assert(c->auth_penalty_s == 37 && c->auth_penalty_max_s == 38);
	ck_assert_uint_eq(c->changes_per_hour, 39);
	ck_assert(c->dns_responses_per_second == 0 && c->sync_interval_s == 20);
	ck_assert(c->account_cache == 21 && c->settle_time_s == 32);
	ck_assert_uint_eq(c->route53_requests_per_second, 24);
	ck_assert_uint_eq(c->route53_changes_per_second, 26);
	ck_assert(c->max_pending_hosts == 28 && c->route53_timeout_s == 33);
	ck_assert_uint_eq(c->aws_request_timeout_s, 35);
	ck_assert(c->account_cache == 21 && c->account_cache_age_s == 36 && c->stale_age_s == 24);
	ck_assert(c->pseudonyms == CONF_PSEUDONYMS_BOTH);
	ck_assert_str_eq(c->pseudonym_key_file, "/tmp/pseudonym.key");
	ck_assert(c->history == CONF_HISTORY_ATTEMPTS && c->history_days == 41);
	ck_assert(c->store.type == CONF_STORE_DYNAMODB && c->store.timeout_s == 21);
	ck_assert_uint_eq(c->store.scan_share, 22);
	ck_assert_str_eq(c->store.table, "Some.table_1-x");
	ck_assert_str_eq(c->store.region, "eu-west-1");
	ck_assert_str_eq(c->store.endpoint, "http://127.0.0.1:8000");
	conf_free(c);
}
END_TEST

START_TEST(every_key_of_a_listener_reaches_its_field)
{
	struct conf *c = conf_kit_good(conf_kit_everything, NULL);
	const struct conf_listener *l = c->listeners;

	ck_assert_uint_eq(c->n_listeners, 2);
	ck_assert_str_eq(l[0].name, "nlb");
	ck_assert(l[0].address.n == 2 && l[0].tls == CONF_TLS_LEGACY);
	ck_assert(l[0].address.at[0].v6_only && !l[0].address.at[1].v6_only);
	ck_assert_uint_eq(l[0].certificates.n, 2);
	ck_assert_str_eq(l[0].certificates.at[0].certificate, "rsa.pem");
	ck_assert_str_eq(l[0].certificates.at[0].private_key, "rsa key");
	ck_assert_str_eq(l[0].certificates.at[1].certificate, "$a\\b.pem");
	ck_assert_str_eq(l[0].certificates.at[1].private_key, "c\"d");
	ck_assert(l[0].proxy_protocol);
	ck_assert(l[0].query_credentials == CONF_QUERY_CREDENTIALS_ALWAYS);
	ck_assert_str_eq(l[1].name, "Plain_2");
	ck_assert(l[1].address.n == 1 && l[1].tls == CONF_TLS_NO && !l[1].proxy_protocol);
	ck_assert_uint_eq(l[1].certificates.n, 0);
	ck_assert(l[1].query_credentials == CONF_QUERY_CREDENTIALS_TLS);
	conf_free(c);
}
END_TEST

static const struct {
	const char *text;
	const char *want; /* NULL: no warning */
} idle_rows[] = {
	{"tls = modern proxy-protocol = no query-credentials = no", NULL},
	{"tls = no", NULL},
	{"tls = legacy", NULL},
	{"query-credentials = tls", NULL},
	{"query-credentials = always", NULL},
	{"tls = no\nquery-credentials = always", NULL},
	{"tls = no\nquery-credentials = tls",
	 ":2: query-credentials: tls has no effect without TLS: no login is taken there"},
};

START_TEST(an_option_that_has_no_effect_is_a_warning)
{
	char text[256];
	size_t i;

	for (i = 0; i < N_ELEMENTS(idle_rows); i++) {
		struct conf *c;

		snprintf(text, sizeof(text),
			 "zone a.b { name-servers = n.s } listen-at x { address = '[::]:1' %s }",
			 idle_rows[i].text);
		c = conf_kit_good(text, NULL);
		ck_assert_msg(c->n_warnings == (idle_rows[i].want != NULL), "row %zu", i);
		if (idle_rows[i].want != NULL)
			ck_assert_msg(strstr(c->warnings[0], idle_rows[i].want) != NULL,
				      "row %zu: %s", i, c->warnings[0]);
		conf_free(c);
	}
}
END_TEST

START_TEST(every_key_of_a_zone_reaches_its_field)
{
	struct conf *c = conf_kit_good(conf_kit_everything, NULL);
	const struct conf_zone *z = c->zones;

	ck_assert_uint_eq(c->n_zones, 2);
	ck_assert_str_eq(z[0].name.text, "dyn.example.com");
	ck_assert(z[0].publisher == CONF_PUBLISHER_ROUTE53 && z[0].n_name_servers == 0);
	ck_assert_str_eq(z[0].hosted_zone_id, "Z0123456789");
	ck_assert_str_eq(z[0].endpoint, "https://[::1]:4566/r53");
	ck_assert(z[0].ttl == 22 && z[0].allow_special_addresses);
	ck_assert_uint_eq(z[0].republish_interval_s, 23);
	ck_assert_str_eq(z[1].name.text, "lab.example.org");
	ck_assert(z[1].publisher == CONF_PUBLISHER_BUILTIN && z[1].n_name_servers == 2);
	ck_assert_str_eq(z[1].name_servers[1].text, "ns.example.net");
	ck_assert_uint_eq(z[1].n_name_server_addresses, 2);
	ck_assert(z[1].name_server_addresses[0].family == ADDR_V4);
	ck_assert(z[1].name_server_addresses[1].family == ADDR_V6);
	conf_free(c);
}
END_TEST

START_TEST(every_key_of_a_target_reaches_its_field)
{
	struct conf *c = conf_kit_good(conf_kit_everything, NULL);
	const struct conf_notify *n = c->notifies;

	ck_assert(c->n_notifies == 4 && c->n_heartbeats == 1);
	ck_assert_str_eq(n[0].name, "hook");
	ck_assert(n[0].type == CONF_NOTIFY_WEBHOOK && n[0].format == CONF_FORMAT_TEMPLATE);
	ck_assert_str_eq(n[0].url, "https://a.example/x?y=z");
	ck_assert_str_eq(n[0].events.at[1], "address-changed");
	ck_assert_str_eq(n[0].hosts.at[0], "*.lab.example.org");
	ck_assert(n[0].quiet.from_min == 22 * 60 && n[0].quiet.to_min == 7 * 60);
	ck_assert(n[0].per_minute == 43 && n[0].silent_days == 44 && n[0].timeout_s == 45);
	ck_assert_str_eq(n[0].headers.at[1], "Y: \"");
	ck_assert_str_eq(n[0].secret_file, "/s");
	ck_assert_str_eq(n[0].token_file, "/t");
	ck_assert_str_eq(n[0].ca_file, "/a");
	ck_assert(n[1].type == CONF_NOTIFY_SMTP && n[1].to.n == 2 && n[1].events.n == CONF_EVENTS);
	ck_assert(n[1].per_minute == 10 && n[1].silent_days == 7 && n[1].timeout_s == 10);
	ck_assert_str_eq(n[1].from, "a@b");
	ck_assert_str_eq(n[1].user, "u");
	ck_assert_str_eq(n[1].password_file, "/p");
	ck_assert(!n[1].starttls && n[0].starttls);
	ck_assert(n[2].type == CONF_NOTIFY_SNS);
	ck_assert_str_eq(n[2].topic, "arn:aws:sns:r:1:t.fifo");
	ck_assert_str_eq(n[2].endpoint, "http://e");
	ck_assert(n[3].type == CONF_NOTIFY_EXEC && n[3].command.n == 3);
	ck_assert_str_eq(c->heartbeats[0].hosts.at[0], "dyn.example.com");
	ck_assert_str_eq(c->heartbeats[0].url, "https://hc.example/{host}");
	conf_free(c);
}
END_TEST

struct number {
	const char *name;
	unsigned value;
	size_t n;
};

static void take_number(void *arg, const char *name, unsigned value)
{
	struct number *want = arg;

	if (strcmp(name, want->name) == 0 && value == want->value)
		want->n++;
}

START_TEST(every_number_is_told_once_by_its_name)
{
	struct number rows[] = {
		{"http-threads", 3, 0},	  {"max-connections", 5, 0}, {"update-deadline", 12, 0},
		{"account-cache", 21, 0}, {"store-timeout", 21, 0},  {"retry-after", 14, 0},
		{"sync-interval", 20, 0},
	};
	struct conf *c = conf_kit_good(conf_kit_everything, NULL);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		conf_each_number(c, take_number, &rows[i]);
		ck_assert_msg(rows[i].n == 1, "%s: %zu times", rows[i].name, rows[i].n);
	}
	conf_free(c);
}
END_TEST

static const struct {
	const char *line;
	const char *want;
} removed_rows[] = {
	{"keepalive-requests = 1", "keepalive-requests: this key is gone, 1000 is used"},
	{"max-pending-hashes = 1", "max-pending-hashes: this key is gone, 64 is used"},
	{"dns-tcp-clients = 1", "dns-tcp-clients: this key is gone, 64 is used"},
	{"dns-tcp-idle = 1", "dns-tcp-idle: this key is gone, 5 is used"},
	{"route53-request-burst = 1", "route53-request-burst: this key is gone, 5 times "
				      "route53-requests-per-second is used"},
	{"route53-change-burst = 1", "route53-change-burst: this key is gone, 15 times "
				     "route53-changes-per-second is used"},
	{"route53-sample = 0", "route53-sample: this key is gone, 100 is used"},
	{"aws-connect-timeout = 1", "aws-connect-timeout: this key is gone, 3 is used"},
	{"aws-breaker-failures = 1", "aws-breaker-failures: this key is gone, 5 is used"},
	{"aws-breaker-pause = 1", "aws-breaker-pause: this key is gone, 15 is used"},
	/* Whatever its value is, and however often. */
	{"aws-breaker-pause = 0", "aws-breaker-pause: this key is gone, 15 is used"},
	{"\"aws-breaker-pause\" = 'a while'", "aws-breaker-pause: this key is gone, 15 is used"},
};

START_TEST(a_key_that_is_gone_is_a_warning)
{
	char text[128], want[160];
	size_t i;

	for (i = 0; i < N_ELEMENTS(removed_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct conf *c = NULL;

		snprintf(text, sizeof(text), "zone a.b { name-servers = n.s }\n%s\n",
			 removed_rows[i].line);
		c = conf_kit_good(text, NULL);
		snprintf(want, sizeof(want), ":2: %s", removed_rows[i].want);
		ck_assert_uint_eq(c->n_warnings, 1);
		ck_assert_msg(strstr(c->warnings[0], want) != NULL, "%s: %s", want, c->warnings[0]);
		conf_free(c);
		/* In a section there was no such key. */
		snprintf(text, sizeof(text), "store { %s }", removed_rows[i].line);
		conf_kit_error(text, NULL, &ei);
		ck_assert_ptr_nonnull(strstr(ei.text, "m.conf:1: no such option"));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_default_is_the_documented_one,	   every_key_of_a_file_reaches_its_field,
		every_key_of_a_listener_reaches_its_field, every_key_of_a_target_reaches_its_field,
		an_option_that_has_no_effect_is_a_warning, every_key_of_a_zone_reaches_its_field,
		every_number_is_told_once_by_its_name,	   a_key_that_is_gone_is_a_warning,
	};

	return unit_run("keys", tests, N_ELEMENTS(tests));
}
