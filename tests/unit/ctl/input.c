/* SPDX-License-Identifier: BSD-2-Clause
 * A secret on standard input. On a terminal: tests/system/test_ctl.py. */
#include "ctl/input.h"

#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

#include "kit/unit.h"

enum { CAP = 12 };

static void put_stdin(const char *bytes)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(bytes, f), 0);
	rewind(f);
	ck_assert_int_ge(dup2(fileno(f), STDIN_FILENO), 0);
	fclose(f);
	/* What it has of the file before. */
	__fpurge(stdin);
	clearerr(stdin);
}

static int read_secret(const char *bytes, char out[CAP], struct errinfo *ei)
{
	put_stdin(bytes);
	return input_secret("secret: ", out, CAP, ei);
}

static const struct {
	const char *bytes;
	int err;
	const char *want; /* the secret, or the sentence */
} rows[] = {
	{"Sesame\n", 0, "Sesame"},
	{"Sesame", 0, "Sesame"},
	{"Sesame\r\n", 0, "Sesame"},
	{" a b \nnext\n", 0, " a b "},
	{"1234567890\n", 0, "1234567890"},
	{"1234567890", 0, "1234567890"},
	{"12345678901\n", ERR_LIMIT, "the secret is longer than 10 bytes"},
	{"12345678901", ERR_LIMIT, "the secret is longer than 10 bytes"},
	{"", ERR_INVAL, "no secret on standard input"},
	{"\n", ERR_INVAL, "the secret on standard input is empty"},
	{"\r\nSesame", ERR_INVAL, "the secret on standard input is empty"},
};

START_TEST(one_line_is_the_secret)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		char out[CAP];
		int err = read_secret(rows[i].bytes, out, &ei);

		ck_assert_msg(err == rows[i].err, "row %zu: %d", i, err);
		ck_assert_msg(strcmp(err == 0 ? out : ei.text, rows[i].want) == 0, "row %zu: %s", i,
			      err == 0 ? out : ei.text);
		if (err == ERR_LIMIT)
			ck_assert_str_eq(out, "");
	}
}
END_TEST

static const struct {
	const char *bytes;
	bool agrees;
	const char *next; /* what the next question finds */
} agree_rows[] = {
	{"y\nnext\n", true, "next\n"},
	{"yes\r\nnext\n", true, "next\n"},
	{"y", true, NULL},
	{"n\ny\n", false, "y\n"},
	{"\ny\n", false, "y\n"},
	{"", false, NULL},
	{"Y\n", false, NULL},
	/* A longer line is one answer. */
	{"yes, please, as soon as it can be done\nnext\n", false, "next\n"},
	{"yes, please, as soon as it can be done", false, NULL},
};

START_TEST(one_line_is_the_agreement)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(agree_rows); i++) {
		char line[64];

		put_stdin(agree_rows[i].bytes);
		ck_assert_msg(input_agrees() == agree_rows[i].agrees, "row %zu", i);
		if (agree_rows[i].next == NULL) {
			ck_assert_msg(fgets(line, sizeof(line), stdin) == NULL, "row %zu", i);
			continue;
		}
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), stdin));
		ck_assert_msg(strcmp(line, agree_rows[i].next) == 0, "row %zu: %s", i, line);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_line_is_the_secret,
		one_line_is_the_agreement,
	};

	return unit_run("input", tests, N_ELEMENTS(tests));
}
