/* SPDX-License-Identifier: BSD-2-Clause
 * The first start. */
#include "store/sqlite_create.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/sqlite_kit.h"
#include "kit/unit.h"

static int count_files(void)
{
	char dir[SQLITE_KIT_PATH_MAX];
	struct dirent *entry;
	int n = 0;
	DIR *d = opendir(sqlite_kit_beside(dir, "."));

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

START_TEST(a_store_is_made_where_none_is_and_nothing_is_left_beside_it)
{
	char path[SQLITE_KIT_PATH_MAX], stale[SQLITE_KIT_PATH_MAX + 32];
	struct stat st;

	sqlite_kit_beside(path, "made");
	/* Of a process with this number that was killed. */
	snprintf(stale, sizeof(stale), "%s.new-%ld", path, (long)getpid());
	sqlite_kit_write(stale, "half", 4);
	ck_assert_int_eq(sqlite_create(path, NULL), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
	sqlite_kit_sql(path, "INSERT INTO accounts (user, secret) VALUES ('router', 's')");
	ck_assert_int_eq(count_files(), 1);
	sqlite_kit_remove(path);
}
END_TEST

START_TEST(what_is_there_is_left_alone_whatever_it_is)
{
	char path[SQLITE_KIT_PATH_MAX];
	struct stat st;

	sqlite_kit_write(sqlite_kit_beside(path, "there"), "", 0);
	ck_assert_int_eq(sqlite_create(path, NULL), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_eq(count_files(), 1);
	sqlite_kit_remove(path);
}
END_TEST

START_TEST(where_it_cannot_be_made_the_sentence_names_it)
{
	struct errinfo ei = ERRINFO_INIT;
	char path[SQLITE_KIT_PATH_MAX];

	ck_assert_int_eq(sqlite_create(sqlite_kit_beside(path, "missing/store"), &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "cannot create the store \""));
	ck_assert_ptr_nonnull(strstr(ei.text, "missing/store\": No such file or directory"));
	ck_assert_int_eq(count_files(), 0);
}
END_TEST

/* Each adds a row to what it finds: of two stores one would have been lost. */
START_TEST(of_many_that_start_at_once_all_have_the_same_store)
{
	enum { PROGRAMS = 8 };
	char path[SQLITE_KIT_PATH_MAX], sql[128];
	int i, status;

	sqlite_kit_beside(path, "shared");
	for (i = 0; i < PROGRAMS; i++) {
		if (fork() != 0)
			continue;
		if (sqlite_create(path, NULL) != 0)
			_exit(1);
		snprintf(sql, sizeof(sql), "INSERT INTO accounts (user, secret) VALUES ('%d', 's')",
			 i);
		sqlite_kit_sql(path, sql);
		_exit(0);
	}
	for (i = 0; i < PROGRAMS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	snprintf(sql, sizeof(sql),
		 "SELECT CASE WHEN (SELECT count(*) FROM accounts) = %d THEN 1 ELSE json('no') END",
		 PROGRAMS);
	sqlite_kit_sql(path, sql);
	sqlite_kit_remove(path);
}
END_TEST

static void add(Suite *s)
{
	TCase *tc = tcase_create("first start");

	tcase_add_test(tc, a_store_is_made_where_none_is_and_nothing_is_left_beside_it);
	tcase_add_test(tc, what_is_there_is_left_alone_whatever_it_is);
	tcase_add_test(tc, where_it_cannot_be_made_the_sentence_names_it);
	tcase_add_test(tc, of_many_that_start_at_once_all_have_the_same_store);
	suite_add_tcase(s, tc);
}

int main(void)
{
	return sqlite_kit_run("sqlite_create", add);
}
