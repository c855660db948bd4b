/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/webhook_form.h"

#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/json_text.h"
#include "kit/message_kit.h"
#include "kit/unit.h"
#include "notify/event.h"

static const char type_json[] = "application/json", type_text[] = "text/plain; charset=utf-8";

/* Some other message, with everything that means something somewhere. */
#define MARKS "<@here> & *a_b* `c` ~d~ |e| \\f [g](h) #i >j \"k\" \xc3\xa4"

static const struct {
	enum conf_notify_format format;
	bool is_marked;
	const char *want; /* ' for "; NULL: the text itself */
} rows[] = {
	{CONF_FORMAT_JSON, false, "{'version':1,'type':'address-changed'}"},
	{CONF_FORMAT_GOTIFY, false,
	 "{'title':'home.example.com has a new address',"
	 "'message':'home.example.com is at 192.0.2.2 and 2001:db8::2 now.','priority':5,"
	 "'extras':{'client::display':{'contentType':'text/plain'}}}"},
	{CONF_FORMAT_APPRISE, false,
	 "{'title':'home.example.com has a new address',"
	 "'body':'home.example.com is at 192.0.2.2 and 2001:db8::2 now.','type':'info',"
	 "'format':'text'}"},
	{CONF_FORMAT_SLACK, false,
	 "{'text':'home.example.com has a new address\\n"
	 "home.example.com is at 192.0.2.2 and 2001:db8::2 now.','mrkdwn':false}"},
	{CONF_FORMAT_SLACK, true,
	 "{'text':'t\\n&lt;@here&gt; &amp; *a_b* `c` ~d~ |e| \\\\f [g](h) #i &gt;j \\\"k\\\" "
	 "\xc3\xa4','mrkdwn':false}"},
	{CONF_FORMAT_DISCORD, false,
	 "{'content':'home.example.com has a new address\\nhome.example.com is at 192.0.2.2 and "
	 "2001\\\\:db8\\\\:\\\\:2 now.','allowed_mentions':{'parse':[]}}"},
	{CONF_FORMAT_DISCORD, true,
	 "{'content':'t\\n\\\\<\\\\@here\\\\> & \\\\*a\\\\_b\\\\* \\\\`c\\\\` \\\\~d\\\\~ "
	 "\\\\|e\\\\| \\\\\\\\f \\\\[g\\\\]\\\\(h\\\\) \\\\#i \\\\>j \\\"k\\\" \xc3\xa4',"
	 "'allowed_mentions':{'parse':[]}}"},
	{CONF_FORMAT_TEMPLATE, false, "{'at':'192.0.2.2 2001:db8::2','n':[1,{}]}"},
};

static const char template[] = "{\"at\":\"{new}\",\"n\":[1,{}]}";

START_TEST(each_service_gets_its_form)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct notify_message m = message_kit();
		struct webhook_form form;
		json_t *got;

		if (rows[i].is_marked) {
			m.title = "t";
			m.text = MARKS;
		}
		ck_assert_int_eq(webhook_form_make(rows[i].format, template, &m, &form), 0);
		ck_assert_str_eq(form.content_type, type_json);
		got = json_loads(buf_str(&form.body), 0, NULL);
		ck_assert_ptr_nonnull(got);
		json_assert_text(got, rows[i].want);
		json_decref(got);
		ck_assert_uint_eq(form.title.len, 0);
		ck_assert_ptr_null(form.priority);
		webhook_form_fini(&form);
	}
}
END_TEST

START_TEST(ntfy_gets_a_text_and_headers)
{
	struct notify_message m = message_kit();
	struct webhook_form form;

	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_NTFY, "", &m, &form), 0);
	ck_assert_str_eq(form.content_type, type_text);
	ck_assert_str_eq(buf_str(&form.body), m.text);
	ck_assert_str_eq(buf_str(&form.title), m.title);
	ck_assert_ptr_null(form.priority);
	webhook_form_fini(&form);
	m.kind = "publication-late";
	m.title = "\xc3\xa4\nX: y";
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_NTFY, "", &m, &form), 0);
	ck_assert_str_eq(buf_str(&form.title), "=?UTF-8?B?w6QgWDogeQ==?=");
	ck_assert_str_eq(form.priority, "high");
	webhook_form_fini(&form);
}
END_TEST

START_TEST(trouble_is_marked_where_a_service_has_a_mark)
{
	struct notify_message m = message_kit();
	struct webhook_form form;

	m.kind = "host-silent";
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_GOTIFY, "", &m, &form), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&form.body), "\"priority\":8"));
	webhook_form_fini(&form);
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_APPRISE, "", &m, &form), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&form.body), "\"type\":\"warning\""));
	webhook_form_fini(&form);
}
END_TEST

START_TEST(a_template_that_is_no_json_is_a_text)
{
	struct notify_message m = message_kit();
	struct webhook_form form;

	m.host = "\"a\"";
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_TEMPLATE, "host={host}", &m, &form), 0);
	ck_assert_str_eq(form.content_type, type_text);
	ck_assert_str_eq(buf_str(&form.body), "host=\"a\"");
	webhook_form_fini(&form);
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_TEMPLATE, "[\"{host}\"]", &m, &form), 0);
	ck_assert_str_eq(form.content_type, type_json);
	ck_assert_str_eq(buf_str(&form.body), "[\"\\\"a\\\"\"]");
	webhook_form_fini(&form);
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_TEMPLATE, "{hots}", &m, &form), ERR_INVAL);
	webhook_form_fini(&form);
}
END_TEST

START_TEST(what_begins_as_json_is_json)
{
	static const struct {
		const char *template;
		int err;
		const char *type;
	} checks[] = {
		{"{\"a\": \"{text}\", \"b\": {at-s}, \"c\": [{attempt}, {}]}", 0, type_json},
		{"[\"{host}\"]", 0, type_json},
		{"{ \"a\": {text} }", ERR_INVAL, type_json},
		{"{\"a\": \"{text}\"", ERR_INVAL, type_json},
		{"[{host}] moved", ERR_INVAL, type_json},
		/* Where a place is at the beginning, a text begins. */
		{"{title}: {text}", 0, type_text},
	};
	const struct notify_message m = message_kit();
	size_t i;

	for (i = 0; i < N_ELEMENTS(checks); i++) {
		struct webhook_form form;
		struct errinfo ei = ERRINFO_INIT;
		int err = webhook_form_check(checks[i].template, &ei);

		ck_assert_msg(err == checks[i].err, "row %zu: %d", i, err);
		ck_assert((strstr(ei.text, "body: it begins as JSON") != NULL) == (err != 0));
		ck_assert_int_eq(
			webhook_form_make(CONF_FORMAT_TEMPLATE, checks[i].template, &m, &form), 0);
		ck_assert_str_eq(form.content_type, checks[i].type);
		webhook_form_fini(&form);
	}
}
END_TEST

/* Discord refuses more than 2000 characters. */
START_TEST(a_long_text_is_cut_between_characters)
{
	static char text[8001];
	struct notify_message m = message_kit();
	struct webhook_form form;
	const char *content;
	json_t *got;
	size_t i;

	for (i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, i % 4 == 0 ? "\xc3\xa4" : "*_", 2);
	m.text = text;
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_DISCORD, "", &m, &form), 0);
	got = json_loads(buf_str(&form.body), 0, NULL);
	ck_assert_ptr_nonnull(got);
	content = json_string_value(json_object_get(got, "content"));
	ck_assert_uint_le(strlen(content), 2000);
	ck_assert_str_eq(content + strlen(content) - 3, "...");
	json_decref(got);
	webhook_form_fini(&form);
}
END_TEST

/* Otherwise it would be refused each time, and nobody told why. */
START_TEST(the_longest_template_fits)
{
	static char longest[2049], text[EVENT_TEXT_MAX + 1];
	struct notify_message m = message_kit();
	struct webhook_form form;
	size_t i;

	longest[0] = '[';
	for (i = 1; i + 6 < sizeof(longest); i += 6)
		memcpy(longest + i, "{text}", 6);
	memset(text, '"', sizeof(text) - 1);
	m.text = text;
	ck_assert_int_eq(webhook_form_make(CONF_FORMAT_TEMPLATE, longest, &m, &form), 0);
	ck_assert_uint_gt(form.body.len, 250000);
	webhook_form_fini(&form);
}
END_TEST

START_TEST(the_token_has_its_header)
{
	ck_assert_str_eq(webhook_token_header(CONF_FORMAT_GOTIFY), "X-Gotify-Key");
	ck_assert_str_eq(webhook_token_prefix(CONF_FORMAT_GOTIFY), "");
	ck_assert_str_eq(webhook_token_header(CONF_FORMAT_NTFY), "Authorization");
	ck_assert_str_eq(webhook_token_prefix(CONF_FORMAT_NTFY), "Bearer ");
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	const struct notify_message m = message_kit();
	size_t i, n;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		for (n = 1;; n++) {
			struct webhook_form form;
			int err;

			fake_malloc_fail_at(n);
			err = webhook_form_make(rows[i].format, template, &m, &form);
			webhook_form_fini(&form);
			if (!fake_malloc_off())
				break;
			ck_assert_int_eq(err, ERR_NOMEM);
		}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_service_gets_its_form,
		ntfy_gets_a_text_and_headers,
		trouble_is_marked_where_a_service_has_a_mark,
		a_template_that_is_no_json_is_a_text,
		what_begins_as_json_is_json,
		a_long_text_is_cut_between_characters,
		the_longest_template_fits,
		the_token_has_its_header,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return unit_run("webhook_form", tests, N_ELEMENTS(tests));
}
