/* SPDX-License-Identifier: BSD-2-Clause
 * What scripts read. */
#include "ctl/print.h"

#include <fcntl.h>
#include <string.h>

#include "ctl/table.h"
#include "kit/output_kit.h"
#include "kit/unit.h"
#include "kit/values.h"

#define HOME   "home.dyn.example.com"
#define SECOND "second.dyn.example.com"

/* "router" with two hosts: one of the state given, one that was never updated. */
static struct account *account_of(const char *secret, const char *v4, const char *v6, uint64_t pub)
{
	struct account_host *h;
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of(secret), NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(HOME), NULL, &h, NULL), 0);
	h->state = (struct host_state){
		.want = value_pair(v4, v6), .seq = 3, .pub = pub, .time_s = 1700000000};
	ck_assert_int_eq(account_add_host(a, slice_of(SECOND), NULL, NULL, NULL), 0);
	return a;
}

static const char *const clear_text = "Sesame";
static const char *const sha256_text =
	"$sha256$0123456789abcdef$"
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char *const crypt_text = "$y$j9T$p/f44KuKp5vcLmtQWs8th/$"
				      "GA2lTcdzOVErVfqFCm6kD3FaTTyTjkU/ln57N6LxmZ0";

START_TEST(an_account_is_printed_as_text)
{
	struct account *a = account_of(clear_text, "192.0.2.1", NULL, 3);

	output_begin(stdout);
	print_account(a, false);
	ck_assert_str_eq(output_end(), "user:     router\nstatus:   enabled\n"
				       "secret:   stored as clear text\n"
				       "host:     " HOME " 192.0.2.1 (published; last published: "
				       "2023-11-14T22:13:20Z)\n"
				       "host:     " SECOND " (never updated)\n");
	account_free(a);
	a = account_of(crypt_text, "192.0.2.1", "2001:db8::1", 2);
	a->disabled = true;
	a->ttl = 60;
	a->quirks = ACCOUNT_NOCHG_AS_GOOD | ACCOUNT_MAY_CLEAR;
	a->hosts[0].state.time_s = 0;
	output_begin(stdout);
	print_account(a, false);
	ck_assert_str_eq(output_end(), "user:     router\nstatus:   disabled\n"
				       "secret:   stored as crypt\nttl:      60\n"
				       "quirks:   nochg-as-good may-clear\n"
				       "host:     " HOME " 192.0.2.1 2001:db8::1 (waiting to be "
				       "published; last published: never)\n"
				       "host:     " SECOND " (never updated)\n");
	account_free(a);
}
END_TEST

START_TEST(an_interface_id_is_printed_with_its_host)
{
	struct account *a = account_of(clear_text, NULL, "2001:db8::1", 3);

	a->hosts[0].interface_id = value_interface_id("::1");
	a->hosts[1].interface_id = value_interface_id("::5:1:2:3:4");
	output_begin(stdout);
	print_account(a, false);
	ck_assert_str_eq(output_end(),
			 "user:     router\nstatus:   enabled\n"
			 "secret:   stored as clear text\n"
			 "host:     " HOME " 2001:db8::1 (published; last published: "
			 "2023-11-14T22:13:20Z; interface id ::1)\n"
			 "host:     " SECOND " (never updated; interface id ::5:1:2:3:4)\n");
	output_begin(stdout);
	print_json(print_host_json(a, &a->hosts[1]));
	ck_assert_str_eq(output_end(),
			 "{\"host\":\"" SECOND "\",\"user\":\"router\",\"ipv4\":null,"
			 "\"ipv6\":null,\"interface-id\":\"::5:1:2:3:4\",\"published\":false,"
			 "\"time\":null}\n");
	account_free(a);
}
END_TEST

START_TEST(an_account_is_printed_as_json)
{
	struct account *a = account_of(sha256_text, NULL, "2001:db8::1", 2);

	a->ttl = 60;
	a->disabled = true;
	a->quirks = ACCOUNT_ONE_LINE | ACCOUNT_NOCHG_AS_GOOD;
	output_begin(stdout);
	print_account(a, true);
	ck_assert_str_eq(output_end(),
			 "{\"user\":\"router\",\"hosts\":[\"" HOME "\",\"" SECOND "\"],\"ttl\":60,"
			 "\"disabled\":true,\"quirks\":[\"nochg-as-good\",\"one-line\"],\"secret-"
			 "form\":\"sha256\","
			 "\"state\":[{\"host\":\"" HOME "\",\"ipv4\":null,\"ipv6\":\"2001:db8::1\","
			 "\"published\":false,\"time\":\"2023-11-14T22:13:20Z\"},"
			 "{\"host\":\"" SECOND "\",\"ipv4\":null,\"ipv6\":null,\"published\":false,"
			 "\"time\":null}]}\n");
	account_free(a);
}
END_TEST

START_TEST(bounds_are_printed_where_there_are_some)
{
	struct account *a = account_of(clear_text, "192.0.2.1", NULL, 3);

	ck_assert_int_eq(bounds_set_until(&a->bounds, slice_of("9999-12-31"), NULL), 0);
	ck_assert_int_eq(bounds_add_source(&a->bounds, slice_of("192.0.2.0/24"), NULL), 0);
	output_begin(stdout);
	print_json(print_account_json(a, false));
	ck_assert_ptr_nonnull(strstr(output_end(), "\"valid-until\":\"9999-12-31T23:59:59Z\","
						   "\"from\":[\"192.0.2.0/24\"],"));
	output_begin(stdout);
	print_account(a, false);
	ck_assert_ptr_nonnull(strstr(output_end(), "until:    9999-12-31T23:59:59Z\n"
						   "from:     192.0.2.0/24\n"));
	a->bounds.until_s = 1;
	output_begin(stdout);
	print_account(a, false);
	ck_assert_ptr_nonnull(strstr(output_end(), "status:   ended\n"));
	account_free(a);
}
END_TEST

START_TEST(a_list_of_accounts_has_no_state)
{
	struct account *a = account_of(clear_text, "192.0.2.1", NULL, 3);

	output_begin(stdout);
	print_json(print_account_json(a, false));
	ck_assert_str_eq(output_end(),
			 "{\"user\":\"router\",\"hosts\":[\"" HOME "\",\"" SECOND "\"],"
			 "\"ttl\":null,\"disabled\":false,\"quirks\":[],"
			 "\"secret-form\":\"clear text\"}\n");
	account_free(a);
}
END_TEST

START_TEST(a_host_in_a_list_names_its_account)
{
	struct account *a = account_of(clear_text, "192.0.2.1", NULL, 3);

	output_begin(stdout);
	print_json(print_host_json(a, &a->hosts[0]));
	ck_assert_str_eq(output_end(),
			 "{\"host\":\"" HOME "\",\"user\":\"router\",\"ipv4\":\"192.0.2.1\","
			 "\"ipv6\":null,\"published\":true,\"time\":\"2023-11-14T22:13:20Z\"}\n");
	account_free(a);
}
END_TEST

START_TEST(lists_have_a_line_for_each)
{
	struct account *a = account_of(clear_text, "192.0.2.1", NULL, 3);
	struct table *accounts = table_new(3), *hosts = table_new(5);

	ck_assert_ptr_nonnull(accounts);
	ck_assert_ptr_nonnull(hosts);
	ck_assert_int_eq(print_account_line(accounts, a), 0);
	a->disabled = true;
	ck_assert_int_eq(print_account_line(accounts, a), 0);
	ck_assert_int_eq(print_host_line(hosts, a, &a->hosts[0]), 0);
	a->hosts[0].state.pub = 2;
	ck_assert_int_eq(print_host_line(hosts, a, &a->hosts[0]), 0);
	ck_assert_int_eq(print_host_line(hosts, a, &a->hosts[1]), 0);
	output_begin(stdout);
	table_print(accounts, stdout);
	table_print(hosts, stdout);
	ck_assert_str_eq(output_end(),
			 "router  enabled   " HOME " " SECOND "\n"
			 "router  disabled  " HOME " " SECOND "\n"
			 "home.dyn.example.com    router  192.0.2.1  -  published\n"
			 "home.dyn.example.com    router  192.0.2.1  -  waiting to be published\n"
			 "second.dyn.example.com  router  -          -  never updated\n");
	table_free(accounts);
	table_free(hosts);
	account_free(a);
}
END_TEST

START_TEST(a_new_secret_is_shown_once)
{
	static const struct {
		const char *secret;
		bool json;
		const char *want;
	} rows[] = {
		{"abc", false, "user:   router\nsecret: abc\n"},
		{NULL, false, "user:   router\nsecret: (the one you gave)\n"},
		{"abc", true,
		 "{\"user\":\"router\",\"secret\":\"abc\",\"hosts\":[\"" HOME "\",\"" SECOND
		 "\"]}\n"},
		{NULL, true, "{\"user\":\"router\",\"hosts\":[\"" HOME "\",\"" SECOND "\"]}\n"},
	};
	struct account *a = account_of(clear_text, "192.0.2.1", NULL, 3);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *got;

		output_begin(stdout);
		print_secret(a, rows[i].secret, rows[i].json);
		got = output_end();
		ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %zu: %s", i, got);
	}
	account_free(a);
}
END_TEST

START_TEST(output_that_is_not_taken_is_told_once)
{
	struct errinfo ei = ERRINFO_INIT;
	int saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY | O_CLOEXEC), err, again;

	fflush(stdout);
	ck_assert_int_ge(dup2(full, STDOUT_FILENO), 0);
	printf("line\n");
	print_flush();
	printf("line\n");
	err = print_finish(&ei);
	again = print_finish(NULL);
	ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
	close(full);
	close(saved);
	ck_assert_int_eq(err, ERR_IO);
	ck_assert_str_eq(ei.text, "cannot write to standard output: No space left on device");
	ck_assert_int_eq(again, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_account_is_printed_as_text,
		an_interface_id_is_printed_with_its_host,
		an_account_is_printed_as_json,
		a_list_of_accounts_has_no_state,
		bounds_are_printed_where_there_are_some,
		a_host_in_a_list_names_its_account,
		lists_have_a_line_for_each,
		a_new_secret_is_shown_once,
		output_that_is_not_taken_is_told_once,
	};

	return unit_run("print", tests, N_ELEMENTS(tests));
}
