/* SPDX-License-Identifier: BSD-2-Clause
 * What is an answer, and in which form it is kept. */
#include "ctl/setup_take.h"

#include "kit/unit.h"

static const struct setup_machine machine = {.knows_aws = true};
static const struct setup_machine small_machine = {.knows_aws = false};

static const struct {
	enum setup_question q;
	const char *text;
	const char *want; /* what is kept, or behind "! " the sentence */
} rows[] = {
	{SETUP_DOMAIN, "dyn.example.com", "dyn.example.com"},
	{SETUP_DOMAIN, "  Dyn.Example.COM. \t", "dyn.example.com"},
	{SETUP_DOMAIN,
	 "b\xc3\xbc"
	 "cher.example",
	 "xn--bcher-kva.example"},
	{SETUP_DOMAIN, "example", "! must be a name with a dot in it, not \"example\""},
	{SETUP_DOMAIN, "a..b.com",
	 "! must be a name with something before each dot, not \"a..b.com\""},
	{SETUP_DOMAIN, ".b.com", "! must be a name with something before each dot, not \".b.com\""},
	{SETUP_DOMAIN, "192.0.2.1", "! must be a name and no address, not \"192.0.2.1\""},
	{SETUP_SERVER, "2001:db8::1", "! must be a name and no address, not \"2001:db8::1\""},
	{SETUP_DOMAIN, "dyn.example.com/24",
	 "! must be a name alone, of letters, digits, dots and -, not \"dyn.example.com/24\""},
	{SETUP_SERVER, "https://ddns.example.com",
	 "! must be a name alone, of letters, digits, dots and -, not "
	 "\"https://ddns.example.com\""},
	{SETUP_DOMAIN, "*.x", "! must be one name, without a *, not \"*.x\""},
	{SETUP_SERVER, "*.example.com", "! must be one name, without a *, not \"*.example.com\""},
	{SETUP_HOST, "*.home", "*.home"},
	{SETUP_DOMAIN, "example.1",
	 "! must be a name of DNS, of 253 characters at most, 63 between two dots, and no number "
	 "behind the last one, not \"example.1\""},
	{SETUP_DOMAIN, "", "! must be answered"},
	{SETUP_DOMAIN, " \t", "! must be answered"},
	{SETUP_PUBLISH, "route53", "route53"},
	{SETUP_PUBLISH, "bind\a", "! must be builtin or route53, not \"bind\\x07\""},
	{SETUP_CERTIFICATE, "lego", "lego"},
	{SETUP_CERTIFICATE, "leg", "! must be certbot, lego, files or none, not \"leg\""},
	{SETUP_HOSTED_ZONE, "/hostedzone/Z0123", "/hostedzone/Z0123"},
	{SETUP_HOSTED_ZONE, "z0123", "! must be 1 to 32 capital letters and digits, not \"z0123\""},
	{SETUP_NAME_SERVER, "NS1.example.com, ns2.example.com", "ns1.example.com,ns2.example.com"},
	{SETUP_NAME_SERVER, "ns1.example.com ns1.example.com",
	 "! \"ns1.example.com\" is in the list twice"},
	{SETUP_NAME_SERVER, "ns1", "! must be a name with a dot in it, not \"ns1\""},
	{SETUP_ADDRESS, "192.0.2.1  2001:DB8:0::1", "192.0.2.1,2001:db8::1"},
	{SETUP_ADDRESS, "::ffff:192.0.2.1;", "192.0.2.1"},
	{SETUP_ADDRESS, "192.0.2.0/24", "! must be an IPv4 or IPv6 address, not \"192.0.2.0/24\""},
	{SETUP_ADDRESS, "home", "! must be an IPv4 or IPv6 address, not \"home\""},
	{SETUP_ADDRESS, "0.0.0.0", "! must be the address of a host, not \"0.0.0.0\""},
	{SETUP_ADDRESS, "224.0.0.1", "! must be the address of a host, not \"224.0.0.1\""},
	{SETUP_ADDRESS, ", ,", "! must be answered"},
	{SETUP_LAB, "yes", "yes"},
	{SETUP_LAB, "y", "! must be yes or no, not \"y\""},
	{SETUP_LISTEN, "[::]:443 127.0.0.1:8443", "[::]:443,127.0.0.1:8443"},
	{SETUP_LISTEN, "443",
	 "! must be a numeric address and a port, as 192.0.2.1:443 or [::]:443, not \"443\""},
	{SETUP_DNS_LISTEN, "127.0.0.1:5353", "127.0.0.1:5353"},
	{SETUP_DNS_LISTEN, "[::]:53,[::]:53", "! \"[::]:53\" is in the list twice"},
	{SETUP_EMAIL, "you@example.com", "you@example.com"},
	{SETUP_EMAIL, "you", "! must be an address such as you@example.com, not \"you\""},
	{SETUP_EMAIL, "@example.com",
	 "! must be an address such as you@example.com, not \"@example.com\""},
	{SETUP_EMAIL, "you@me@example.com",
	 "! must be an address such as you@example.com, not \"you@me@example.com\""},
	{SETUP_EMAIL, "you @example.com",
	 "! must be an address such as you@example.com, not \"you @example.com\""},
	/* It would be an option of certbot's. */
	{SETUP_EMAIL, "-you@example.com",
	 "! must be an address such as you@example.com, not \"-you@example.com\""},
	{SETUP_EMAIL, "none", "none"},
	{SETUP_CERTIFICATE_FILE, "/a b.pem", "/a b.pem"},
	{SETUP_KEY_FILE, "a.key",
	 "! must be a path that begins with / and has no quotes in it, not \"a.key\""},
	{SETUP_STORE_PATH, "/a\"b",
	 "! must be a path that begins with / and has no quotes in it, not \"/a\\x22b\""},
	{SETUP_STORE_PATH, "/a\\b",
	 "! must be a path that begins with / and has no quotes in it, not \"/a\\x5cb\""},
	{SETUP_STORE_PATH, "/", "! must be a file and no folder, not \"/\""},
	{SETUP_STORE_PATH, "/tmp", "! must be a file and no folder, not \"/tmp\""},
	{SETUP_STORE_PATH, "/no-such/", "! must be a file and no folder, not \"/no-such/\""},
	{SETUP_KEY_FILE, "/no-such/..", "! must be a file and no folder, not \"/no-such/..\""},
	{SETUP_STORE_PATH, "/no-such/...", "/no-such/..."},
	{SETUP_STORE, "dynamodb", "dynamodb"},
	{SETUP_TABLE, "mooring", "mooring"},
	{SETUP_TABLE, "ab", "! must be 3 to 255 letters, digits, '_', '.' or '-', not \"ab\""},
	{SETUP_REGION, "auto", "auto"},
	{SETUP_REGION, "eu-west-1", "eu-west-1"},
	{SETUP_REGION, "eu west",
	 "! must be 0 to 64 letters, digits, '_', '.' or '-', not \"eu west\""},
	{SETUP_USER, "router 1", "router 1"},
	{SETUP_USER, "a:b", "! must be a login: "},
};

START_TEST(answers_are_kept_in_their_usual_form_or_refused)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct setup_answers a = {.machine = &machine};
		struct errinfo ei = ERRINFO_INIT;
		const char *want = rows[i].want;
		int err = setup_take(&a, rows[i].q, rows[i].text, &ei);

		if (want[0] == '!') {
			ck_assert_msg(err == ERR_INVAL, "row %zu: %d", i, err);
			ck_assert_msg(strncmp(ei.text, want + 2, strlen(want + 2)) == 0,
				      "row %zu: %s", i, ei.text);
			ck_assert_str_eq(a.text[rows[i].q], "");
		} else {
			ck_assert_msg(err == 0, "row %zu: %s", i, ei.text);
			ck_assert_msg(strcmp(a.text[rows[i].q], want) == 0, "row %zu: %s", i,
				      a.text[rows[i].q]);
		}
	}
}
END_TEST

START_TEST(names_lie_in_the_domain_or_outside_of_it)
{
	struct setup_answers a = {.machine = &machine};
	struct errinfo ei = ERRINFO_INIT;

	/* While the domain is not known, nothing is wrong with either. */
	ck_assert_int_eq(setup_take(&a, SETUP_SERVER, "ddns.dyn.example.com", &ei), 0);
	ck_assert_int_eq(setup_take(&a, SETUP_HOST, "home", &ei), 0);
	ck_assert_int_eq(setup_take(&a, SETUP_DOMAIN, "dyn.example.com", &ei), 0);
	ck_assert_int_eq(setup_take(&a, SETUP_SERVER, "ddns.dyn.example.com", &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "must lie outside of dyn.example.com, in which only hosts' names "
				  "are served");
	err_reset(&ei);
	ck_assert_int_eq(setup_take(&a, SETUP_HOST, "home.example.com", &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "must lie in dyn.example.com, and home.example.com does not");
	err_reset(&ei);
	ck_assert_int_eq(setup_take(&a, SETUP_HOST, "dyn.example.com", &ei), ERR_INVAL);
	err_reset(&ei);
	ck_assert_int_eq(setup_take(&a, SETUP_HOST, "home nas.dyn.example.com", &ei), 0);
	ck_assert_str_eq(a.text[SETUP_HOST], "home.dyn.example.com,nas.dyn.example.com");
}
END_TEST

START_TEST(an_account_of_lego_has_an_address)
{
	struct setup_answers a = {.machine = &machine};
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(setup_take(&a, SETUP_CERTIFICATE, "lego", &ei), 0);
	ck_assert_int_eq(setup_take(&a, SETUP_EMAIL, "none", &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "must be an address: lego makes no account without one");
	ck_assert_int_eq(setup_take(&a, SETUP_CERTIFICATE, "certbot", &ei), 0);
	ck_assert_int_eq(setup_take(&a, SETUP_EMAIL, "none", &ei), 0);
}
END_TEST

START_TEST(too_long_an_answer_is_refused)
{
	static char text[SETUP_ANSWER_MAX + 16];
	struct setup_answers a = {.machine = &machine};
	struct errinfo ei = ERRINFO_INIT;

	memset(text, 'a', sizeof(text) - 1);
	text[0] = '/';
	ck_assert_int_eq(setup_take(&a, SETUP_STORE_PATH, text, &ei), ERR_LIMIT);
	ck_assert_str_eq(ei.text, "is too long");
	err_reset(&ei);
	text[SETUP_ANSWER_MAX - 1] = '\0';
	ck_assert_int_eq(setup_take(&a, SETUP_STORE_PATH, text, &ei), 0);
}
END_TEST

START_TEST(nine_name_servers_are_too_many)
{
	static const char nine[] = "a.b.c,b.b.c,c.b.c,d.b.c,e.b.c,f.b.c,g.b.c,h.b.c,i.b.c";
	struct setup_answers a = {.machine = &machine};
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(setup_take(&a, SETUP_NAME_SERVER, nine, &ei), ERR_INVAL);
	err_reset(&ei);
	ck_assert_int_eq(setup_take(&a, SETUP_NAME_SERVER, nine + 6, &ei), 0);
}
END_TEST

START_TEST(what_the_build_lacks_is_no_answer)
{
	struct setup_answers a = {.machine = &small_machine};
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(setup_take(&a, SETUP_PUBLISH, "builtin", &ei), 0);
	ck_assert_int_eq(setup_take(&a, SETUP_STORE, "dynamodb", &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "cannot be dynamodb: this program was built without AWS");
}
END_TEST

START_TEST(answers_about_ports_are_sockets)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conf_listens got;

	ck_assert_int_eq(setup_take_listens(SETUP_LISTEN, "[::]:443,127.0.0.1:80", &got, &ei), 0);
	ck_assert_uint_eq(got.n, 2);
	ck_assert_str_eq(got.at[1].text, "127.0.0.1:80");
	ck_assert_int_eq(setup_take_listens(SETUP_DNS_LISTEN, "[::]:53", &got, &ei), 0);
	ck_assert_uint_eq(got.n, 1);
	ck_assert_str_eq(got.at[0].text, "[::]:53");
	ck_assert_int_eq(setup_take_listens(SETUP_DNS_LISTEN, "53", &got, &ei), ERR_INVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		answers_are_kept_in_their_usual_form_or_refused,
		names_lie_in_the_domain_or_outside_of_it,
		an_account_of_lego_has_an_address,
		too_long_an_answer_is_refused,
		nine_name_servers_are_too_many,
		what_the_build_lacks_is_no_answer,
		answers_about_ports_are_sockets,
	};

	return unit_run("setup_take", tests, N_ELEMENTS(tests));
}
