/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/aws_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/unit.h"

enum { MAX = 10000 };

static char folder[] = "/tmp/mooring-aws-file-XXXXXX", path[64];

/* A file of len bytes, none of them NUL but the first. */
static void make_file(size_t len)
{
	FILE *f = fopen(path, "w");
	size_t i;

	ck_assert_ptr_nonnull(f);
	for (i = 0; i < len; i++)
		ck_assert_int_ge(fputc(i == 0 ? 0 : (int)('a' + i % 26), f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_file_is_read_whole_up_to_the_maximum)
{
	static const size_t lens[] = {0, 1, 4095, 4096, 4097, 8192, MAX - 1, MAX, MAX + 1, 3 * MAX};
	char want[128];
	size_t i, k;

	snprintf(want, sizeof(want), "%s is larger than %d bytes", path, MAX);
	for (i = 0; i < N_ELEMENTS(lens); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct buf out;
		int err;

		make_file(lens[i]);
		buf_init(&out, MAX);
		err = aws_file_read(path, &out, &ei);
		ck_assert_msg(err == (lens[i] > MAX ? ERR_LIMIT : 0), "%zu: %d", lens[i], err);
		ck_assert_str_eq(ei.text, err != 0 ? want : "");
		if (err == 0) {
			ck_assert_uint_eq(out.len, lens[i]);
			for (k = 1; k < lens[i]; k++)
				ck_assert_int_eq(out.data[k], (char)('a' + k % 26));
		}
		buf_fini(&out);
	}
	unlink(path);
}
END_TEST

START_TEST(it_is_appended)
{
	struct buf out;

	make_file(3);
	buf_init(&out, MAX);
	buf_adds(&out, "before");
	ck_assert_int_eq(aws_file_read(path, &out, NULL), 0);
	ck_assert_uint_eq(out.len, 9);
	ck_assert_int_eq(memcmp(out.data, "before\0bc", 9), 0);
	buf_fini(&out);
	unlink(path);
}
END_TEST

START_TEST(what_is_no_file_is_told)
{
	static const struct {
		const char *name;
		int err;
		const char *want; /* in the sentence */
	} rows[] = {
		{"none", ERR_NOTFOUND, ""},
		{"file/below", ERR_NOTFOUND, ""},
		{".", ERR_IO, "cannot read "},
		{"loop", ERR_IO, "cannot open "},
	};
	char name[128];
	size_t i;

	snprintf(name, sizeof(name), "%s/loop", folder);
	ck_assert_int_eq(symlink("loop", name), 0);
	make_file(1);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct buf out;
		int err;

		buf_init(&out, MAX);
		snprintf(name, sizeof(name), "%s/%s", folder, rows[i].name);
		err = aws_file_read(name, &out, &ei);
		ck_assert_msg(err == rows[i].err, "row %zu: %d", i, err);
		ck_assert_msg(strncmp(ei.text, rows[i].want, strlen(rows[i].want)) == 0,
			      "row %zu: %s", i, ei.text);
		ck_assert_int_eq(*ei.text == '\0', *rows[i].want == '\0');
		buf_fini(&out);
	}
	snprintf(name, sizeof(name), "%s/loop", folder);
	unlink(name);
	unlink(path);
}
END_TEST

/* Nobody writes into it: an open(2) that waits would wait for ever. */
START_TEST(a_fifo_by_mistake_stops_nobody)
{
	struct errinfo ei = ERRINFO_INIT;
	struct buf out;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	buf_init(&out, MAX);
	ck_assert_int_eq(aws_file_read(path, &out, &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, path));
	ck_assert_uint_eq(out.len, 0);
	buf_fini(&out);
	unlink(path);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_is_read_whole_up_to_the_maximum,
		it_is_appended,
		what_is_no_file_is_told,
		a_fifo_by_mistake_stops_nobody,
	};
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/file", folder);
	status = unit_run("aws_file", tests, N_ELEMENTS(tests));
	rmdir(folder);
	return status;
}
