/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/pepper_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/pepper.h"
#include "kit/unit.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Nobody has it. */
enum { OTHER_USER = 54321 };

static char folder[64], path[128];
static struct peppers *peppers;

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/pepper_file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pepper", folder);
	ck_assert_int_eq(peppers_new(&peppers), 0);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
	peppers_free(peppers);
}

static void write_file(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

/* "" when it was read, else the sentence behind the path. */
static const char *read_it(void)
{
	static struct errinfo ei;
	const char *behind;
	int err;

	ei = (struct errinfo)ERRINFO_INIT;
	err = pepper_file_read(path, peppers, &ei);
	ck_assert_int_eq(ei.code, err);
	ck_assert_ptr_null(strstr(ei.text, "0001"));
	if (err == 0)
		return "";
	ck_assert_int_eq(strncmp(ei.text, "pepper-file: ", 13), 0);
	behind = strstr(ei.text, path);
	ck_assert_ptr_nonnull(behind);
	return behind + strlen(path);
}

START_TEST(nobody_else_may_read_or_write_it)
{
	const bool is_root = geteuid() == 0;
	const struct {
		mode_t mode;
		bool is_fine, is_fine_of_root;
	} rows[] = {
		{0600, true, true},   {0400, true, true},   {0440, false, true},
		{0640, false, true},  {0604, false, false}, {0602, false, false},
		{0620, false, false}, {0660, false, false}, {0601, false, false},
	};
	size_t i;

	make_folder();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		bool fine = is_root ? rows[i].is_fine_of_root : rows[i].is_fine;

		write_file("1 " KEY, rows[i].mode);
		ck_assert_msg((*read_it() == '\0') == fine, "%03o: %s", (unsigned)rows[i].mode,
			      read_it());
		unlink(path);
	}
	write_file("1 " KEY, 0604);
	ck_assert_str_eq(read_it(), is_root ? " may be read or written by others: chmod 0640"
					    : " may be read or written by others: chmod 0600");
	remove_folder();
}
END_TEST

START_TEST(it_belongs_to_root_or_to_who_reads_it)
{
	/* Only root can give a file away. */
	if (geteuid() != 0)
		return;
	make_folder();
	write_file("1 " KEY, 0600);
	ck_assert_int_eq(chown(path, OTHER_USER, OTHER_USER), 0);
	ck_assert_str_eq(read_it(), " belongs to another user than root and mooring");
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_eq(seteuid(OTHER_USER), 0);
	ck_assert_str_eq(read_it(), "");
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(seteuid(OTHER_USER + 1), 0);
	ck_assert_str_eq(read_it(), " cannot be read: Permission denied");
	ck_assert_int_eq(seteuid(0), 0);
	remove_folder();
}
END_TEST

START_TEST(what_is_no_file_of_keys_is_refused_and_nothing_is_waited_for)
{
	char text[PEPPER_TEXT_MAX + 100];

	make_folder();
	ck_assert_str_eq(read_it(), " cannot be read: No such file or directory");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_str_eq(read_it(), " is no regular file");
	unlink(path);
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
	ck_assert_str_eq(read_it(), " is no regular file");
	unlink(path);
	write_file("", 0600);
	ck_assert_str_eq(read_it(), ": there is no key in it");
	write_file("1 0011", 0600);
	ck_assert_str_eq(read_it(),
			 ": line 1: the key of version 1 is not 64 to 128 hexadecimal digits");
	memset(text, '#', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	write_file(text, 0600);
	ck_assert_str_eq(read_it(), " has more than 8192 bytes");
	ck_assert_uint_eq(peppers_newest(peppers), 0);
	write_file("4 " KEY "\n", 0600);
	ck_assert_str_eq(read_it(), "");
	ck_assert_uint_eq(peppers_newest(peppers), 4);
	/* What was read stays. */
	write_file("5 x\n", 0600);
	ck_assert_str_ne(read_it(), "");
	ck_assert_uint_eq(peppers_newest(peppers), 4);
	remove_folder();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nobody_else_may_read_or_write_it,
		it_belongs_to_root_or_to_who_reads_it,
		what_is_no_file_of_keys_is_refused_and_nothing_is_waited_for,
	};

	return unit_run("pepper_file", tests, N_ELEMENTS(tests));
}
