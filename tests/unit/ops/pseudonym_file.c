/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/pseudonym_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "conf/conf.h"
#include "kit/unit.h"

#define KEY   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define LONG  KEY KEY
#define WRONG " does not have one line of 64 to 128 hexadecimal digits"

static char folder[64], path[128];

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/pseudonym_file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	ck_assert_int_eq(pseudonym_setup(PSEUDONYM_NONE, slice_of("")), 0);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
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
	err = pseudonym_file_setup(path, PSEUDONYM_LOGINS, &ei);
	ck_assert_int_eq(ei.code, err);
	ck_assert_ptr_null(strstr(ei.text, "0001"));
	if (err == 0)
		return "";
	ck_assert_int_eq(strncmp(ei.text, "pseudonym-key-file: ", 20), 0);
	behind = strstr(ei.text, path);
	ck_assert_ptr_nonnull(behind);
	return behind + strlen(path);
}

static const char *login(void)
{
	static char room[PSEUDONYM_LOGIN_MAX];

	return pseudonym_login("router1", room);
}

START_TEST(a_file_has_one_key_in_a_line)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{KEY, ""},
		{KEY "\n", ""},
		{"# of 2026\n\n \t" KEY "\r\n#\n", ""},
		{LONG "\n", ""},
		{"", WRONG},
		{"# " KEY "\n", WRONG},
		{KEY "\n" KEY "\n", WRONG},
		{KEY "0", WRONG},
		{LONG "00", WRONG},
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e", WRONG},
		{"1 " KEY, WRONG},
		{KEY "\nx\n", WRONG},
	};
	size_t i;

	make_folder();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(pseudonym_setup(PSEUDONYM_NONE, slice_of("")), 0);
		write_file(rows[i].text, 0600);
		ck_assert_str_eq(read_it(), rows[i].want);
		ck_assert_msg((strcmp(login(), "router1") == 0) == (*rows[i].want != '\0'), "%s",
			      rows[i].text);
	}
	remove_folder();
}
END_TEST

START_TEST(what_others_may_read_and_what_is_too_long_is_refused)
{
	char text[PSEUDONYM_FILE_MAX + 100];

	make_folder();
	ck_assert_str_eq(read_it(), " cannot be read: No such file or directory");
	write_file(KEY, 0604);
	ck_assert_str_eq(read_it(), geteuid() == 0
					    ? " may be read or written by others: chmod 0640"
					    : " may be read or written by others: chmod 0600");
	memset(text, '#', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	write_file(text, 0600);
	ck_assert_str_eq(read_it(), " has more than 4096 bytes");
	ck_assert_str_eq(login(), "router1");
	remove_folder();
}
END_TEST

START_TEST(the_configuration_says_what_is_replaced)
{
	static const struct {
		enum conf_pseudonyms wanted;
		bool logins, addresses;
	} rows[] = {
		{CONF_PSEUDONYMS_NONE, false, false},
		{CONF_PSEUDONYMS_LOGINS, true, false},
		{CONF_PSEUDONYMS_ADDRESSES, false, true},
		{CONF_PSEUDONYMS_BOTH, true, true},
	};
	const struct addr a = {ADDR_V4, {192, 0, 2, 1}};
	struct conf conf = {.pseudonym_key_file = path};
	struct errinfo ei = ERRINFO_INIT;
	struct addr shown;
	size_t i;

	make_folder();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		conf.pseudonyms = rows[i].wanted;
		ck_assert_int_eq(pseudonym_setup(PSEUDONYM_NONE, slice_of("")), 0);
		/* Where none is wanted there need not be a key. */
		if (conf.pseudonyms != CONF_PSEUDONYMS_NONE)
			write_file(KEY, 0600);
		ck_assert_int_eq(pseudonym_file_setup_as(&conf, &ei), 0);
		shown = pseudonym_addr(&a);
		ck_assert((strcmp(login(), "router1") != 0) == rows[i].logins);
		ck_assert(!addr_equal(&shown, &a) == rows[i].addresses);
	}
	remove_folder();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_has_one_key_in_a_line,
		what_others_may_read_and_what_is_too_long_is_refused,
		the_configuration_says_what_is_replaced,
	};

	return unit_run("pseudonym_file", tests, N_ELEMENTS(tests));
}
