/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/conf_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/dump.h"
#include "conf/load.h"
#include "kit/unit.h"

const char conf_kit_everything[] =
	"# each key once, none with its default\n"
	"listen = { \"192.0.2.1:8443\", '[2001:db8::1]:8443' }\n"
	"listen-plain = \"127.0.0.1:0\" // one item needs no braces\n"
	"dns-listen = {\n\t\"127.0.0.1:5353\", /* UDP and\n\tTCP */\n\t\"[::1]:5353\",\n}\n"
	"admin-listen = \"127.0.0.1:9153\"\n"
	"certificate = /tmp/a.pem private-key = \"/tmp/\\\"b\\\" $\\\\.pem\"\n"
	"log-format = json log-level = debug credentials = web-identity\r\n"
	"client-address-header = forwarded\n"
	"http-threads = 3 max-connections = 5 max-connections-per-client = 6\n"
	"header-timeout = 7 body-timeout = 8 keepalive-timeout = 9\n"
	"update-deadline = 12 drain-timeout = 13 retry-after = 14 max-pending-updates = 15\n"
	"auth-penalty = 37 auth-penalty-max = 38 changes-per-hour = 39\n"
	"max-pending-hosts = 28 landlock = on\n"
	"dns-responses-per-second = 0 sync-interval = 20 account-cache = 21 account-cache-age = "
	"36\n"
	"route53-requests-per-second = 24\n"
	"route53-changes-per-second = 26\n"
	"route53-timeout = 33 aws-request-timeout = 35\n"
	"stale-age = 24 settle-time = 32 history = attempts history-days = 41\n"
	"pseudonyms = both pseudonym-key-file = /tmp/pseudonym.key\n"
	"trusted-proxies = 10.0.0.0/8\n"
	"store {\n\ttype = dynamodb\n\ttable = \"Some.table_1-x\"\n\tregion = eu-west-1\n"
	"\tendpoint = http://127.0.0.1:8000\n\ttimeout = 21\n\tscan-share = 22\n}\n"
	"zone dyn.example.com {\n\tpublisher = route53\n"
	"\thosted-zone-id = /hostedzone/Z0123456789\n\tendpoint = \"https://[::1]:4566/r53\"\n"
	"\tttl = 22\n\tallow-special-addresses = yes\n\trepublish-interval = 23\n}\n"
	"listen-at nlb {\n\taddress = { \"[::]:9443\", 0.0.0.0:9443 }\n\ttls = legacy\n"
	"\tcertificates = { \"rsa.pem:rsa key\", '$a\\\\b.pem:c\"d' }\n"
	"\tproxy-protocol = on\n\tquery-credentials = always\n}\n"
	"listen-at Plain_2 { tls = no address = 127.0.0.1:81 query-credentials = tls }\n"
	"notify hook {\n\turl = 'https://a.example/x?y=z' format = template "
	"body = '{\"a\": \"\\\\n$\"}'\n"
	"\tevents = { restarted, address-changed } hosts = '*.Lab.Example.org' "
	"quiet = 22:00-07:00\n"
	"\tper-minute = 43 silent-days = 44 timeout = 45 headers = { \"X: 1\", 'Y: \"' }\n"
	"\tsecret-file = /s token-file = /t ca-file = /a\n}\n"
	"notify mail { type = smtp url = 'smtp://127.0.0.1:25' from = a@b to = { c@d, e@f } user = "
	"u "
	"password-file = /p starttls = no }\n"
	"notify topic { type = sns topic = 'arn:aws:sns:r:1:t.fifo' endpoint = http://e }\n"
	"notify tell { type = exec command = { /bin/tell, -x, -x } }\n"
	"heartbeat hc { hosts = dyn.example.com url = 'https://hc.example/{host}' }\n"
	"zone \"Lab.Example.ORG.\" {\n\tname-servers = { ns.lab.example.org, ns.example.net }\n"
	"\tname-server-addresses = { \"192.0.2.53\", 2001:DB8::53 }\n}\n";

const char conf_kit_all_forms[] =
	"listen          = { \"[::]:443\" }          # HTTPS\n"
	"listen-plain    = {}                      # plain HTTP for old routers: opt-in\n"
	"admin-listen    = \"127.0.0.1:9153\"        # /metrics /healthz /readyz\n"
	"certificate     = \"/etc/mooring/tls/fullchain.pem\"\n"
	"private-key     = \"/etc/mooring/tls/privkey.pem\"\n"
	"trusted-proxies = { \"10.0.0.0/8\" }\n"
	"log-format      = \"text\"                  # or \"json\"\n"
	"store {\n"
	"  type  = \"dynamodb\"                      # \"sqlite\" (path = \"...\") is the default\n"
	"  table = \"ddns-serverless-app-db\"\n"
	"  region = \"eu-west-1\"                    # endpoint = \"http://127.0.0.1:8000\" for an "
	"emulator\n"
	"}\n"
	"zone \"dyn.example.com\" {\n"
	"  publisher = \"route53\"                   # \"builtin\" is the default; \"rfc2136\"\n"
	"  hosted-zone-id = \"Z0123456789ABCDEFGHIJ\"\n"
	"  ttl = 60\n"
	"  allow-special-addresses = false         # true for a lab or a home LAN; script/server's "
	"demo zone sets it\n"
	"}\n"
	"dns-listen = { \"[::]:53\" }                # builtin publisher\n"
	"listen-at \"nlb\" {                         # a listener with options of its own; "
	"`listen` and `listen-plain` are its short forms\n"
	"  address = \"[::]:8443\"\n"
	"  tls = \"modern\"                          # \"legacy\", \"no\"\n"
	"  certificates = { \"rsa.pem:rsa.key\", \"ecdsa.pem:ecdsa.key\" }\n"
	"  proxy-protocol = true                   # from trusted-proxies only\n"
	"  query-credentials = \"no\"                # \"tls\", \"always\"\n"
	"}\n";

void conf_kit_write(const char *text, size_t len, char ret_path[CONF_KIT_PATH_MAX])
{
	int fd;

	snprintf(ret_path, CONF_KIT_PATH_MAX, "/tmp/t_conf_XXXXXX");
	fd = mkstemp(ret_path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, text, len), (int)len);
	ck_assert_int_eq(close(fd), 0);
}

static void rename_in(struct errinfo *ei, const char *path)
{
	static const char name[] = "m.conf";
	char *at = strstr(ei->text, path);

	if (at == NULL)
		return;
	memmove(at + sizeof(name) - 1, at + strlen(path), strlen(at + strlen(path)) + 1);
	memcpy(at, name, sizeof(name) - 1);
}

int conf_kit_load(const char *text, size_t len, const char *const *environ_list, struct conf **ret,
		  struct errinfo *ei)
{
	static const char *const nothing[] = {NULL};
	char path[CONF_KIT_PATH_MAX];
	int err;

	if (text != NULL)
		conf_kit_write(text, len, path);
	err = conf_load(text != NULL ? path : NULL, environ_list != NULL ? environ_list : nothing,
			ret, ei);
	if (text == NULL)
		return err;
	rename_in(ei, path);
	ck_assert_int_eq(unlink(path), 0);
	return err;
}

struct conf *conf_kit_good(const char *text, const char *const *environ_list)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conf *c = NULL;
	int err = conf_kit_load(text, text != NULL ? strlen(text) : 0, environ_list, &c, &ei);

	ck_assert_msg(err == 0, "%s: %d: %s", text != NULL ? text : "environment", err, ei.text);
	return c;
}

const char *conf_kit_error(const char *text, const char *const *environ_list, struct errinfo *ei)
{
	struct conf *c = NULL;
	int err;

	memset(ei, 0, sizeof(*ei));
	err = conf_kit_load(text, text != NULL ? strlen(text) : 0, environ_list, &c, ei);
	ck_assert_msg(err == 0 || (err == ERR_INVAL && c == NULL && ei->code == err), "%d: %s", err,
		      ei->text);
	ck_assert_msg((err == 0) == (ei->text[0] == '\0'), "%d: %s", err, ei->text);
	conf_free(c);
	return ei->text;
}

char *conf_kit_dump(const struct conf *c)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(conf_dump(c, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

void conf_kit_check_rows(const struct conf_kit_row *rows, size_t n)
{
	struct errinfo ei;
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_msg(strcmp(conf_kit_error(rows[i].text, NULL, &ei), rows[i].want) == 0,
			      "\n%s\nsays: %s\nwant: %s", rows[i].text, ei.text, rows[i].want);
}
