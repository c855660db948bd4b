/* SPDX-License-Identifier: BSD-2-Clause
 * Clients by name. */
#include "ctl/client_find.h"

#include <stdio.h>

#include "base/str.h"
#include "ctl/client_text.h"
#include "kit/unit.h"

static const struct {
	const char *name, *want;
} found_rows[] = {
	{"edgerouter", "edgerouter"},
	{"EdgeOS", "edgerouter"},
	{"pfSense", "pfsense"},
	{"pfsense-custom", "pfsense"},
	{"FRITZ!Box", "fritzbox"},
	{"fritz box", "fritzbox"},
	{"dd-wrt", "dd-wrt"},
	{"DDWRT", "dd-wrt"},
	{"ddclient", "ddclient"},
	{"ddclient 3.10", "ddclient"},
	{"ddclient-3.9", "ddclient-3.8"},
	{"ddclient 4.0", "ddclient-4"},
	{"tp-link", "omada"},
	{"h3c", "hpe"},
};

START_TEST(a_client_is_found_however_its_name_is_written)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(found_rows); i++) {
		const struct client_text *c = NULL;
		struct errinfo ei = ERRINFO_INIT;

		ck_assert_msg(client_find(found_rows[i].name, &c, &ei) == 0, "row %zu: %s", i,
			      ei.text);
		ck_assert_msg(strcmp(c->name, found_rows[i].want) == 0, "row %zu: %s", i, c->name);
	}
}
END_TEST

static const struct {
	const char *name, *near;
} unknown_rows[] = {
	{"pfsens", "pfsense"},	   {"mikrotic", "mikrotik"}, {"sinology", "synology"},
	{"open-wrt2", "openwrt"},  {"edge", "edgerouter"},   {"inadin", "inadyn"},
	{"cisco-ios-xr", "cisco"},
};

START_TEST(a_wrong_name_is_answered_with_the_nearest)
{
	static const char *const wild[] = {
		"",
		"x",
		"!!!",
		"\033[31m",
		"a name that is a good deal longer than any that there is",
	};
	const struct client_text *c = NULL;
	size_t i;

	for (i = 0; i < N_ELEMENTS(unknown_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;

		ck_assert_int_eq(client_find(unknown_rows[i].name, &c, &ei), ERR_NOTFOUND);
		ck_assert_msg(strstr(ei.text, unknown_rows[i].near) != NULL, "row %zu: %s", i,
			      ei.text);
	}
	for (i = 0; i < N_ELEMENTS(wild); i++) {
		struct errinfo ei = ERRINFO_INIT;

		ck_assert_int_eq(client_find(wild[i], &c, &ei), ERR_NOTFOUND);
		ck_assert_msg(strstr(ei.text, "lists all") != NULL &&
				      strchr(ei.text, '\033') == NULL,
			      "row %zu: %s", i, ei.text);
	}
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(no_name_stands_for_two_clients)
{
	struct errinfo ei = ERRINFO_INIT;
	char words[256];
	size_t i;

	for (i = 0; i < n_client_texts; i++) {
		const struct client_text *c = NULL;
		char *word, *rest;

		ck_assert_msg(i == 0 || strcmp(client_texts[i - 1].name, client_texts[i].name) < 0,
			      "%s", client_texts[i].name);
		ck_assert_uint_lt(strlen(client_texts[i].aliases), sizeof(words) - 40);
		snprintf(words, sizeof(words), "%s %s", client_texts[i].name,
			 client_texts[i].aliases);
		for (word = strtok_r(words, " ", &rest); word != NULL;
		     word = strtok_r(NULL, " ", &rest)) {
			ck_assert_msg(client_find(word, &c, &ei) == 0, "%s", word);
			ck_assert_msg(c == &client_texts[i], "%s: %s", word, c->name);
		}
	}
}
END_TEST

static void append(void *arg, const char *quirk)
{
	strcat(arg, quirk);
	strcat(arg, ".");
}

START_TEST(needs_are_of_the_account_or_of_the_listener)
{
	const struct client_text c = {.needs = "one-line query-credentials  may-clear legacy-tls"};
	const struct client_text none = {.needs = ""}, plain = {.needs = "plain-http"};
	char quirks[64] = "";

	client_each_quirk(&c, append, quirks);
	ck_assert_str_eq(quirks, "one-line.may-clear.");
	ck_assert_uint_eq(client_needs(&c),
			  CLIENT_NEEDS_QUERY_CREDENTIALS | CLIENT_NEEDS_LEGACY_TLS);
	ck_assert_uint_eq(client_needs(&none), 0);
	ck_assert_uint_eq(client_needs(&plain), CLIENT_NEEDS_PLAIN_HTTP);
	client_each_quirk(&none, append, quirks);
	client_each_quirk(&plain, append, quirks);
	ck_assert_str_eq(quirks, "one-line.may-clear.");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_client_is_found_however_its_name_is_written,
		a_wrong_name_is_answered_with_the_nearest,
		no_name_stands_for_two_clients,
		needs_are_of_the_account_or_of_the_listener,
	};

	return unit_run("client_find", tests, N_ELEMENTS(tests));
}
