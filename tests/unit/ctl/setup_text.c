/* SPDX-License-Identifier: BSD-2-Clause
 * The texts that are made of answers: each combination is read by the daemon's loader. */
#include "ctl/setup_text.h"

#include <stdio.h>
#include <unistd.h>

#include "conf/load.h"
#include "ctl/setup_talk.h"
#include "kit/unit.h"

static const struct setup_machine machine = {.knows_aws = true};

/* One of each line; the loader judges them together. */
static const char *const publishers[] = {
	"publish=builtin name-server=ns1.dyn.example.com address=192.0.2.1,2001:db8::1 "
	"dns-listen=192.0.2.1:53,[2001:db8::1]:53",
	"publish=builtin name-server=ns1.example.com,ns2.example.net address=192.0.2.1 "
	"dns-listen=[::]:53",
	"publish=builtin name-server=ns1.example.com,ns.dyn.example.com address=192.0.2.1 "
	"dns-listen=127.0.0.1:5353 lab=yes",
	"publish=route53 hosted-zone=Z0123 lab=no",
};
static const char *const certificates[] = {
	"certificate=certbot email=you@example.com listen=[::]:443",
	"certificate=lego email=you@example.com listen=192.0.2.1:443,[2001:db8::1]:443",
	"certificate=files certificate-file=/etc/a.pem key-file=/etc/a.key listen=[::]:8443",
	"certificate=none listen=127.0.0.1:8080",
	"certificate=certbot email=none listen=[::]:443",
};
static const char *const stores[] = {
	"store=sqlite store-path=/var/lib/mooring/mooring.db",
	"store=dynamodb table=mooring region=auto",
	"store=dynamodb table=mooring region=eu-west-1",
};

static void text_give(struct setup_talk *t, char *text)
{
	char *word, *rest, *equals;
	enum setup_question q;

	for (word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		equals = strchr(word, '=');
		*equals = '\0';
		for (q = 0; strcmp(setup_row(q)->option, word) != 0; q++)
			ck_assert_int_lt((int)q, SETUP_QUESTIONS - 1);
		t->given[q] = equals + 1;
	}
}

/* As the command takes them. */
static void answer_all(struct setup_answers *a, const char *options)
{
	struct setup_talk t = {.answers = a};
	struct errinfo ei = ERRINFO_INIT;
	char text[1024];

	*a = (struct setup_answers){.machine = &machine};
	snprintf(text, sizeof(text), "domain=dyn.example.com server=ddns.example.com user=none %s",
		 options);
	text_give(&t, text);
	ck_assert_msg(setup_talk_run(&t, &ei) == 0, "%s", ei.text);
}

static void check_conf(const struct conf *c, size_t p, size_t k, size_t s)
{
	const struct conf_zone *z = &c->zones[0];

	ck_assert_uint_eq(c->n_zones, 1);
	ck_assert_str_eq(z->name.text, "dyn.example.com");
	ck_assert_int_eq(z->publisher, p == 3 ? CONF_PUBLISHER_ROUTE53 : CONF_PUBLISHER_BUILTIN);
	ck_assert_str_eq(z->hosted_zone_id, p == 3 ? "Z0123" : "");
	ck_assert_uint_eq(z->n_name_servers, p == 3 ? 0 : p == 0 ? 1 : 2);
	ck_assert_uint_eq(z->n_name_server_addresses, p == 0 ? 2 : p == 2 ? 1 : 0);
	ck_assert_int_eq(z->allow_special_addresses, p == 2);
	ck_assert_uint_eq(c->dns_listen.n, p == 0 ? 2 : 1);
	ck_assert_uint_eq(c->n_fronts, k == 1 ? 2 : 1);
	ck_assert_int_eq(c->fronts[0].is_tls, k != 3);
	ck_assert_str_eq(c->certificate, k == 2 ? "/etc/a.pem" : "/etc/mooring/tls/fullchain.pem");
	ck_assert_str_eq(c->private_key, k == 2 ? "/etc/a.key" : "/etc/mooring/tls/privkey.pem");
	ck_assert_int_eq(c->store.type, s == 0 ? CONF_STORE_SQLITE : CONF_STORE_DYNAMODB);
	ck_assert_str_eq(c->store.table, s == 0 ? "ddns-serverless-app-db" : "mooring");
	ck_assert_str_eq(c->store.region, s == 2 ? "eu-west-1" : "");
	ck_assert_uint_eq(c->n_warnings, 0);
}

/* Whether this build has what it asks for is another question. */
static int load_text(const struct buf *text, struct conf **ret, struct errinfo *ei)
{
	static const char *const nothing[] = {NULL};
	char path[] = "/tmp/setup_text.XXXXXX";
	int fd = mkstemp(path), err;

	ck_assert_int_eq(write(fd, buf_str(text), text->len), (ssize_t)text->len);
	close(fd);
	err = conf_load(path, nothing, ret, ei);
	unlink(path);
	return err;
}

static void try_combination(size_t p, size_t k, size_t s)
{
	static struct setup_answers a;
	struct errinfo ei = ERRINFO_INIT;
	struct conf *conf = NULL;
	char options[1024];
	struct buf text;

	snprintf(options, sizeof(options), "%s %s %s", publishers[p], certificates[k], stores[s]);
	answer_all(&a, options);
	buf_init(&text, SETUP_TEXT_MAX);
	setup_text_conf(&a, &text);
	ck_assert_int_eq(buf_err(&text), 0);
	ck_assert_msg(load_text(&text, &conf, &ei) == 0, "%s: %s\n%s", options, ei.text,
		      buf_str(&text));
	check_conf(conf, p, k, s);
	conf_free(conf);
	buf_fini(&text);
}

START_TEST(each_combination_of_answers_is_a_configuration)
{
	size_t p, k, s;

	for (p = 0; p < N_ELEMENTS(publishers); p++)
		for (k = 0; k < N_ELEMENTS(certificates); k++)
			for (s = 0; s < N_ELEMENTS(stores); s++)
				try_combination(p, k, s);
}
END_TEST

static const char whole[] =
	"# Configuration of mooringd and mooringctl, by \"mooringctl setup\". All other keys have\n"
	"# their defaults: mooring.conf(5).\n"
	"# Routers send their updates to ddns.example.com.\n"
	"\n"
	"# Where the name server answers, by UDP and TCP.\n"
	"dns-listen = { \"192.0.2.1:53\", \"[2001:db8::1]:53\" }\n"
	"# Where updates are taken.\n"
	"listen = { \"[::]:443\" }\n"
	"\n"
	"store {\n"
	"\t# Where accounts are kept.\n"
	"\ttype = \"sqlite\"\n"
	"\tpath = \"/var/lib/mooring/mooring.db\"\n"
	"}\n"
	"\n"
	"# Hosts have names in it.\n"
	"zone \"dyn.example.com\" {\n"
	"\t# Who answers for the zone.\n"
	"\tpublisher = \"builtin\"\n"
	"\t# The parent zone has NS records with these names.\n"
	"\tname-servers = { \"ns1.dyn.example.com\" }\n"
	"\t# Its name servers' addresses, which the parent zone has, too (glue).\n"
	"\tname-server-addresses = { \"192.0.2.1\", \"2001:db8::1\" }\n"
	"}\n";

START_TEST(the_configuration_has_what_was_answered)
{
	static struct setup_answers a;
	char options[1024];
	struct buf text;

	snprintf(options, sizeof(options), "%s %s %s", publishers[0], certificates[0], stores[0]);
	answer_all(&a, options);
	buf_init(&text, SETUP_TEXT_MAX);
	setup_text_conf(&a, &text);
	ck_assert_str_eq(buf_str(&text), whole);
	buf_fini(&text);
}
END_TEST

static const struct {
	const char *answers; /* the domain, the server and the rest */
	const char *parent, *elsewhere;
} parents[] = {
	{"domain=dyn.example.com server=ddns.example.com name-server=ns1.dyn.example.com "
	 "address=192.0.2.1,2001:db8::1",
	 "dyn.example.com. IN NS ns1.dyn.example.com.\n"
	 "ns1.dyn.example.com. IN A 192.0.2.1\n"
	 "ns1.dyn.example.com. IN AAAA 2001:db8::1\n"
	 "ddns.example.com. IN A 192.0.2.1\n"
	 "ddns.example.com. IN AAAA 2001:db8::1\n",
	 ""},
	/* One is in the parent zone, and one in another. */
	{"domain=dyn.example.com server=ddns.example.com "
	 "name-server=ns1.example.com,ns2.example.net address=192.0.2.1",
	 "dyn.example.com. IN NS ns1.example.com.\n"
	 "dyn.example.com. IN NS ns2.example.net.\n"
	 "ns1.example.com. IN A 192.0.2.1\n"
	 "ddns.example.com. IN A 192.0.2.1\n",
	 "ns2.example.net. IN A 192.0.2.1\n"},
	{"domain=dyn.example.com server=ns1.example.com "
	 "name-server=ns1.example.com,ns.dyn.example.com address=192.0.2.1",
	 "dyn.example.com. IN NS ns1.example.com.\n"
	 "dyn.example.com. IN NS ns.dyn.example.com.\n"
	 "ns1.example.com. IN A 192.0.2.1\n"
	 "ns.dyn.example.com. IN A 192.0.2.1\n",
	 ""},
	{"domain=dyn.example.com server=vm7.hoster.net name-server=ns1.dyn.example.com "
	 "address=192.0.2.1",
	 "dyn.example.com. IN NS ns1.dyn.example.com.\n"
	 "ns1.dyn.example.com. IN A 192.0.2.1\n",
	 "vm7.hoster.net. IN A 192.0.2.1\n"},
	/* A registry has glue, and no other names. */
	{"domain=example.com server=ddns.example.org name-server=ns1.example.com,ns.other.com "
	 "address=192.0.2.1",
	 "example.com. IN NS ns1.example.com.\n"
	 "example.com. IN NS ns.other.com.\n"
	 "ns1.example.com. IN A 192.0.2.1\n",
	 "ns.other.com. IN A 192.0.2.1\n"
	 "ddns.example.org. IN A 192.0.2.1\n"},
	{"domain=dyn.example.com server=ddns.example.com publish=route53 hosted-zone=Z0123 lab=no",
	 "", ""},
};

START_TEST(the_parent_zone_gets_what_lies_in_it)
{
	static struct setup_answers a;
	char options[1024];
	struct buf text;
	size_t i;

	for (i = 0; i < N_ELEMENTS(parents); i++) {
		snprintf(options, sizeof(options), "%s%s %s %s", parents[i].answers,
			 strstr(parents[i].answers, "publish=") != NULL
				 ? ""
				 : " publish=builtin dns-listen=[::]:53",
			 certificates[0], stores[0]);
		answer_all(&a, options);
		buf_init(&text, SETUP_TEXT_MAX);
		setup_text_parent(&a, &text);
		ck_assert_msg(strcmp(buf_str(&text), parents[i].parent) == 0, "row %zu: %s", i,
			      buf_str(&text));
		buf_reset(&text);
		setup_text_elsewhere(&a, &text);
		ck_assert_msg(strcmp(buf_str(&text), parents[i].elsewhere) == 0, "row %zu: %s", i,
			      buf_str(&text));
		buf_fini(&text);
	}
}
END_TEST

#define HOOK   "/usr/share/mooring/deploy-certificate"
#define QUOTED "'" HOOK "'"

static const struct {
	const char *first, *again;
} commands[N_ELEMENTS(certificates)] = {
	{"certbot certonly --standalone -d ddns.example.com --email you@example.com --agree-tos "
	 "--non-interactive --deploy-hook " QUOTED,
	 ""},
	{"lego --path '/etc/lego' --email you@example.com --domains ddns.example.com --http "
	 "--accept-tos run --run-hook " QUOTED,
	 "lego --path '/etc/lego' --email you@example.com --domains ddns.example.com --http "
	 "--accept-tos renew --renew-hook " QUOTED},
	{"", ""},
	{"", ""},
	{"certbot certonly --standalone -d ddns.example.com --register-unsafely-without-email "
	 "--agree-tos --non-interactive --deploy-hook " QUOTED,
	 ""},
};

static void check_line(size_t i, const struct setup_command *c, const char *want)
{
	struct buf line;

	ck_assert_ptr_null(c->argv[c->n]);
	buf_init(&line, SETUP_TEXT_MAX);
	setup_text_line(c, &line);
	ck_assert_msg(strcmp(buf_str(&line), want) == 0, "row %zu: %s", i, buf_str(&line));
	buf_fini(&line);
}

START_TEST(certbot_and_lego_have_their_own_words)
{
	static struct setup_answers a;
	struct setup_command c;
	char options[1024];
	size_t i;

	for (i = 0; i < N_ELEMENTS(certificates); i++) {
		snprintf(options, sizeof(options), "%s %s %s", publishers[3], certificates[i],
			 stores[0]);
		answer_all(&a, options);
		setup_text_command(&a, HOOK, &c);
		check_line(i, &c, commands[i].first);
		setup_text_renewal(&a, HOOK, &c);
		check_line(i, &c, commands[i].again);
	}
}
END_TEST

START_TEST(a_word_with_a_blank_stays_one)
{
	const struct setup_command c = {.n = 2, .argv = {"lego", "/a folder/hook", NULL}};

	check_line(0, &c, "lego '/a folder/hook'");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_combination_of_answers_is_a_configuration,
		the_configuration_has_what_was_answered,
		the_parent_zone_gets_what_lies_in_it,
		certbot_and_lego_have_their_own_words,
		a_word_with_a_blank_stays_one,
	};

	return unit_run("setup_text", tests, N_ELEMENTS(tests));
}
