/* SPDX-License-Identifier: BSD-2-Clause
 * Which format a file is of. */
#include "ctl/import_file.h"

#include <stdio.h>
#include <unistd.h>

#include "kit/import_kit.h"
#include "kit/unit.h"

/* Of UTF-8: a byte order mark. */
#define MARK "\xef\xbb\xbf"

static const struct {
	const char *name, *format, *text, *want; /* want: as import_kit.h has it */
} file_rows[] = {
	{"a.csv", NULL, "user,hosts\na,home\n", "2 a: home.dyn.example.com"},
	{"a.json", NULL, "{\"accounts\":[{\"user\":\"a\"}]}", "1 a:"},
	{"a.json", NULL, "{\"Items\":[]}", ""},
	{"a.json", "json", "{\"Items\":[]}", "! there is no member \"accounts\""},
	{"a.txt", "dynamodb", "{\"Items\":[]}", ""},
	{"a.yml", NULL, "users:\n", ""},
	{"a.yaml", NULL, "users:\n", ""},
	{"a.yaml", NULL, "\n {\"users\":{}}", ""},
	{"a.conf", NULL, "home a test9994", "1 a: test9994 home.dyn.example.com"},
	{"a.conf", "hosts", "home", "1 home.dyn.example.com: home.dyn.example.com"},
	{"m.csv", NULL, MARK "user;hosts\na;home\n", "2 a: home.dyn.example.com"},
	{"m.json", NULL, MARK "{\"accounts\":[{\"user\":\"a\"}]}", "1 a:"},
	{"m.yml", NULL, MARK "users:\n", ""},
	{"m.yml", NULL, MARK "{\"users\":{}}", ""},
	{"m.conf", NULL, MARK "home a test9994", "1 a: test9994 home.dyn.example.com"},
	{"m", "hosts", MARK "home\r\n", "1 home.dyn.example.com: home.dyn.example.com"},
	{"m", "hosts", MARK, ""},
	{"a", NULL, "home",
	 "! the name of the file does not tell what is in it: --format csv, json, dynamodb, "
	 "dyndnsd, ddclient or hosts does"},
	{".csv", NULL, "home",
	 "! the name of the file does not tell what is in it: --format csv, json, dynamodb, "
	 "dyndnsd, ddclient or hosts does"},
	{"a.csv", NULL, "", "! a.csv is empty"},
};

START_TEST(name_and_content_tell_the_format)
{
	char folder[] = "/tmp/import_file.XXXXXX", *got;
	size_t i;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	for (i = 0; i < N_ELEMENTS(file_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct import_list l;
		FILE *f = fopen(file_rows[i].name, "w");

		ck_assert_ptr_nonnull(f);
		fputs(file_rows[i].text, f);
		fclose(f);
		ck_assert_int_eq(import_list_init(&l, import_kit_conf(), false), 0);
		if (import_file_read(&l, file_rows[i].name, file_rows[i].format, &ei) == 0) {
			got = import_kit_print(&l);
			ck_assert_msg(strcmp(got, file_rows[i].want) == 0, "row %zu: %s", i, got);
			free(got);
		} else {
			ck_assert_msg(file_rows[i].want[0] == '!' &&
					      strcmp(ei.text, file_rows[i].want + 2) == 0,
				      "row %zu: %s", i, ei.text);
		}
		import_list_fini(&l);
		unlink(file_rows[i].name);
	}
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(what_is_no_text_is_refused)
{
	char path[] = "/tmp/import_file.XXXXXX";
	struct errinfo ei = ERRINFO_INIT;
	struct import_list l;
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, "us\0er", 5), 5);
	close(fd);
	ck_assert_int_eq(import_list_init(&l, import_kit_conf(), false), 0);
	ck_assert_int_eq(import_file_read(&l, path, "csv", &ei), ERR_INVAL);
	ck_assert_ptr_nonnull(strstr(ei.text, " is no text"));
	unlink(path);
	err_reset(&ei);
	ck_assert_int_eq(import_file_read(&l, path, "csv", &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "cannot read /tmp/import_file."));
	import_list_fini(&l);
}
END_TEST

START_TEST(a_format_has_one_name)
{
	ck_assert_int_eq((int)import_format_find("csv"), IMPORT_CSV);
	ck_assert_int_eq((int)import_format_find("hosts"), IMPORT_HOSTS);
	ck_assert_int_eq((int)import_format_find("CSV"), IMPORT_FORMATS);
	ck_assert_int_eq((int)import_format_find(""), IMPORT_FORMATS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		name_and_content_tell_the_format,
		what_is_no_text_is_refused,
		a_format_has_one_name,
	};

	return unit_run("import_file", tests, N_ELEMENTS(tests));
}
