/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/agents.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "kit/fake_clock.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

enum { SECOND_MS = 1000 };

static struct agents *agents;

static void agents_open(void)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_USER);
	ck_assert_int_eq(agents_new(&agents), 0);
	fake_clock_ms += SECOND_MS;
}

/* What the log says of an update; "" for nothing. */
static const char *see(const char *user, unsigned quirks, const char *agent, size_t n_lines)
{
	capture();
	agents_see(agents, user, quirks, slice_of(agent), n_lines);
	return captured();
}

START_TEST(a_client_is_known_by_the_beginning_of_its_name)
{
	static const struct {
		const char *agent;
		size_t n_lines;
		unsigned need;
	} rows[] = {
		{"OPNsense-dyndns", 1, ACCOUNT_ERRORS_AS_4XX},
		{"opnsense-dyndns/1.2", 2, ACCOUNT_ERRORS_AS_4XX},
		{"uclient-fetch", 1, ACCOUNT_ERRORS_AS_4XX},
		{"ddns-go", 1, ACCOUNT_ERRORS_AS_4XX},
		{"Go-http-client/1.1", 1, ACCOUNT_ERRORS_AS_4XX},
		{"Go-http-client/2.0", 1, ACCOUNT_ERRORS_AS_4XX},
		{"phpDynDNS/0.7", 1, ACCOUNT_NOCHG_AS_GOOD},
		{"phpDynDNS/0.7", 2, ACCOUNT_NOCHG_AS_GOOD | ACCOUNT_ONE_LINE},
		{"ddclient/3.10.0", 1, 0},
		{"inadyn/2.10.0 https://github.com/troglobit/inadyn/issues", 1, 0},
		{"Fritz!Box DDNS/1.0.1", 1, 0},
		{"curl/8.5.0", 1, 0},
		{"Wget/1.21.3", 1, 0},
		{"my OPNsense-dyndns", 1, 0},
		{"OPNsense", 1, 0},
		{"", 1, 0},
	};
	const struct slice none = {NULL, 0};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		unsigned need = agents_need(slice_of(rows[i].agent), rows[i].n_lines, NULL);

		ck_assert_msg(need == rows[i].need, "row %zu: %u", i, need);
	}
	ck_assert_uint_eq(agents_need(none, 1, NULL), 0);
}
END_TEST

START_TEST(the_line_has_the_command_to_run)
{
	agents_open();
	ck_assert_str_eq(see("router", 0, "OPNsense-dyndns", 1),
			 "a client needs a quirk that its account lacks user=router "
			 "client=OPNsense run=\"mooringctl user set --quirk errors-as-4xx "
			 "router\"\n");
	fake_clock_ms += SECOND_MS;
	ck_assert_ptr_nonnull(strstr(see("two", 0, "phpDynDNS/0.7", 2),
				     "--quirk nochg-as-good --quirk one-line two\""));
	fake_clock_ms += SECOND_MS;
	ck_assert_ptr_nonnull(strstr(see("three", ACCOUNT_NOCHG_AS_GOOD, "phpDynDNS/0.7", 2),
				     "set --quirk one-line three\""));
	agents_free(agents);
}
END_TEST

START_TEST(who_has_what_it_needs_is_not_told_of)
{
	agents_open();
	ck_assert_str_eq(see("router", ACCOUNT_ERRORS_AS_4XX, "OPNsense-dyndns", 1), "");
	ck_assert_str_eq(see("router", ACCOUNT_NOCHG_AS_GOOD, "phpDynDNS/0.7", 1), "");
	ck_assert_str_eq(see("router", 0, "ddclient/3.10.0", 3), "");
	ck_assert_str_eq(see("router", 0, "", 1), "");
	agents_free(agents);
}
END_TEST

START_TEST(an_account_is_told_of_once_a_day)
{
	int64_t before = metric_get(METRIC_QUIRK_HINTS);

	agents_open();
	ck_assert_str_ne(see("router", 0, "OPNsense-dyndns", 1), "");
	fake_clock_ms += AGENTS_AGAIN_MS - 1;
	ck_assert_str_eq(see("router", 0, "OPNsense-dyndns", 1), "");
	ck_assert_str_eq(see("router", 0, "phpDynDNS/0.7", 1), "");
	ck_assert_str_ne(see("another", 0, "OPNsense-dyndns", 1), "");
	fake_clock_ms += SECOND_MS;
	ck_assert_str_ne(see("router", 0, "OPNsense-dyndns", 1), "");
	ck_assert_int_eq(metric_get(METRIC_QUIRK_HINTS), before + 3);
	agents_free(agents);
}
END_TEST

/* Who is passed over because another one was just told of has its turn with a later update. */
START_TEST(lines_come_once_a_second_at_most)
{
	agents_open();
	ck_assert_str_ne(see("a", 0, "OPNsense-dyndns", 1), "");
	ck_assert_str_eq(see("b", 0, "OPNsense-dyndns", 1), "");
	fake_clock_ms += SECOND_MS;
	ck_assert_str_ne(see("b", 0, "OPNsense-dyndns", 1), "");
	agents_free(agents);
}
END_TEST

START_TEST(more_accounts_than_there_is_room_for_wait_for_the_next_day)
{
	char user[16];
	size_t i;

	agents_open();
	for (i = 0; i < AGENTS_MAX; i++) {
		snprintf(user, sizeof(user), "r%zu", i);
		ck_assert_str_ne(see(user, 0, "OPNsense-dyndns", 1), "");
		fake_clock_ms += SECOND_MS;
	}
	ck_assert_str_eq(see("one-more", 0, "OPNsense-dyndns", 1), "");
	ck_assert_str_eq(see("r0", 0, "OPNsense-dyndns", 1), "");
	fake_clock_ms += AGENTS_AGAIN_MS - AGENTS_MAX * (int64_t)SECOND_MS;
	ck_assert_str_ne(see("one-more", 0, "OPNsense-dyndns", 1), "");
	agents_free(agents);
}
END_TEST

/* What a client sends stays out of the line, and a login is one word of the shell. */
START_TEST(nothing_from_outside_is_more_than_a_word)
{
	static const struct {
		const char *user, *command;
	} rows[] = {
		{"a.b_c-d@e+1", "mooringctl user set --quirk errors-as-4xx a.b_c-d@e+1"},
		{"two words", "mooringctl user set --quirk errors-as-4xx 'two words'"},
		{"$(reboot)", "mooringctl user set --quirk errors-as-4xx '$(reboot)'"},
		{"-x", "mooringctl user set --quirk errors-as-4xx -- -x"},
		{"größer", "mooringctl user set --quirk errors-as-4xx 'größer'"},
	};
	char text[ACCOUNT_USER_MAX + 1], *end;
	const char *line;
	size_t i;

	agents_open();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		line = see(rows[i].user, 0, "OPNsense-dyndns\nerror forged=1 \x1b[31m", 1);
		ck_assert_msg(strstr(line, rows[i].command) != NULL, "row %zu: %s", i, line);
		ck_assert_ptr_null(strstr(line, "forged"));
		end = strchr(line, '\n');
		ck_assert(end != NULL && end[1] == '\0');
		fake_clock_ms += SECOND_MS;
	}
	memset(text, '\'', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	line = see(text, 0, "OPNsense-dyndns", 1);
	ck_assert_ptr_nonnull(strstr(line, "mooringctl user set --quirk errors-as-4xx '"));
	agents_free(agents);
}
END_TEST

START_TEST(a_quote_in_a_login_ends_no_word)
{
	const char *line;

	agents_open();
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_READER_USER);
	line = see("a'b", 0, "uclient-fetch", 1);
	ck_assert_msg(strstr(line, "errors-as-4xx 'a'\\\\''b'\"") != NULL, "%s", line);
	agents_free(agents);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	int err;

	agents_free(NULL);
	fake_malloc_fail_at(1);
	err = agents_new(&agents);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_client_is_known_by_the_beginning_of_its_name,
		the_line_has_the_command_to_run,
		who_has_what_it_needs_is_not_told_of,
		an_account_is_told_of_once_a_day,
		lines_come_once_a_second_at_most,
		more_accounts_than_there_is_room_for_wait_for_the_next_day,
		nothing_from_outside_is_more_than_a_word,
		a_quote_in_a_login_ends_no_word,
		without_memory_there_is_none,
	};

	return unit_run("agents", tests, N_ELEMENTS(tests));
}
