/* SPDX-License-Identifier: BSD-2-Clause
 * What is still missing for a client. */
#include "ctl/client_notes.h"

#include <stdio.h>

#include "account/account.h"
#include "conf/conf.h"
#include "ctl/client_text.h"
#include "kit/unit.h"

/* The notes in one text, and an empty list again. */
static const char *taken(json_t *notes)
{
	static char text[2048];
	const json_t *note;
	size_t i, at = 0;

	text[0] = '\0';
	json_array_foreach(notes, i, note) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\n",
				       json_string_value(note));
	}
	json_array_clear(notes);
	return text;
}

START_TEST(quirks_that_the_account_lacks_are_named_with_their_command)
{
	const struct client_text c = {.needs = "nochg-as-good query-credentials"};
	struct account a = {.user = "router1"};
	json_t *notes = json_array();

	client_note_quirks(notes, &c, "'router 1'", &a);
	ck_assert_str_eq(taken(notes), "the account lacks the quirk nochg-as-good: mooringctl user "
				       "set 'router 1' --quirk nochg-as-good\n");
	client_note_quirks(notes, &c, "router1", NULL);
	ck_assert_str_eq(taken(notes), "the account needs the quirk nochg-as-good: mooringctl user "
				       "set router1 --quirk nochg-as-good\n");
	a.quirks = ACCOUNT_NOCHG_AS_GOOD;
	client_note_quirks(notes, &c, "router1", &a);
	ck_assert_str_eq(taken(notes), "");
	json_decref(notes);
}
END_TEST

START_TEST(an_account_that_serves_nobody_is_told)
{
	char why[] = "it has no secret";
	struct account a = {.user = "router1"};
	json_t *notes = json_array();

	client_note_account(notes, "router1", &a);
	ck_assert_str_eq(taken(notes), "");
	a.disabled = true;
	a.flaws = ACCOUNT_FLAW_SECRET;
	a.flaw_text = why;
	client_note_account(notes, "router1", &a);
	ck_assert_str_eq(taken(notes), "the account is disabled: mooringctl user enable router1\n"
				       "the account cannot be used: it has no secret\n");
	json_decref(notes);
}
END_TEST

START_TEST(listeners_that_are_missing_are_told)
{
	static const struct listen_at at = {.text = "[::]:8443"};
	static const struct {
		const char *needs;
		enum conf_tls tls;
		enum conf_query_credentials query;
		const char *want; /* a part of the note; "": there is none */
	} rows[] = {
		{"", CONF_TLS_MODERN, CONF_QUERY_CREDENTIALS_NO, ""},
		{"query-credentials", CONF_TLS_MODERN, CONF_QUERY_CREDENTIALS_NO,
		 "query-credentials = \"tls\""},
		{"query-credentials", CONF_TLS_MODERN, CONF_QUERY_CREDENTIALS_TLS, ""},
		{"query-credentials", CONF_TLS_MODERN, CONF_QUERY_CREDENTIALS_ALWAYS, ""},
		{"plain-http", CONF_TLS_MODERN, CONF_QUERY_CREDENTIALS_NO, "listen-plain"},
		{"plain-http", CONF_TLS_NO, CONF_QUERY_CREDENTIALS_NO, ""},
		{"legacy-tls", CONF_TLS_MODERN, CONF_QUERY_CREDENTIALS_NO, "tls = \"legacy\""},
		{"legacy-tls", CONF_TLS_LEGACY, CONF_QUERY_CREDENTIALS_NO, ""},
	};
	static struct conf conf;
	json_t *notes = json_array();
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct client_text c = {.needs = rows[i].needs};
		const char *got;

		conf.listeners[0].tls = rows[i].tls;
		conf.listeners[0].query_credentials = rows[i].query;
		conf.n_fronts = 1;
		conf.fronts[0] =
			(struct conf_front){&at, &conf.listeners[0], rows[i].tls != CONF_TLS_NO};
		client_note_listeners(notes, &c, &conf);
		got = taken(notes);
		ck_assert_msg(*rows[i].want == '\0' ? *got == '\0'
						    : strstr(got, rows[i].want) != NULL,
			      "row %zu: %s", i, got);
	}
	json_decref(notes);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		quirks_that_the_account_lacks_are_named_with_their_command,
		an_account_that_serves_nobody_is_told,
		listeners_that_are_missing_are_told,
	};

	return unit_run("client_notes", tests, N_ELEMENTS(tests));
}
