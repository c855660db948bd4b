/* SPDX-License-Identifier: BSD-2-Clause
 * How a credential_process line is cut into words: each row was given to Python's shlex.split(). */
#include "aws/process_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { TEXT_MAX = 4096 };

static const struct {
	const char *line;
	const char *want; /* the words, each in brackets; NULL: an error */
	const char *want_text;
} rows[] = {
	{"/bin/x", "[/bin/x]", NULL},
	{"  /bin/x \t a\r\n b ", "[/bin/x][a][b]", NULL},
	{"/bin/x 'a b' \"c d\"", "[/bin/x][a b][c d]", NULL},
	{"/bin/x a'b c'd\"e f\"g", "[/bin/x][ab cde fg]", NULL},
	{"/bin/x '' \"\"", "[/bin/x][][]", NULL},
	{"/bin/x a\\ b \\\"c \\\\", "[/bin/x][a b][\"c][\\]", NULL},
	{"/bin/x 'a\\b' \"a\\b\" \"a\\\"b\\\\c\"", "[/bin/x][a\\b][a\\b][a\"b\\c]", NULL},
	{"/bin/x '\"' \"'\"", "[/bin/x][\"][']", NULL},
	{"'/opt/my tools/x' --y", "[/opt/my tools/x][--y]", NULL},
	{"/bin/x $HOME `id` a;b|c>d & #e *", "[/bin/x][$HOME][`id`][a;b|c>d][&][#e][*]", NULL},
	{"/bin/x \xc3\xa9", "[/bin/x][\xc3\xa9]", NULL},
	{"", NULL, "it is empty"},
	{" \t ", NULL, "it is empty"},
	{"''", NULL, "\"\" is no absolute path"},
	{"aws configure", NULL,
	 "\"aws\" is no absolute path: write the program with all of its path"},
	{"./x Sesame", NULL, "\"./x\" is no absolute path"},
	{"~/bin/x Sesame", NULL, "\"~/bin/x\" is no absolute path"},
	{"/bin/x 'Sesame", NULL, "a quotation mark in it is not closed"},
	{"/bin/x \"Sesame\\\"", NULL, "a quotation mark in it is not closed"},
	{"/bin/x \"Sesame\\", NULL, "it ends with a backslash"},
	{"/bin/x Sesame\\", NULL, "it ends with a backslash"},
};

START_TEST(lines_are_cut_as_botocore_does)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_process_line l = {0};
		struct errinfo ei = ERRINFO_INIT;
		struct buf got;
		int err = aws_process_line_parse(slice_of(rows[i].line), &l, &ei);

		buf_init(&got, TEXT_MAX);
		for (k = 0; l.argv[k] != NULL; k++)
			buf_addf(&got, "[%s]", l.argv[k]);
		if (rows[i].want != NULL)
			ck_assert_msg(err == 0 && strcmp(buf_str(&got), rows[i].want) == 0,
				      "row %zu: %s %s", i, buf_str(&got), ei.text);
		else
			ck_assert_msg(err == ERR_INVAL && k == 0 &&
					      strstr(ei.text, rows[i].want_text) != NULL,
				      "row %zu: %d %s", i, err, ei.text);
		ck_assert_ptr_null(strstr(ei.text, "Sesame"));
		aws_process_line_fini(&l);
		buf_fini(&got);
	}
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
	char line[AWS_PROCESS_LINE_MAX + 2] = "/x", word[] = " a";
	struct aws_process_line l = {0};
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	for (i = 1; i < AWS_PROCESS_ARGS_MAX; i++)
		strcat(line, word);
	ck_assert_int_eq(aws_process_line_parse(slice_of(line), &l, &ei), 0);
	ck_assert_str_eq(l.argv[AWS_PROCESS_ARGS_MAX - 1], "a");
	ck_assert_ptr_null(l.argv[AWS_PROCESS_ARGS_MAX]);
	aws_process_line_fini(&l);
	strcat(line, word);
	ck_assert_int_eq(aws_process_line_parse(slice_of(line), &l, &ei), ERR_LIMIT);
	ck_assert_str_eq(ei.text, "it has more than 128 words");
	memset(line, 'a', sizeof(line) - 1);
	line[0] = '/';
	line[sizeof(line) - 1] = '\0';
	err_reset(&ei);
	ck_assert_int_eq(aws_process_line_parse(slice_of(line), &l, &ei), ERR_LIMIT);
	ck_assert_str_eq(ei.text, "it is longer than 8192 characters");
	line[sizeof(line) - 2] = '\0';
	ck_assert_int_eq(aws_process_line_parse(slice_of(line), &l, NULL), 0);
	aws_process_line_fini(&l);
}
END_TEST

START_TEST(a_program_is_given_what_it_needs_and_no_secret_of_ours)
{
	static const char *const env[] = {"PATH=/bin",
					  "HOME=/h",
					  "MOORING_ZONE=x",
					  "AWS_REGION=r",
					  "AWS_VAULT_FILE_PASSPHRASE=p",
					  "NOTIFY_SOCKET=/run/x",
					  "LISTEN_FDS=1",
					  "CREDENTIALS_DIRECTORY=/run/c",
					  "PATHOLOGY=1",
					  "XAWS_REGION=r",
					  "LANG=C",
					  "LC_ALL=C",
					  "LD_PRELOAD=/x.so",
					  "HTTPS_PROXY=http://p",
					  "PASS=Sesame",
					  NULL};
	static const char *const want[] = {
		"PATH=/bin", "HOME=/h",	 "AWS_REGION=r",	"AWS_VAULT_FILE_PASSPHRASE=p",
		"LANG=C",    "LC_ALL=C", "HTTPS_PROXY=http://p"};
	char **got = aws_process_env(env), **none = aws_process_env(NULL);
	size_t i;

	for (i = 0; i < N_ELEMENTS(want); i++)
		ck_assert_str_eq(got[i], want[i]);
	ck_assert_ptr_null(got[i]);
	ck_assert_ptr_null(none[0]);
	free(got);
	free(none);
}
END_TEST

START_TEST(a_failed_allocation_is_reported)
{
	static const char *const env[] = {"HOME=/h", NULL};
	struct aws_process_line l = {0};
	char **list;
	int err;

	fake_malloc_fail_at(1);
	err = aws_process_line_parse(slice_of("/bin/x"), &l, NULL);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	fake_malloc_fail_at(1);
	list = aws_process_env(env);
	ck_assert(fake_malloc_off());
	ck_assert_ptr_null(list);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_are_cut_as_botocore_does,
		what_is_too_much_is_refused,
		a_program_is_given_what_it_needs_and_no_secret_of_ours,
		a_failed_allocation_is_reported,
	};

	return unit_run("process_line", tests, N_ELEMENTS(tests));
}
