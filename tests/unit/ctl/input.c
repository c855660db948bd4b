/* SPDX-License-Identifier: BSD-2-Clause
 * A secret on standard input. On a terminal: tests/system/test_ctl.py. */
#include "ctl/input.h"

#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

#include "kit/unit.h"

enum { CAP = 12 };

static int read_secret(const char *bytes, char out[CAP], struct errinfo *ei)
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

int main(void)
{
	const TTest *const tests[] = {
		one_line_is_the_secret,
	};

	return unit_run("input", tests, N_ELEMENTS(tests));
}
