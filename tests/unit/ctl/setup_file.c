/* SPDX-License-Identifier: BSD-2-Clause
 * A configuration is written whole, over nothing, and what was there stays to be had. */
#include "ctl/setup_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"
#include "ctl/interrupt.h"
#include "kit/unit.h"

enum { NOW_S = 1800000000 }; /* 2027-01-15T08:00:00Z */

#define KEPT "mooring.conf.before-setup-20270115T080000Z"

static const char good[] = "zone \"dyn.example.com\" {\n"
			   "name-server-addresses = { \"192.0.2.1\" }\n}\n";
static const char bad[] = "zone \"dyn.example.com\" {\n}\n";

static char folder[64];

static void setup_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/setup_file.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	umask(077); /* which does not count: the daemon is another user */
}

/* Fails unless these are all the files of a folder that there are; removes them. */
static void check_files(const char *path, size_t n, ...)
{
	DIR *dir = opendir(path);
	size_t found = 0;
	va_list ap;

	while (readdir(dir) != NULL)
		found++;
	closedir(dir);
	ck_assert_uint_eq(found, n + 2);
	va_start(ap, n);
	while (n-- > 0) {
		char name[PATH_MAX];

		snprintf(name, sizeof(name), "%s/%s", path, va_arg(ap, const char *));
		ck_assert_msg(unlink(name) == 0 || rmdir(name) == 0, "%s", name);
	}
	va_end(ap);
}

static void remove_folder(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static int write_file(const char *path, const char *text, bool may_replace, char kept[PATH_MAX],
		      struct errinfo *ei)
{
	struct conf *conf = NULL;
	struct buf b;
	int err;

	err_reset(ei);
	buf_init(&b, sizeof(good) + sizeof(bad));
	buf_adds(&b, text);
	err = setup_file_write(path, &b, may_replace, NOW_S, kept, &conf, ei);
	ck_assert((err == 0) == (conf != NULL));
	conf_free(conf);
	buf_fini(&b);
	return err;
}

static void check_content(const char *path, const char *want, mode_t mode)
{
	char text[256];
	struct stat st;
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, mode);
	close(fd);
}

START_TEST(a_new_file_can_be_read_by_the_daemon)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];

	setup_folder();
	ck_assert_int_eq(setup_file_check("mooring.conf", false, &ei), 0);
	ck_assert_msg(write_file("mooring.conf", good, false, kept, &ei) == 0, "%s", ei.text);
	ck_assert_int_eq(setup_file_check("mooring.conf", false, &ei), ERR_EXISTS);
	ck_assert_int_eq(setup_file_check("mooring.conf", true, &ei), 0);
	ck_assert_str_eq(kept, "");
	check_content("mooring.conf", good, 0644);
	check_files(".", 1, "mooring.conf");
	remove_folder();
}
END_TEST

START_TEST(what_is_there_is_replaced_only_when_told_and_kept)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX], want[PATH_MAX];
	int i;

	setup_folder();
	ck_assert_int_eq(write_file("mooring.conf", good, false, kept, &ei), 0);
	ck_assert_int_eq(chmod("mooring.conf", 0640), 0);
	ck_assert_int_eq(write_file("mooring.conf", good, false, kept, &ei), ERR_EXISTS);
	snprintf(want, sizeof(want),
		 "%s/mooring.conf is there already: --replace writes another one and keeps it, "
		 "--dry-run only shows that one",
		 folder);
	ck_assert_str_eq(ei.text, want);
	ck_assert_str_eq(kept, "");
	ck_assert_int_eq(write_file("mooring.conf", good, true, kept, &ei), 0);
	snprintf(want, sizeof(want), "%s/" KEPT, folder);
	ck_assert_str_eq(kept, want);
	check_content("mooring.conf", good, 0640);
	check_content(KEPT, good, 0640);
	/* In the same second again, as often as nobody does it: nothing that was kept is lost. */
	ck_assert_int_eq(chmod("mooring.conf", 0600), 0);
	ck_assert_msg(write_file("mooring.conf", good, true, kept, &ei) == 0, "%s", ei.text);
	snprintf(want, sizeof(want), "%s/" KEPT "-2", folder);
	ck_assert_str_eq(kept, want);
	check_content(KEPT, good, 0640);
	check_content(KEPT "-2", good, 0600);
	for (i = 3; i <= 100; i++) {
		ck_assert_int_eq(write_file("mooring.conf", good, true, kept, &ei), 0);
		ck_assert_int_eq(unlink(kept) + symlink("nowhere", kept), 0);
	}
	ck_assert_int_eq(write_file("mooring.conf", good, true, kept, &ei), ERR_IO);
	ck_assert_str_eq(kept, "");
	ck_assert_ptr_nonnull(strstr(ei.text, "cannot keep what is there as "));
	for (i = 3; i <= 100; i++) {
		snprintf(want, sizeof(want), KEPT "-%d", i);
		ck_assert_int_eq(unlink(want), 0);
	}
	check_files(".", 3, "mooring.conf", KEPT, KEPT "-2");
	remove_folder();
}
END_TEST

START_TEST(what_the_loader_refuses_takes_no_place)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];

	setup_folder();
	ck_assert_int_eq(write_file("mooring.conf", bad, false, kept, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text,
			 "the answers do not go together: name-server-addresses: must hold "
			 "the address of ns1.dyn.example.com, which lies in the zone");
	check_files(".", 0);
	ck_assert_int_eq(write_file("mooring.conf", good, false, kept, &ei), 0);
	ck_assert_int_eq(write_file("mooring.conf", bad, true, kept, &ei), ERR_INVAL);
	check_content("mooring.conf", good, 0644);
	check_files(".", 1, "mooring.conf");
	remove_folder();
}
END_TEST

START_TEST(a_missing_folder_is_made_and_taken_away_again)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];
	struct stat st;

	setup_folder();
	ck_assert_int_eq(write_file("new/mooring.conf", bad, false, kept, &ei), ERR_INVAL);
	check_files(".", 0);
	ck_assert_int_eq(write_file("new/mooring.conf", good, false, kept, &ei), 0);
	ck_assert_int_eq(stat("new", &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0755);
	check_files("new", 1, "mooring.conf");
	/* One, not a whole path: that is a misspelling. */
	ck_assert_int_eq(write_file("a/b/mooring.conf", good, false, kept, &ei), ERR_IO);
	ck_assert_str_eq(ei.text, "cannot write a/b/mooring.conf: No such file or directory");
	check_files(".", 1, "new");
	remove_folder();
}
END_TEST

START_TEST(a_link_stays_one)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];
	struct stat st;

	setup_folder();
	ck_assert_int_eq(write_file("there.conf", good, false, kept, &ei), 0);
	ck_assert_int_eq(symlink("there.conf", "mooring.conf"), 0);
	ck_assert_int_eq(write_file("mooring.conf", good, true, kept, &ei), 0);
	ck_assert_int_eq(lstat("mooring.conf", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	check_files(".", 3, "mooring.conf", "there.conf",
		    "there.conf.before-setup-20270115T080000Z");
	/* One that leads nowhere is somebody's, too. */
	ck_assert_int_eq(symlink("nowhere", "mooring.conf"), 0);
	ck_assert_int_eq(write_file("mooring.conf", good, true, kept, &ei), ERR_EXISTS);
	ck_assert_str_eq(ei.text, "mooring.conf is a link that leads nowhere");
	check_files(".", 1, "mooring.conf");
	remove_folder();
}
END_TEST

START_TEST(a_folder_is_not_replaced)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];

	setup_folder();
	ck_assert_int_eq(mkdir("mooring.conf", 0700), 0);
	ck_assert_int_eq(write_file("mooring.conf", good, true, kept, &ei), ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(ei.text, "is no file"));
	check_files(".", 1, "mooring.conf");
	remove_folder();
}
END_TEST

START_TEST(a_path_without_room_for_its_other_names_is_refused)
{
	static char path[PATH_MAX + 16];
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];
	size_t i;

	for (i = 0; i < PATH_MAX - 4; i++)
		path[i] = i % 100 == 0 ? '/' : 'a';
	ck_assert_int_lt(write_file(path, good, false, kept, &ei), 0);
	ck_assert_ptr_nonnull(strstr(ei.text, "too long"));
}
END_TEST

static const struct {
	const char *path;
	int err;
	const char *sentence;
} place_rows[] = {
	{"mooring.conf", 0, ""},
	{"./mooring.conf", 0, ""},
	{"new/mooring.conf", 0, ""},
	{"a/b/mooring.conf", ERR_IO,
	 "a/b/mooring.conf cannot be written by this user: No such file or directory"},
	{"file/mooring.conf", ERR_IO, "file/mooring.conf: Not a directory"},
	{".", ERR_EXISTS, " is no file"},
};

START_TEST(a_place_is_looked_at_before_anything_is_asked)
{
	size_t i;

	setup_folder();
	close(open("file", O_CREAT | O_WRONLY, 0600));
	for (i = 0; i < N_ELEMENTS(place_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		int err = setup_file_check(place_rows[i].path, true, &ei);

		ck_assert_msg(err == place_rows[i].err, "row %zu: %d", i, err);
		ck_assert_msg(strstr(ei.text, place_rows[i].sentence) != NULL, "row %zu: %s", i,
			      ei.text);
	}
	check_files(".", 1, "file");
	remove_folder();
}
END_TEST

START_TEST(a_try_leaves_nothing_behind)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conf *conf = NULL;
	struct buf b;

	setup_folder();
	buf_init(&b, sizeof(good));
	buf_adds(&b, good);
	ck_assert_int_eq(setup_file_try(&b, &conf, &ei), 0);
	ck_assert_uint_eq(conf->n_zones, 1);
	conf_free(conf);
	buf_reset(&b);
	buf_adds(&b, bad);
	ck_assert_int_eq(setup_file_try(&b, &conf, &ei), ERR_INVAL);
	ck_assert_ptr_nonnull(strstr(ei.text, "do not go together: name-server-addresses"));
	buf_fini(&b);
	check_files(".", 0);
	remove_folder();
}
END_TEST

/* The last one: the signal has come for all that this process still does. */
START_TEST(an_interrupt_leaves_everything_as_it_was)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];

	setup_folder();
	ck_assert_int_eq(write_file("mooring.conf", good, false, kept, &ei), 0);
	interrupt_guard_begin();
	ck_assert_int_eq(raise(SIGINT), 0);
	ck_assert_int_eq(write_file("mooring.conf", good, true, kept, &ei), ERR_CANCELED);
	ck_assert_int_eq(write_file("new/mooring.conf", good, true, kept, &ei), ERR_CANCELED);
	interrupt_guard_end();
	ck_assert_str_eq(ei.text, "interrupted before it was done");
	check_files(".", 1, "mooring.conf");
	remove_folder();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_new_file_can_be_read_by_the_daemon,
		what_is_there_is_replaced_only_when_told_and_kept,
		what_the_loader_refuses_takes_no_place,
		a_missing_folder_is_made_and_taken_away_again,
		a_link_stays_one,
		a_folder_is_not_replaced,
		a_path_without_room_for_its_other_names_is_refused,
		a_place_is_looked_at_before_anything_is_asked,
		a_try_leaves_nothing_behind,
		an_interrupt_leaves_everything_as_it_was,
	};

	return unit_run("setup_file", tests, N_ELEMENTS(tests));
}
