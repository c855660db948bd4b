/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/links.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "kit/unit.h"

static char top[PATH_MAX];
static struct buf told;

/* "folder folder", each without the folder of the test. */
static void on_folder(void *arg, const char *folder)
{
	(void)arg;
	buf_addf(&told, "%s%s", told.len > 0 ? " " : "",
		 strncmp(folder, top, strlen(top)) == 0 ? folder + strlen(top) : folder);
}

static void make_folders(void)
{
	char made[] = "/tmp/links-test-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(made));
	ck_assert_ptr_nonnull(realpath(made, top));
	ck_assert_int_eq(chdir(top), 0);
	ck_assert(mkdir("etc", 0700) == 0 && mkdir("live", 0700) == 0 &&
		  mkdir("archive", 0700) == 0);
	ck_assert(mkdir("data1", 0700) == 0 && mkdir("releases", 0700) == 0);
	ck_assert_int_eq(mkdir("releases/1", 0700), 0);
	ck_assert_int_eq(symlink("../live/chain.pem", "etc/chain.pem"), 0);
	ck_assert_int_eq(symlink("../archive/chain3.pem", "live/chain.pem"), 0);
	ck_assert_int_eq(symlink("data1", "data"), 0);
	ck_assert_int_eq(symlink("data/tls.crt", "tls.crt"), 0);
	ck_assert_int_eq(symlink("./releases/1", "current"), 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	ck_assert_int_eq(symlink("/etc/passwd", "absolute"), 0);
	ck_assert_int_eq(symlink("/etc", "to-root"), 0);
}

static void remove_folders(void)
{
	char command[PATH_MAX + 8];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
}

static const struct {
	const char *path, *want;
} rows[] = {
	{"/etc/plain.pem", "/etc"},
	/* certbot: a renewal writes archive/chain4.pem. */
	{"/etc/chain.pem", "/etc /etc/../live /live/../archive"},
	/* Kubernetes: a renewal makes data2. */
	{"/tls.crt", "/data "},
	{"/current/key.pem", "/current /./releases"},
	{"/absolute", "/etc"},
	/* The folder of the target is the root: everything. */
	{"/to-root/x.pem", "/to-root"},
	{"/no/such/folder/x", "/no/such/folder"},
	{"/live/../etc/chain.pem", "/live/../etc /etc/../live /live/../archive"},
};

START_TEST(each_folder_of_a_link_is_told)
{
	char path[2 * PATH_MAX];
	size_t i;

	make_folders();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		buf_init(&told, 64 * PATH_MAX);
		snprintf(path, sizeof(path), "%s%s", top, rows[i].path);
		links_follow(path, on_folder, NULL);
		ck_assert_msg(strcmp(buf_str(&told), rows[i].want) == 0, "%s: %s", rows[i].path,
			      buf_str(&told));
		buf_fini(&told);
	}
	remove_folders();
}
END_TEST

static void count(void *arg, const char *folder)
{
	(void)folder;
	++*(unsigned *)arg;
}

START_TEST(a_circle_of_links_ends)
{
	char path[2 * PATH_MAX];
	unsigned n = 0;

	make_folders();
	snprintf(path, sizeof(path), "%s/loop", top);
	links_follow(path, count, &n);
	ck_assert(n > 1 && n < 100);
	n = 0;
	links_follow("relative", count, &n);
	links_follow("/file", count, &n);
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	links_follow(path, count, &n);
	ck_assert_uint_eq(n, 0);
	remove_folders();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {each_folder_of_a_link_is_told, a_circle_of_links_ends};

	return unit_run("links", tests, N_ELEMENTS(tests));
}
