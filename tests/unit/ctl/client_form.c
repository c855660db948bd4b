/* SPDX-License-Identifier: BSD-2-Clause
 * Logins with odd characters, in each form. */
#include "ctl/client_form.h"

#include "kit/unit.h"

static const struct {
	const char *form, *text;
	const char *want; /* NULL: there is no way to write it */
} rows[] = {
	{"", "a 'b\"", "a 'b\""},
	{"url", "router1", "router1"},
	{"url", "a b", "a%20b"},
	{"url", "a@b/c?d#e&f=g%", "a%40b%2Fc%3Fd%23e%26f%3Dg%25"},
	{"url", "us\303\251r", "us%C3%A9r"},
	{"url", "*.example.com,b.example.com", "%2A.example.com,b.example.com"},
	{"url", "~-._", "~-._"},
	{"sh", "router1", "router1"},
	{"sh", "a b", "'a b'"},
	{"sh", "it's", "'it'\\''s'"},
	{"sh", "$(id)`id`\"\\", "'$(id)`id`\"\\'"},
	{"sh", "*.example.com", "'*.example.com'"},
	{"sh", "", "''"},
	{"sh", "~root", "'~root'"},
	{"quoted", "router1", "router1"},
	{"quoted", "a\\b\"c$d", "a\\\\b\\\"c\\$d"},
	{"quoted", "it's #1", "it's #1"},
	{"json", "a\\b\"c$d", "a\\\\b\\\"c$d"},
	{"json", "us\303\251r", "us\303\251r"},
	{"xml", "a&b<c>\"'", "a&#38;b&#60;c&#62;&#34;&#39;"},
	{"bare", "router1@example.com", "router1@example.com"},
	{"bare", "a b", NULL},
	{"bare", "a,b", NULL},
	{"bare", "a#b", NULL},
	{"bare", "us\303\251r", NULL},
	{"ddclient", "router1", "router1"},
	{"ddclient", "a b", "'a b'"},
	{"ddclient", "a,b", "'a,b'"},
	{"ddclient", "a  b", NULL},
	{"ddclient", " a", NULL},
	{"ddclient", "a ", NULL},
	{"ddclient", "a#b", NULL},
	{"ddclient", "it's", NULL},
	{"ddclient", "a\\b", NULL},
};

START_TEST(text_is_written_as_the_place_takes_it)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		client_form_fn *form = client_form_find(slice_of(rows[i].form));
		struct buf out;
		int err;

		ck_assert_msg(form != NULL, "row %zu", i);
		buf_init(&out, 256);
		err = form(&out, rows[i].text);
		if (rows[i].want == NULL)
			ck_assert_msg(err == ERR_INVAL && out.len == 0, "row %zu: %d", i, err);
		else
			ck_assert_msg(err == 0 && strcmp(buf_str(&out), rows[i].want) == 0,
				      "row %zu: %s", i, buf_str(&out));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_form_that_there_is_not_is_none)
{
	ck_assert_ptr_null(client_form_find(slice_of("shell")));
	ck_assert_ptr_null(client_form_find(slice_of("s")));
	ck_assert_ptr_eq(client_form_find(slice_of("sh")), buf_add_shell_word);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		text_is_written_as_the_place_takes_it,
		a_form_that_there_is_not_is_none,
	};

	return unit_run("client_form", tests, N_ELEMENTS(tests));
}
