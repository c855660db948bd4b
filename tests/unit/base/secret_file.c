/* SPDX-License-Identifier: BSD-2-Clause
 * Whose files are accepted is tested through ops/pepper_file, too. */
#include "base/secret_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/unit.h"

enum { MAX = 16 };

static char folder[64], path[128];

static void make_file(const char *text, size_t len, mode_t mode)
{
	int fd;

	snprintf(folder, sizeof(folder), "/tmp/secret_file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/secret", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void remove_file(void)
{
	unlink(path);
	rmdir(folder);
}

static const struct {
	const char *text;
	size_t len;
	const char *want; /* NULL: refused */
	const char *why;
} rows[] = {
	{"Sesame", 6, "Sesame", NULL},
	{"Sesame\n", 7, "Sesame", NULL},
	{"  Ses ame\r\n\n", 12, "Ses ame", NULL},
	{"0123456789abcdef", 16, "0123456789abcdef", NULL},
	{"0123456789abcdef\n", 17, NULL, "has more than 16 bytes"},
	{"", 0, NULL, "is not one line of printable ASCII"},
	{" \n", 2, NULL, "is not one line of printable ASCII"},
	{"Sesame\nopen", 11, NULL, "is not one line of printable ASCII"},
	{"Ses\xc3\xa4me", 7, NULL, "is not one line of printable ASCII"},
	{"Ses\0me", 6, NULL, "is not one line of printable ASCII"},
};

START_TEST(one_line_is_taken_without_its_end)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		char *got = NULL;
		int err;

		make_file(rows[i].text, rows[i].len, 0600);
		err = secret_file_read_line("token-file", path, MAX, &got, &ei);
		ck_assert_msg((err == 0) == (rows[i].want != NULL), "row %zu: %d", i, err);
		if (rows[i].want != NULL) {
			ck_assert_str_eq(got, rows[i].want);
		} else {
			ck_assert_ptr_nonnull(strstr(ei.text, rows[i].why));
			ck_assert_int_eq(strncmp(ei.text, "token-file: /tmp/", 17), 0);
			ck_assert_ptr_null(strstr(ei.text, "Ses"));
		}
		str_free_secret(got);
		remove_file();
	}
}
END_TEST

START_TEST(a_file_that_others_read_is_refused)
{
	struct errinfo ei = ERRINFO_INIT;
	char *got = NULL;

	make_file("Sesame", 6, 0644);
	ck_assert_int_eq(secret_file_read_line("secret-file", path, MAX, &got, &ei), ERR_INVAL);
	ck_assert_ptr_nonnull(strstr(ei.text, "may be read or written by others: chmod"));
	ck_assert_ptr_null(got);
	remove_file();
	err_reset(&ei);
	ck_assert_int_eq(secret_file_read_line("secret-file", path, MAX, &got, &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "cannot be read: No such file"));
}
END_TEST

START_TEST(a_text_may_hold_anything)
{
	struct errinfo ei = ERRINFO_INIT;
	char text[MAX + 1];
	size_t len = 0;

	make_file("a\0\xff\n", 4, 0600);
	ck_assert_int_eq(secret_file_read("x", path, text, MAX, &len, &ei), 0);
	ck_assert_uint_eq(len, 4);
	ck_assert_int_eq(memcmp(text, "a\0\xff\n", 5), 0);
	remove_file();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_line_is_taken_without_its_end,
		a_file_that_others_read_is_refused,
		a_text_may_hold_anything,
	};

	return unit_run("secret_file", tests, N_ELEMENTS(tests));
}
