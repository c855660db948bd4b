/* SPDX-License-Identifier: BSD-2-Clause
 * The file of new secrets. */
#include "ctl/secrets_file.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/unit.h"

static char folder[] = "/tmp/secrets_file.XXXXXX";
static struct account *account;

static void begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(account_new(slice_of("a,b"), &account, NULL), 0);
	account_add_host(account, slice_of("x.example.org"), NULL, NULL, NULL);
	account_add_host(account, slice_of("y.example.org"), NULL, NULL, NULL);
}

static void end(void)
{
	account_free(account);
	unlink("s.csv");
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
}

static const char *content(void)
{
	static char text[1024];
	FILE *f = fopen("s.csv", "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* As one that is there already; private. */
static void put_file(const char *begins, const char *ends)
{
	FILE *f = fopen("s.csv", "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "%s%s", begins, ends);
	fclose(f);
	ck_assert_int_eq(chmod("s.csv", 0600), 0);
}

#define HEAD	     "user,secret,hosts\n"
#define LINE(secret) "\"a,b\"," secret ",x.example.org y.example.org\n"

START_TEST(lines_are_added_and_taken_back)
{
	struct secrets_file *f;
	struct stat st;

	begin();
	ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
	ck_assert_int_eq(secrets_file_add(f, account, "one", NULL), 0);
	ck_assert_str_eq(content(), HEAD LINE("one"));
	ck_assert_int_eq(secrets_file_add(f, account, "twotwo", NULL), 0);
	secrets_file_take_back(f);
	ck_assert_str_eq(content(), HEAD LINE("one"));
	secrets_file_close(f);
	ck_assert_int_eq(stat("s.csv", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	/* The next run goes on behind it. */
	ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
	ck_assert_int_eq(secrets_file_add(f, account, "three", NULL), 0);
	secrets_file_close(f);
	ck_assert_str_eq(content(), HEAD LINE("one") LINE("three"));
	end();
}
END_TEST

/* Half of a line is what a power failure leaves: its account was not stored. */
START_TEST(a_file_goes_on_behind_its_last_whole_line)
{
	static const char *const halves[] = {"", "\"a,b\",two", "x", "user,secret,hosts"};
	struct secrets_file *f;
	size_t i;

	begin();
	for (i = 0; i < N_ELEMENTS(halves); i++) {
		put_file(HEAD LINE("one"), halves[i]);
		ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
		ck_assert_str_eq(content(), HEAD LINE("one"));
		ck_assert_int_eq(secrets_file_add(f, account, "three", NULL), 0);
		secrets_file_close(f);
		ck_assert_str_eq(content(), HEAD LINE("one") LINE("three"));
	}
	/* Of the first line, too. */
	for (i = 0; i < strlen(HEAD); i++) {
		put_file("", HEAD);
		ck_assert_int_eq(truncate("s.csv", (off_t)i), 0);
		ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
		ck_assert_int_eq(secrets_file_add(f, account, "one", NULL), 0);
		secrets_file_close(f);
		ck_assert_str_eq(content(), HEAD LINE("one"));
	}
	end();
}
END_TEST

START_TEST(half_a_line_may_be_long)
{
	static char text[3 * 4096 + 1];
	struct secrets_file *f;
	size_t i;

	begin();
	for (i = 4096 - 2; i < sizeof(text); i += i % 4096 == 2 ? 4096 - 4 : 1) {
		memset(text, 'a', sizeof(text));
		text[i] = '\0';
		put_file(HEAD, text);
		ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
		secrets_file_close(f);
		ck_assert_str_eq(content(), HEAD);
	}
	end();
}
END_TEST

START_TEST(another_file_is_left_alone)
{
	static const char *const others[] = {"user,hosts\n", "[zone]\n", "user,secret,hosts;\n",
					     "users",	     "\n",	 "user,secret,hosts"};
	struct errinfo ei = ERRINFO_INIT;
	struct secrets_file *f;
	size_t i;

	begin();
	for (i = 0; i < N_ELEMENTS(others); i++) {
		/* The last would be a head that was cut off, but for what follows. */
		put_file(others[i], "x");
		err_reset(&ei);
		ck_assert_int_eq(secrets_file_open("s.csv", &f, &ei), ERR_EXISTS);
		ck_assert_str_eq(ei.text, "s.csv is there already and holds something else: name a "
					  "new file for the secrets");
		ck_assert_int_eq(strncmp(content(), others[i], strlen(others[i])), 0);
		ck_assert_uint_eq(strlen(content()), strlen(others[i]) + 1);
	}
	end();
}
END_TEST

START_TEST(a_file_that_got_nothing_is_not_left_behind)
{
	struct secrets_file *f;

	begin();
	ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
	secrets_file_close(f);
	ck_assert_int_eq(access("s.csv", F_OK), -1);
	ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
	ck_assert_int_eq(secrets_file_add(f, account, "one", NULL), 0);
	secrets_file_take_back(f);
	secrets_file_close(f);
	ck_assert_int_eq(access("s.csv", F_OK), -1);
	end();
}
END_TEST

START_TEST(what_others_may_read_gets_no_secret)
{
	struct errinfo ei = ERRINFO_INIT;
	struct secrets_file *f;

	begin();
	put_file("", "");
	ck_assert_int_eq(chmod("s.csv", 0640), 0);
	ck_assert_int_eq(secrets_file_open("s.csv", &f, &ei), ERR_EXISTS);
	ck_assert_str_eq(ei.text, "s.csv is there already and may be read by others: name a new "
				  "file for the secrets");
	ck_assert_int_eq(unlink("s.csv"), 0);
	ck_assert_int_eq(symlink("elsewhere", "s.csv"), 0);
	ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), ERR_IO);
	ck_assert_int_eq(secrets_file_open(".", &f, NULL), ERR_IO);
	ck_assert_int_eq(secrets_file_open("/dev/null", &f, NULL), ERR_EXISTS);
	ck_assert_int_eq(secrets_file_open("no/s.csv", &f, NULL), ERR_IO);
	end();
}
END_TEST

START_TEST(a_file_has_one_writer_at_a_time)
{
	struct errinfo ei = ERRINFO_INIT;
	struct secrets_file *f, *other;

	begin();
	ck_assert_int_eq(secrets_file_open("s.csv", &f, NULL), 0);
	ck_assert_int_eq(secrets_file_open("s.csv", &other, &ei), ERR_EXISTS);
	ck_assert_str_eq(ei.text, "another import writes its secrets to s.csv: name another file, "
				  "or wait until that one is over");
	ck_assert_int_eq(secrets_file_add(f, account, "one", NULL), 0);
	ck_assert_int_eq(secrets_file_open("s.csv", &other, NULL), ERR_EXISTS);
	secrets_file_close(f);
	ck_assert_str_eq(content(), HEAD LINE("one"));
	ck_assert_int_eq(secrets_file_open("s.csv", &other, NULL), 0);
	ck_assert_int_eq(secrets_file_add(other, account, "two", NULL), 0);
	secrets_file_close(other);
	ck_assert_str_eq(content(), HEAD LINE("one") LINE("two"));
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_are_added_and_taken_back,
		a_file_goes_on_behind_its_last_whole_line,
		half_a_line_may_be_long,
		another_file_is_left_alone,
		a_file_that_got_nothing_is_not_left_behind,
		what_others_may_read_gets_no_secret,
		a_file_has_one_writer_at_a_time,
	};

	return unit_run("secrets_file", tests, N_ELEMENTS(tests));
}
