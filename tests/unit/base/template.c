/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/template.h"

#include <jansson.h>
#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { LIMIT = 64 };

static const char *const names[] = {"host", "new", "text", "a-1", NULL};
static const struct template_value values[] = {
	{"host", "home.example.com"},
	{"new", "192.0.2.1 2001:db8::1"},
	{"text", "\"a\\b\"\n\t\x1f/\xc3\xa4"},
	{"a-1", ""},
};

static const struct {
	const char *text;
	enum template_form form;
	const char *want; /* NULL: refused */
	const char *why;
} rows[] = {
	{"", TEMPLATE_TEXT, "", NULL},
	{"plain", TEMPLATE_TEXT, "plain", NULL},
	{"{host}", TEMPLATE_TEXT, "home.example.com", NULL},
	{"<{host}{a-1}{host}>", TEMPLATE_TEXT, "<home.example.comhome.example.com>", NULL},
	{"{\"host\": \"{host}\"}", TEMPLATE_JSON, "{\"host\": \"home.example.com\"}", NULL},
	{"{ \"a\": [{}, {\"b\": {}}]}", TEMPLATE_JSON, "{ \"a\": [{}, {\"b\": {}}]}", NULL},
	{"{text}", TEMPLATE_JSON, "\\\"a\\\\b\\\"\\n\\u0009\\u001f/\xc3\xa4", NULL},
	{"{text}", TEMPLATE_TEXT, "\"a\\b\"\n\t\x1f/\xc3\xa4", NULL},
	{"x?{text}", TEMPLATE_URL, "x?%22a%5Cb%22%0A%09%1F%2F%C3%A4", NULL},
	{"/{new}/~", TEMPLATE_URL, "/192.0.2.1%202001%3Adb8%3A%3A1/~", NULL},
	{"{{host}", TEMPLATE_TEXT, "{host}", NULL},
	{"{{{host}}", TEMPLATE_TEXT, "{home.example.com}", NULL},
	{"a {", TEMPLATE_TEXT, "a {", NULL},
	{"{ host}", TEMPLATE_TEXT, "{ host}", NULL},
	{"{Host}", TEMPLATE_TEXT, "{Host}", NULL},
	{"{hosts}", TEMPLATE_TEXT, NULL, "nothing is called \"{hosts}\""},
	{"a{hos}", TEMPLATE_TEXT, NULL, "nothing is called \"{hos}\""},
	{"{host", TEMPLATE_TEXT, NULL, "\"{host\" has no \"}\""},
	{"{host }", TEMPLATE_TEXT, NULL, "\"{host\" has no \"}\""},
	{"{{{host", TEMPLATE_TEXT, NULL, "\"{host\" has no \"}\""},
};

START_TEST(values_take_their_places)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct buf out;
		int err, checked = template_check(rows[i].text, names, &ei);

		buf_init(&out, LIMIT);
		err = template_add(&out, rows[i].text, rows[i].form, values, N_ELEMENTS(values));
		ck_assert_int_eq(err, checked);
		ck_assert_int_eq(err, rows[i].want != NULL ? 0 : ERR_INVAL);
		ck_assert_str_eq(ei.text, rows[i].want != NULL ? "" : rows[i].why);
		if (rows[i].want != NULL)
			ck_assert_str_eq(buf_str(&out), rows[i].want);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(every_byte_stays_one_string_of_json)
{
	char value[2] = "", text[LIMIT];
	struct template_value one = {"host", value};
	int c;

	for (c = 1; c < 128; c++) {
		struct buf out;
		json_t *json;

		value[0] = (char)c;
		buf_init(&out, LIMIT);
		ck_assert_int_eq(template_add(&out, "{\"v\":\"{host}\"}", TEMPLATE_JSON, &one, 1),
				 0);
		json = json_loads(buf_str(&out), 0, NULL);
		ck_assert_ptr_nonnull(json);
		snprintf(text, sizeof(text), "%s", json_string_value(json_object_get(json, "v")));
		ck_assert_str_eq(text, value);
		json_decref(json);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(the_bound_and_the_want_of_memory_are_told)
{
	static const enum template_form forms[] = {TEMPLATE_TEXT, TEMPLATE_JSON, TEMPLATE_URL};
	struct buf out;
	size_t i;

	for (i = 0; i < N_ELEMENTS(forms); i++) {
		buf_init(&out, 8);
		ck_assert_int_eq(template_add(&out, "{host}", forms[i], values, N_ELEMENTS(values)),
				 ERR_LIMIT);
		buf_fini(&out);
		buf_init(&out, LIMIT);
		fake_malloc_fail_at(1);
		ck_assert_int_eq(template_add(&out, "{host}", forms[i], values, N_ELEMENTS(values)),
				 ERR_NOMEM);
		ck_assert(fake_malloc_off());
		buf_fini(&out);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		values_take_their_places,
		every_byte_stays_one_string_of_json,
		the_bound_and_the_want_of_memory_are_told,
	};

	return unit_run("template", tests, N_ELEMENTS(tests));
}
