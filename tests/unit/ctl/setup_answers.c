/* SPDX-License-Identifier: BSD-2-Clause
 * Which questions apply, and their defaults. */
#include "ctl/setup_answers.h"

#include <stdio.h>

#include "kit/unit.h"

static const struct {
	const char *set;   /* "option=answer ..." */
	const char *apply; /* the options of the questions that do, in their order */
} applies_rows[] = {
	{"publish=builtin certificate=certbot store=sqlite user=none",
	 "domain publish name-server address lab dns-listen server certificate email listen store "
	 "store-path user "},
	{"publish=route53 certificate=lego store=dynamodb user=none",
	 "domain publish hosted-zone lab server certificate email listen store table region user "},
	{"publish=route53 certificate=files store=sqlite user=router1",
	 "domain publish hosted-zone lab server certificate certificate-file key-file listen store "
	 "store-path user host "},
	{"publish=builtin certificate=none store=dynamodb user=none",
	 "domain publish name-server address lab dns-listen server certificate listen store table "
	 "region user "},
};

/* Without judging it. */
static void set_answers(struct setup_answers *a, const char *set)
{
	char text[512], *word, *rest, *equals;
	enum setup_question q;

	snprintf(text, sizeof(text), "%s", set);
	for (word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		equals = strchr(word, '=');
		*equals = '\0';
		for (q = 0; strcmp(setup_row(q)->option, word) != 0; q++)
			ck_assert_int_lt((int)q, SETUP_QUESTIONS);
		snprintf(a->text[q], sizeof(a->text[q]), "%s", equals + 1);
	}
}

START_TEST(questions_apply_to_answers)
{
	static const struct setup_machine machine;
	size_t i;

	for (i = 0; i < N_ELEMENTS(applies_rows); i++) {
		struct setup_answers a = {.machine = &machine};
		char got[512] = "";
		enum setup_question q;

		set_answers(&a, applies_rows[i].set);
		for (q = 0; q < SETUP_QUESTIONS; q++) {
			if (!setup_applies(&a, q))
				continue;
			strcat(got, setup_row(q)->option);
			strcat(got, " ");
		}
		ck_assert_msg(strcmp(got, applies_rows[i].apply) == 0, "row %zu: %s", i, got);
	}
}
END_TEST

static const struct {
	const char *addrs; /* of the machine */
	const char *host;
	const char *set;
	enum setup_question q;
	const char *preset;
} preset_rows[] = {
	{"", "", "", SETUP_DOMAIN, ""},
	{"", "", "", SETUP_PUBLISH, "builtin"},
	{"", "", "domain=dyn.example.com", SETUP_NAME_SERVER, "ns1.dyn.example.com"},
	{"", "", "", SETUP_ADDRESS, ""},
	/* What nobody outside reaches is no default, and of each family one is enough. */
	{"10.0.0.7 192.168.1.2", "", "", SETUP_ADDRESS, ""},
	{"10.0.0.7 93.184.216.34 93.184.216.35", "", "", SETUP_ADDRESS, "93.184.216.34"},
	{"fd00::1 2606:2800::1 93.184.216.34 2606:2800::2", "", "", SETUP_ADDRESS,
	 "2606:2800::1,93.184.216.34"},
	{"93.184.216.34 2606:2800::1", "", "address=93.184.216.34,2606:2800::1", SETUP_DNS_LISTEN,
	 "93.184.216.34:53,[2606:2800::1]:53"},
	{"10.0.0.7", "", "address=93.184.216.34", SETUP_DNS_LISTEN, "[::]:53"},
	{"93.184.216.34", "", "address=93.184.216.34,93.184.216.35", SETUP_DNS_LISTEN, "[::]:53"},
	{"", "vm.example.org", "domain=dyn.example.com", SETUP_SERVER, "vm.example.org"},
	{"", "vm.dyn.example.com", "domain=dyn.example.com", SETUP_SERVER, "ddns.example.com"},
	{"", "", "domain=dyn.example.com", SETUP_SERVER, "ddns.example.com"},
	/* Nobody has a name directly below com. */
	{"", "", "domain=example.com", SETUP_SERVER, ""},
	{"", "", "certificate=certbot", SETUP_LISTEN, "[::]:443"},
	{"", "", "certificate=none", SETUP_LISTEN, "[::]:80"},
	{"", "", "", SETUP_REGION, "auto"},
	{"", "", "", SETUP_USER, "none"},
	{"", "", "domain=dyn.example.com", SETUP_HOST, "home.dyn.example.com"},
	{"", "", "", SETUP_EMAIL, ""},
};

static void find_addrs(struct setup_machine *m, const char *addrs)
{
	char text[256], *word, *rest;

	snprintf(text, sizeof(text), "%s", addrs);
	for (word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		ck_assert_int_eq(addr_parse(slice_of(word), &m->addrs[m->n_addrs++]), 0);
}

START_TEST(defaults_come_from_the_machine_and_earlier_answers)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(preset_rows); i++) {
		struct setup_machine machine = {.n_addrs = 0};
		struct setup_answers a = {.machine = &machine};
		char got[SETUP_ANSWER_MAX];

		find_addrs(&machine, preset_rows[i].addrs);
		snprintf(machine.host, sizeof(machine.host), "%s", preset_rows[i].host);
		set_answers(&a, preset_rows[i].set);
		setup_preset(&a, preset_rows[i].q, got);
		ck_assert_msg(strcmp(got, preset_rows[i].preset) == 0, "row %zu: %s", i, got);
	}
}
END_TEST

START_TEST(region_of_the_environment_is_the_default)
{
	struct setup_machine machine = {.region = "eu-central-1"};
	struct setup_answers a = {.machine = &machine};
	char got[SETUP_ANSWER_MAX];

	setup_preset(&a, SETUP_REGION, got);
	ck_assert_str_eq(got, "eu-central-1");
}
END_TEST

START_TEST(name_that_would_be_too_long_is_no_default)
{
	static const struct setup_machine machine;
	struct setup_answers a = {.machine = &machine};
	char got[SETUP_ANSWER_MAX];

	memset(a.text[SETUP_DOMAIN], 'a', FQDN_TEXT_MAX - 4);
	setup_preset(&a, SETUP_NAME_SERVER, got);
	ck_assert_uint_eq(strlen(got), FQDN_TEXT_MAX);
	a.text[SETUP_DOMAIN][FQDN_TEXT_MAX - 4] = 'a';
	setup_preset(&a, SETUP_NAME_SERVER, got);
	ck_assert_str_eq(got, "");
}
END_TEST

START_TEST(only_private_addresses_are_worth_the_question_about_a_lab)
{
	static const struct setup_machine machine;
	struct setup_answers a = {.machine = &machine};

	set_answers(&a, "address=93.184.216.34");
	ck_assert(!setup_is_worth_asking(&a, SETUP_LAB));
	ck_assert(setup_is_worth_asking(&a, SETUP_DOMAIN));
	set_answers(&a, "address=93.184.216.34,10.0.0.1");
	ck_assert(setup_is_worth_asking(&a, SETUP_LAB));
}
END_TEST

START_TEST(items_of_a_list_are_told_apart)
{
	static const struct setup_machine machine;
	struct setup_answers a = {.machine = &machine};
	char item[SETUP_ANSWER_MAX];
	struct fqdn name;
	struct addr addr;

	ck_assert(!setup_item(&a, SETUP_LISTEN, 0, item));
	set_answers(&a, "domain=dyn.example.com name-server=ns1.example.com,ns2.example.com "
			"address=192.0.2.1,2001:db8::1");
	ck_assert(setup_item(&a, SETUP_NAME_SERVER, 1, item));
	ck_assert_str_eq(item, "ns2.example.com");
	ck_assert(!setup_item(&a, SETUP_NAME_SERVER, 2, item));
	ck_assert(setup_name(&a, SETUP_NAME_SERVER, 0, &name));
	ck_assert(setup_addr(&a, 1, &addr) && addr.family == ADDR_V6);
	ck_assert(!setup_addr(&a, 2, &addr));
	ck_assert(!setup_has_glue(&a));
	set_answers(&a, "name-server=ns1.example.com,ns.dyn.example.com");
	ck_assert(setup_has_glue(&a));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		questions_apply_to_answers,
		defaults_come_from_the_machine_and_earlier_answers,
		region_of_the_environment_is_the_default,
		name_that_would_be_too_long_is_no_default,
		only_private_addresses_are_worth_the_question_about_a_lab,
		items_of_a_list_are_told_apart,
	};

	return unit_run("setup_answers", tests, N_ELEMENTS(tests));
}
