/* SPDX-License-Identifier: BSD-2-Clause
 * Placeholders of a client's page, and all pages. */
#include "ctl/client_page.h"

#include <stdio.h>

#include "account/account.h"
#include "ctl/client_find.h"
#include "ctl/client_text.h"
#include "kit/unit.h"

static const char *const hosts[] = {"home.dyn.example.com", "cam.dyn.example.com"};
static const struct client_values values = {
	.server = "ddns.example.com:8443", .user = "o'dd user", .hosts = hosts, .n_hosts = 2};
static const struct client_values plain = {
	.server = "[2001:db8::1]", .user = "u", .hosts = hosts, .n_hosts = 1, .is_plain = true};

static const struct {
	const struct client_values *values;
	const char *text, *want;
} rows[] = {
	{&values, "", ""},
	{&values, "{ a = { b } }", "{ a = { b } }"},
	{&values, "https://{{server}}/", "https://ddns.example.com:8443/"},
	{&values, "{{name}} {{port}}", "ddns.example.com 8443"},
	{&values, "{{host}} {{hosts}}",
	 "home.dyn.example.com home.dyn.example.com,cam.dyn.example.com"},
	{&values, "{{user}} {{user:url}} {{user:sh}}", "o'dd user o%27dd%20user 'o'\\''dd user'"},
	{&values, "{{user", "{{user"},
	{&values, "{{nothing}} {{user:nothing}} {{}}", "{{nothing}} {{user:nothing}} {{}}"},
	{&values, "{{{{host}}", "{{home.dyn.example.com"},
	{&plain, "{{server}} {{name}} {{port}} {{hosts}}",
	 "[2001:db8::1] [2001:db8::1] 80 home.dyn.example.com"},
};

START_TEST(placeholders_are_filled_in)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct client_text c = {.title = "t", .text = rows[i].text};
		struct errinfo ei = ERRINFO_INIT;
		struct buf out;
		int err;

		buf_init(&out, CLIENT_PAGE_MAX);
		err = client_page(&c, rows[i].values, &out, &ei);
		ck_assert_msg(err == 0 && strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s",
			      i, buf_str(&out));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_login_that_cannot_be_written_is_named)
{
	const struct client_text c = {.title = "VyOS", .text = "user {{user:bare}}"};
	struct errinfo ei = ERRINFO_INIT;
	struct buf out;

	buf_init(&out, CLIENT_PAGE_MAX);
	ck_assert_int_eq(client_page(&c, &values, &out, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text,
			 "the login \"o'dd user\" has a character that VyOS cannot be told");
	buf_fini(&out);
}
END_TEST

START_TEST(pieces_of_a_page_are_told_apart)
{
	static const char page[] = "# Title\n\nFirst\nline.\n\n```\nconfig 1\n\nconfig 2\n```\n\n"
				   "Then:\n\n```\nmore\n```\n\n```sh\nmooringctl x\n```\n\n"
				   "| a | b |\n|---|---|\n";
	const struct client_text c = {.name = "n", .title = "t"};
	json_t *o = client_page_json(&c, page);
	char *got = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);

	ck_assert_str_eq(got, "{\"client\":\"n\",\"title\":\"t\",\"config\":\"config 1\\n\\nconfig "
			      "2\\n\\nmore\",\"notes\":[\"First\\nline.\",\"Then:\",\"```sh\\n"
			      "mooringctl x\\n```\",\"| a | b |\\n|---|---|\"]}");
	free(got);
	json_decref(o);
}
END_TEST

START_TEST(a_page_that_names_all_hosts_takes_them)
{
	const struct client_text one = {.text = "{{host}}"}, all = {.text = "{{hosts:url}}"};

	ck_assert(!client_takes_hosts(&one));
	ck_assert(client_takes_hosts(&all));
}
END_TEST

static void check_quirk(void *arg, const char *quirk)
{
	const struct client_text *c = arg;

	ck_assert_msg(account_quirk_parse(slice_of(quirk)) != 0, "%s: %s", c->name, quirk);
	ck_assert_msg(strstr(c->text, quirk) != NULL, "%s does not tell %s", c->name, quirk);
}

/* Each has its title, something to paste, what becomes of replies, and its quirks; nothing is left
 * to be filled in. */
START_TEST(every_page_is_whole)
{
	static const struct client_values all = {
		.server = "ddns.example.com", .user = "router1", .hosts = hosts, .n_hosts = 2};
	size_t i;

	ck_assert_uint_ge(n_client_texts, 34);
	for (i = 0; i < n_client_texts; i++) {
		const struct client_text *c = &client_texts[i];
		struct errinfo ei = ERRINFO_INIT;
		char title[128];
		struct buf out;
		json_t *o;

		buf_init(&out, CLIENT_PAGE_MAX);
		ck_assert_msg(client_page(c, &all, &out, &ei) == 0, "%s: %s", c->name, ei.text);
		snprintf(title, sizeof(title), "# %s\n\n", c->title);
		ck_assert_msg(strncmp(buf_str(&out), title, strlen(title)) == 0, "%s", c->name);
		ck_assert_msg(strstr(buf_str(&out), "{{") == NULL, "%s", c->name);
		ck_assert_msg(strstr(buf_str(&out), "\n| reply | ") != NULL, "%s", c->name);
		ck_assert_msg(strstr(buf_str(&out), "\nQuirks: ") != NULL, "%s", c->name);
		ck_assert_msg(strstr(buf_str(&out), "\nKnown from: ") != NULL, "%s", c->name);
		ck_assert_msg(strstr(buf_str(&out), "SECRET") != NULL, "%s", c->name);
		o = client_page_json(c, buf_str(&out));
		ck_assert_msg(json_string_length(json_object_get(o, "config")) > 0, "%s", c->name);
		json_decref(o);
		client_each_quirk(c, check_quirk, (void *)c);
		buf_fini(&out);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		placeholders_are_filled_in,
		a_login_that_cannot_be_written_is_named,
		pieces_of_a_page_are_told_apart,
		a_page_that_names_all_hosts_takes_them,
		every_page_is_whole,
	};

	return unit_run("client_page", tests, N_ELEMENTS(tests));
}
