/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "kit/conf_kit.h"
#include "conf/variables.h"
#include "conf/load.h"
#include "kit/unit.h"

START_TEST(the_environment_alone_is_enough)
{
	static const char *const environ_list[] = {
		"HOME=/root",
		"MOORING_CONFIG=/nonexistent",
		"MOORING_TEST_SOMETHING=x",
		"MOORING_LISTEN=",
		"MOORING_LISTEN_PLAIN= 127.0.0.1:0 ,[::1]:0",
		"MOORING_DNS_LISTEN=127.0.0.1:0",
		"MOORING_MAX_CONNECTIONS_PER_CLIENT=7",
		"MOORING_STORE_TYPE=dynamodb",
		"MOORING_STORE_TIMEOUT=9",
		"MOORING_ZONE_ALLOW_SPECIAL_ADDRESSES=true",
		"MOORING_ZONE_NAME_SERVERS=a.example.net,b.example.net",
		"MOORING_ZONE=dyn.example.com",
		"MOORING_ZONE_TTL=30",
		NULL,
	};
	struct conf *c = conf_kit_good(NULL, environ_list);

	ck_assert(c->listen.n == 0 && c->listen_plain.n == 2 && c->dns_listen.n == 1);
	ck_assert_str_eq(c->listen_plain.at[0].text, "127.0.0.1:0");
	ck_assert_uint_eq(c->max_connections_per_client, 7);
	ck_assert(c->store.type == CONF_STORE_DYNAMODB && c->store.timeout_s == 9);
	ck_assert_uint_eq(c->n_zones, 1);
	ck_assert_str_eq(c->zones[0].name.text, "dyn.example.com");
	ck_assert(c->zones[0].allow_special_addresses && c->zones[0].ttl == 30);
	ck_assert_uint_eq(c->zones[0].n_name_servers, 2);
	ck_assert_str_eq(c->zones[0].name_servers[1].text, "b.example.net");
	conf_free(c);
}
END_TEST

START_TEST(the_environment_wins_over_the_file)
{
	static const char *const environ_list[] = {"MOORING_RETRY_AFTER=2", "MOORING_ZONE_TTL=3",
						   "MOORING_LISTEN=[::]:4", NULL};
	struct conf *c = conf_kit_good("retry-after = 5 sync-interval = 6\n"
				       "listen = { \"[::]:7\", \"[::]:8\" }\n"
				       "zone a.b { ttl = 9 republish-interval = 10\n"
				       "name-servers = n.s }",
				       environ_list);

	ck_assert(c->retry_after_s == 2 && c->sync_interval_s == 6);
	ck_assert_uint_eq(c->listen.n, 1);
	ck_assert_str_eq(c->listen.at[0].text, "[::]:4");
	ck_assert(c->zones[0].ttl == 3 && c->zones[0].republish_interval_s == 10);
	conf_free(c);
}
END_TEST

START_TEST(a_zone_variable_goes_to_the_zone_that_is_named)
{
	static const char two[] = "zone a.b { ttl = 1 name-servers = n.s } "
				  "zone c.d { ttl = 2 name-servers = n.s }";
	static const struct {
		const char *zone;
		size_t n;
		uint32_t ttl[3];
	} rows[] = {
		{"MOORING_ZONE=a.b", 2, {9, 2, 0}},
		{"MOORING_ZONE=C.D.", 2, {1, 9, 0}},
		{"MOORING_ZONE=e.f", 3, {1, 2, 9}},
	};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *environ_list[] = {"MOORING_ZONE_TTL=9", "MOORING_ZONE_NAME_SERVERS=n.s",
					      rows[i].zone, NULL};
		struct conf *c = conf_kit_good(two, environ_list);

		ck_assert_msg(c->n_zones == rows[i].n, "%s", rows[i].zone);
		for (k = 0; k < c->n_zones; k++)
			ck_assert_msg(c->zones[k].ttl == rows[i].ttl[k], "%s: zone %zu",
				      rows[i].zone, k);
		conf_free(c);
	}
}
END_TEST

static const char *const every_variable[] = {"MOORING_LISTEN=[::]:1",
					     "MOORING_LISTEN_PLAIN=[::]:2",
					     "MOORING_DNS_LISTEN=[::]:3",
					     "MOORING_CERTIFICATE=c",
					     "MOORING_PRIVATE_KEY=k",
					     "MOORING_MORE_CERTIFICATES=e:f,g:h",
					     "MOORING_ACME_WEBROOT=/w",
					     "MOORING_ACME_LISTEN=[::]:80",
					     "MOORING_LOG_FORMAT=json",
					     "MOORING_LOG_LEVEL=error",
					     "MOORING_CREDENTIALS=imds",
					     "MOORING_HTTP_THREADS=4",
					     "MOORING_MAX_CONNECTIONS=5",
					     "MOORING_MAX_CONNECTIONS_PER_CLIENT=6",
					     "MOORING_HEADER_TIMEOUT=7",
					     "MOORING_BODY_TIMEOUT=8",
					     "MOORING_KEEPALIVE_TIMEOUT=9",
					     "MOORING_UPDATE_DEADLINE=11",
					     "MOORING_DRAIN_TIMEOUT=12",
					     "MOORING_RETRY_AFTER=13",
					     "MOORING_MAX_PENDING_UPDATES=14",
					     "MOORING_DNS_RESPONSES_PER_SECOND=18",
					     "MOORING_SYNC_INTERVAL=19",
					     "MOORING_ADMIN_LISTEN=[::]:4",
					     "MOORING_STORE_TYPE=dynamodb",
					     "MOORING_STORE_TABLE=abc",
					     "MOORING_STORE_REGION=r",
					     "MOORING_STORE_ENDPOINT=http://s",
					     "MOORING_STORE_TIMEOUT=20",
					     "MOORING_LISTEN_AT=x",
					     "MOORING_LISTEN_AT_ADDRESS=[::]:5, [::]:6",
					     "MOORING_LISTEN_AT_TLS=legacy",
					     "MOORING_LISTEN_AT_CERTIFICATES=a:b,c:d",
					     "MOORING_LISTEN_AT_PROXY_PROTOCOL=on",
					     "MOORING_LISTEN_AT_QUERY_CREDENTIALS=always",
					     "MOORING_ZONE=a.b",
					     "MOORING_ZONE_PUBLISHER=route53",
					     "MOORING_ZONE_HOSTED_ZONE_ID=Z",
					     "MOORING_ZONE_ENDPOINT=https://z",
					     "MOORING_ZONE_TTL=21",
					     "MOORING_ZONE_ALLOW_SPECIAL_ADDRESSES=on",
					     "MOORING_ZONE_REPUBLISH_INTERVAL=22",
					     "MOORING_ACCOUNT_CACHE=23",
					     "MOORING_TRUSTED_PROXIES=10.0.0.0/8,2001:db8::1",
					     "MOORING_ROUTE53_REQUESTS_PER_SECOND=24",
					     "MOORING_ROUTE53_CHANGES_PER_SECOND=26",
					     "MOORING_STALE_AGE=24",
					     "MOORING_HISTORY=none",
					     "MOORING_PSEUDONYMS=addresses",
					     "MOORING_PSEUDONYM_KEY_FILE=/k",
					     "MOORING_HISTORY_DAYS=42",
					     "MOORING_ACCOUNT_CACHE_AGE=36",
					     "MOORING_MAX_PENDING_HOSTS=28",
					     "MOORING_SETTLE_TIME=32",
					     "MOORING_CLIENT_ADDRESS_HEADER=Forwarded",
					     "MOORING_ROUTE53_TIMEOUT=33",
					     "MOORING_AWS_REQUEST_TIMEOUT=35",
					     "MOORING_AUTH_PENALTY=35",
					     "MOORING_AUTH_PENALTY_MAX=36",
					     "MOORING_CHANGES_PER_HOUR=37",
					     "MOORING_LANDLOCK=on",
					     "MOORING_PEPPER_FILE=/p",
					     "MOORING_STATUS_SOCKET=/s",
					     "MOORING_NOTIFY=n",
					     "MOORING_NOTIFY_URL=https://n",
					     "MOORING_NOTIFY_EVENTS=restarted, host-silent",
					     "MOORING_NOTIFY_QUIET=01:00-02:00",
					     "MOORING_NOTIFY_SECRET_FILE=/k",
					     "MOORING_HEARTBEAT=h",
					     "MOORING_HEARTBEAT_URL=https://h/{host}",
					     NULL};
static const char every_key[] =
	"listen=\"[::]:1\" listen-plain=\"[::]:2\" dns-listen=\"[::]:3\" certificate=c "
	"admin-listen=\"[::]:4\" "
	"private-key=k more-certificates={e:f,g:h} acme-webroot=/w pepper-file=/p status-socket=/s "
	"acme-listen=\"[::]:80\" "
	"log-format=json log-level=error "
	"credentials=imds landlock=on http-threads=4 "
	"max-connections=5 "
	"max-connections-per-client=6 header-timeout=7 body-timeout=8 keepalive-timeout=9 "
	"update-deadline=11 drain-timeout=12 retry-after=13 "
	"max-pending-updates=14 "
	"auth-penalty=35 "
	"auth-penalty-max=36 "
	"changes-per-hour=37 "
	"dns-responses-per-second=18 sync-interval=19 account-cache=23 account-cache-age=36 "
	"stale-age=24 history=none history-days=42 pseudonyms=addresses pseudonym-key-file=/k "
	"trusted-proxies={10.0.0.0/8,\"2001:db8::1\"} client-address-header=forwarded "
	"route53-requests-per-second=24 "
	"route53-changes-per-second=26 max-pending-hosts=28 "
	"route53-timeout=33 aws-request-timeout=35 settle-time=32 store { "
	"type=dynamodb table=abc "
	"region=r endpoint=http://s timeout=20 } listen-at x { "
	"address={\"[::]:5\",\"[::]:6\"} tls=legacy certificates={a:b,c:d} proxy-protocol=on "
	"query-credentials=always } zone a.b { publisher=route53 "
	"hosted-zone-id=Z endpoint=https://z ttl=21 allow-special-addresses=on "
	"republish-interval=22 } notify n { url=https://n events={restarted,host-silent} "
	"quiet=01:00-02:00 secret-file=/k } heartbeat h { url='https://h/{host}' }";

START_TEST(every_key_has_the_variable_of_its_name)
{
	struct conf *from_environment = conf_kit_good(NULL, every_variable);
	struct conf *from_file = conf_kit_good(every_key, NULL);
	char *a = conf_kit_dump(from_environment), *b = conf_kit_dump(from_file);

	ck_assert_str_eq(a, b);
	free(a);
	free(b);
	conf_free(from_environment);
	conf_free(from_file);
}
END_TEST

START_TEST(a_listener_variable_goes_to_the_listener_that_is_named)
{
	static const char two[] = "listen-at x { address = '[::]:1' } "
				  "listen-at y { address = '[::]:2' } "
				  "zone a.b { name-servers = n.s }";
	static const struct {
		const char *file;
		const char *environ_list[4];
		size_t n;
		enum conf_tls tls[3];
	} rows[] = {
		{two, {"MOORING_LISTEN_AT=x", "MOORING_LISTEN_AT_TLS=no"}, 2, {CONF_TLS_NO}},
		{two,
		 {"MOORING_LISTEN_AT_TLS=no", "MOORING_LISTEN_AT=y"},
		 2,
		 {CONF_TLS_MODERN, CONF_TLS_NO}},
		{two,
		 {"MOORING_LISTEN_AT=z", "MOORING_LISTEN_AT_TLS=no",
		  "MOORING_LISTEN_AT_ADDRESS=[::]:3"},
		 3,
		 {CONF_TLS_MODERN, CONF_TLS_MODERN, CONF_TLS_NO}},
		{"listen-at x { address = '[::]:1' } zone a.b { name-servers = n.s }",
		 {"MOORING_LISTEN_AT_TLS=no"},
		 1,
		 {CONF_TLS_NO}},
	};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct conf *c = conf_kit_good(rows[i].file, rows[i].environ_list);

		ck_assert_msg(c->n_listeners == rows[i].n, "row %zu", i);
		for (k = 0; k < c->n_listeners; k++)
			ck_assert_msg(c->listeners[k].tls == rows[i].tls[k], "row %zu: %zu", i, k);
		conf_free(c);
	}
}
END_TEST

START_TEST(a_variable_of_a_key_that_is_gone_is_a_warning)
{
	static const char *const environ_list[] = {
		"MOORING_ZONE=a.b", "MOORING_ZONE_NAME_SERVERS=n.s", "MOORING_AWS_BREAKER_PAUSE=9",
		"MOORING_DNS_TCP_IDLE=", NULL};
	struct conf *c = conf_kit_good("keepalive-requests = 5", environ_list);

	ck_assert_uint_eq(c->n_warnings, 3);
	ck_assert_ptr_nonnull(strstr(c->warnings[0], ":1: keepalive-requests: this key is gone"));
	ck_assert_str_eq(c->warnings[1], "MOORING_AWS_BREAKER_PAUSE: this key is gone, 15 is used");
	ck_assert_str_eq(c->warnings[2], "MOORING_DNS_TCP_IDLE: this key is gone, 5 is used");
	conf_free(c);
}
END_TEST

static const struct {
	const char *file;
	const char *environ_list[4];
	const char *want;
} bad_variables[] = {
	{NULL, {NULL}, "there is no zone: add a zone section or set MOORING_ZONE"},
	{NULL, {"MOORING_ZONE=a.b", "MOORING_FOO=1"}, "MOORING_FOO: there is no such setting"},
	{NULL, {"MOORING_ZONE=a.b", "MOORING_=1"}, "MOORING_: there is no such setting"},
	{NULL,
	 {"MOORING_ZONE=a.b", "MOORING_STORE_DNS_TCP_IDLE=1"},
	 "MOORING_STORE_DNS_TCP_IDLE: there is no such setting"},
	{NULL, {"MOORING_STORE=1"}, "MOORING_STORE: there is no such setting"},
	{NULL, {"MOORING_A\nB\x7f=1"}, "MOORING_A\\x0aB\\x7f: there is no such setting"},
	{NULL,
	 {"MOORING_A23456789012345678901234567890123456789012345678901234567890=1"},
	 "MOORING_A234567890123456789012345678901234567890123456789012...: there is no such "
	 "setting"},
	{NULL, {"MOORING_STORE_TTL=1"}, "MOORING_STORE_TTL: there is no such setting"},
	{NULL, {"MOORING_TYPE=sqlite"}, "MOORING_TYPE: there is no such setting"},
	{NULL, {"MOORING_LISTEN-PLAIN="}, "MOORING_LISTEN-PLAIN: there is no such setting"},
	{NULL, {"MOORING_listen="}, "MOORING_listen: there is no such setting"},
	{NULL, {"MOORING_CONFIGX="}, "MOORING_CONFIGX: there is no such setting"},
	{NULL, {"MOORING_TEST="}, "MOORING_TEST: there is no such setting"},
	{NULL,
	 {"MOORING_ZONE="},
	 "MOORING_ZONE: zone \"\": the name must be a host name of two labels or more"},
	{NULL, {"MOORING_ZONE=a.b", "MOORING_ZONE=c.d"}, "MOORING_ZONE: is set twice"},
	{NULL,
	 {"MOORING_ZONE=a.b", "MOORING_ZONE_TTL=1", "MOORING_ZONE_TTL=2"},
	 "MOORING_ZONE_TTL: is set twice"},
	{NULL,
	 {"MOORING_ZONE=a.b", "MOORING_ZONE_TTL=0"},
	 "MOORING_ZONE_TTL: must be a whole number from 1 to 604800, not \"0\""},
	{NULL,
	 {"MOORING_ZONE=a.b", "MOORING_ZONE_PUBLISHER=route53"},
	 "MOORING_ZONE: hosted-zone-id: is needed with publisher = route53"},
	{NULL,
	 {"MOORING_ZONE=a.b", "MOORING_STORE_TABLE=abc"},
	 "MOORING_STORE_TABLE: is only used with type = dynamodb"},
	{NULL,
	 {"MOORING_ZONE=a.b", "MOORING_LISTEN=[::]:1,,[::]:2"},
	 "MOORING_LISTEN: must be a numeric address and a port, as 192.0.2.1:443 or "
	 "[::]:443, not \"\""},
	{NULL,
	 {"MOORING_ZONE=a.b", "MOORING_LISTEN=[::]:1,[::]:1"},
	 "MOORING_LISTEN: \"[::]:1\" is in the list twice"},
	{NULL,
	 {"MOORING_LISTEN_AT_TLS=no"},
	 "MOORING_LISTEN_AT_TLS: MOORING_LISTEN_AT must say which listener is meant"},
	{"listen-at x { address = '[::]:1' } listen-at y { address = '[::]:2' }",
	 {"MOORING_LISTEN_AT_TLS=no"},
	 "MOORING_LISTEN_AT_TLS: MOORING_LISTEN_AT must say which listener is meant"},
	{NULL,
	 {"MOORING_NOTIFY_URL=https://a"},
	 "MOORING_NOTIFY_URL: MOORING_NOTIFY must say which section notify is meant"},
	{NULL,
	 {"MOORING_HEARTBEAT_URL=https://a"},
	 "MOORING_HEARTBEAT_URL: MOORING_HEARTBEAT must say which section heartbeat is meant"},
	{NULL, {"MOORING_LISTEN_AT=x"}, "MOORING_LISTEN_AT: address: must hold an address"},
	{NULL, {"MOORING_LISTEN_AT=x", "MOORING_LISTEN_AT=y"}, "MOORING_LISTEN_AT: is set twice"},
	{NULL,
	 {"MOORING_LISTEN_AT="},
	 "MOORING_LISTEN_AT: listen-at \"\": the name must be 1 to 32 letters, digits, '.', '_' or "
	 "'-'"},
	{NULL,
	 {"MOORING_LISTEN_AT=x", "MOORING_LISTEN_AT_ADDRESS=[::]:1", "MOORING_LISTEN=[::]:1"},
	 "MOORING_LISTEN_AT_ADDRESS: \"[::]:1\" and \"[::]:1\" of listen cannot both be had"},
	{NULL,
	 {"MOORING_ZONE_TTL=5"},
	 "MOORING_ZONE_TTL: MOORING_ZONE must say which zone is meant"},
	{"zone a.b {} zone c.d {}",
	 {"MOORING_ZONE_TTL=5"},
	 "MOORING_ZONE_TTL: MOORING_ZONE must say which zone is meant"},
	{"zone a.b {}\nretry-after = x",
	 {"MOORING_RETRY_AFTER=5"},
	 "m.conf:2: retry-after: must be a whole number from 1 to 86400, not \"x\""},
	{"zone a.b {\nname-server-addresses = { ::1 } }",
	 {"MOORING_ZONE_NAME_SERVERS=ns.example.net"},
	 "m.conf:2: name-server-addresses: is only used for name servers that lie in the "
	 "zone"},
};

START_TEST(a_bad_variable_is_named)
{
	struct errinfo ei;
	size_t i;

	for (i = 0; i < N_ELEMENTS(bad_variables); i++) {
		const char *said =
			conf_kit_error(bad_variables[i].file, bad_variables[i].environ_list, &ei);

		ck_assert_msg(strcmp(said, bad_variables[i].want) == 0,
			      "row %zu: %s\nsays: %s\nwant: %s", i,
			      bad_variables[i].environ_list[0], said, bad_variables[i].want);
	}
}
END_TEST

START_TEST(the_log_is_known_from_the_environment_alone)
{
	static const struct {
		const char *environ_list[4];
		enum conf_log_format format;
		enum conf_log_level level;
	} rows[] = {
		{{NULL}, CONF_LOG_TEXT, CONF_LOG_INFO},
		{{"MOORING_LOG_FORMAT=json", NULL}, CONF_LOG_JSON, CONF_LOG_INFO},
		{{"MOORING_LOG_LEVEL=error", NULL}, CONF_LOG_TEXT, CONF_LOG_ERROR},
		{{"MOORING_LOG_FORMAT=emf", NULL}, CONF_LOG_EMF, CONF_LOG_INFO},
		{{"PATH=/bin", "MOORING_LOG_LEVEL=debug", "MOORING_LOG_FORMAT=text", NULL},
		 CONF_LOG_TEXT,
		 CONF_LOG_DEBUG},
		{{"MOORING_LOG_FORMAT=xml", "MOORING_LOG_LEVEL=", "MOORING_NO_KEY=1", NULL},
		 CONF_LOG_TEXT,
		 CONF_LOG_INFO},
		{{"LOG_FORMAT=json", "MOORING_STORE_LOG_FORMAT=json", "MOORING_LOG_FORMAT", NULL},
		 CONF_LOG_TEXT,
		 CONF_LOG_INFO},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		enum conf_log_format format = CONF_LOG_TEXT;
		enum conf_log_level level = CONF_LOG_INFO;

		conf_read_log_environment(rows[i].environ_list, &format, &level);
		ck_assert_msg(format == rows[i].format, "row %zu", i);
		ck_assert_msg(level == rows[i].level, "row %zu", i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_log_is_known_from_the_environment_alone,
		the_environment_alone_is_enough,
		the_environment_wins_over_the_file,
		a_zone_variable_goes_to_the_zone_that_is_named,
		every_key_has_the_variable_of_its_name,
		a_listener_variable_goes_to_the_listener_that_is_named,
		a_variable_of_a_key_that_is_gone_is_a_warning,
		a_bad_variable_is_named,
	};

	return unit_run("conf environment", tests, N_ELEMENTS(tests));
}
