/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/envfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "kit/unit.h"

static void note(void *arg, const char *name, const char *value)
{
	buf_addf(arg, "%s=<%s>", name, value);
}

START_TEST(a_file_is_read_as_systemd_reads_it)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{"", ""},
		{"A=1", "A=<1>"},
		{"A=1\nB=2\n", "A=<1>B=<2>"},
		{"A=1\r\nB=2\r\n", "A=<1>B=<2>"},
		{"  A = 1 2 \t\n", "A=<1 2>"},
		{"A=\n", "A=<>"},
		{"A=b=c", "A=<b=c>"},
		{"# A=1\n; B=2\nC=3 # no comment", "C=<3 # no comment>"},
		{"# A=1 \\\nB=2\nC=3", "C=<3>"},
		{"A=1\\\n2", "A=<12>"},
		{"A=\\$x\\ ", "A=<$x >"},
		{"A='a b ' \nB=2", "A=<a b >B=<2>"},
		{"A='a\\n'", "A=<a\\n>"},
		{"A=\"a\\\"b\\\\c\\$d\\e\"", "A=<a\"b\\c$d\\e>"},
		{"A=\"two\nlines\"", "A=<two\nlines>"},
		{"A=\"one\\\nline\"", "A=<oneline>"},
		{"A='x'y", "A=<xy>"},
		{"no assignment\nA=1", "A=<1>"},
		{"1A=1\nA-B=2\nexport C=3\nD=4", "D=<4>"},
		{"A=\"not closed", "A=<not closed>"},
		{"A", ""},
		{"=1\nA=2", "A=<2>"},
	};
	struct buf out;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		buf_init(&out, 256);
		ck_assert_int_eq(envfile_parse(slice_of(rows[i].text), note, &out), 0);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_file_wins_over_the_environment)
{
	char path[] = "/tmp/t_envfile_XXXXXX";
	struct errinfo ei = ERRINFO_INIT;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, "T_ENVFILE=file\n", 15), 15);
	close(fd);
	ck_assert_int_eq(setenv("T_ENVFILE", "shell", 1), 0);
	ck_assert_int_eq(envfile_load(path, &ei), 0);
	ck_assert_str_eq(getenv("T_ENVFILE"), "file");
	ck_assert_int_eq(truncate(path, 1 << 20), 0);
	ck_assert_int_eq(envfile_load(path, &ei), ERR_LIMIT);
	ck_assert_int_eq(unlink(path), 0);
	err_reset(&ei);
	ck_assert_int_eq(envfile_load(path, &ei), 0);
	ck_assert_int_eq(envfile_load("/", &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "/: cannot be read: "));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_is_read_as_systemd_reads_it,
		a_file_wins_over_the_environment,
	};

	return unit_run("envfile", tests, N_ELEMENTS(tests));
}
