/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { BACKLOG = 4 };

static char folder[] = "/tmp/mooring-file-XXXXXX", lock_path[128];
static struct sockaddr_un at = {.sun_family = AF_UNIX};
static struct errinfo ei;
/* The next so many locks are taken when whoever had them has just removed the file. */
static unsigned n_removed_before;

/* In the place of the C library's. */
int flock(int fd, int operation)
{
	if (n_removed_before > 0) {
		n_removed_before--;
		ck_assert_int_eq(unlink(lock_path), 0);
	}
	return (int)syscall(SYS_flock, fd, operation);
}

static int open_file(struct status_file **ret)
{
	*ret = NULL;
	err_reset(&ei);
	return status_file_open(&at, BACKLOG, ret, &ei);
}

static struct status_file *must_open(void)
{
	struct status_file *f;

	ck_assert_msg(open_file(&f) == 0, "%s", ei.text);
	return f;
}

static void refused(int err, const char *why)
{
	struct status_file *f;

	ck_assert_int_eq(open_file(&f), err);
	ck_assert_ptr_null(f);
	ck_assert_msg(strstr(ei.text, why) != NULL, "%s", ei.text);
}

static void close_file(struct status_file *f)
{
	status_file_remove(f);
	status_file_free(f);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool is_answered(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool is = connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0;

	close(fd);
	return is;
}

static int lock_it(void)
{
	int fd = open(lock_path, O_RDWR | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_ino;
}

static void leave_as_a_crash(void)
{
	status_file_free(must_open());
	ck_assert(is_there(at.sun_path));
	ck_assert(!is_answered());
}

START_TEST(it_listens_and_leaves_nothing_behind)
{
	struct status_file *f = must_open();
	struct stat st;
	int fd;

	ck_assert(is_answered());
	ck_assert_int_eq(lstat(at.sun_path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	ck_assert_int_eq(lstat(lock_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	fd = status_file_take_fd(f);
	close_file(f);
	close(fd);
	ck_assert(!is_there(at.sun_path) && !is_there(lock_path));
	status_file_remove(NULL);
	status_file_free(NULL);
}
END_TEST

START_TEST(what_a_crash_has_left_is_replaced)
{
	struct status_file *f;

	leave_as_a_crash();
	/* The lock of one that was killed is nobody's, and its file is still there. */
	close(open(lock_path, O_RDWR | O_CREAT | O_EXCL, 0600));
	f = must_open();
	ck_assert(is_answered());
	close_file(f);
	ck_assert(!is_there(at.sun_path) && !is_there(lock_path));
}
END_TEST

START_TEST(that_of_a_living_one_stays)
{
	struct status_file *f = must_open();
	const ino_t before = inode_of(at.sun_path);

	refused(ERR_EXISTS, "another daemon has it");
	ck_assert_uint_eq(inode_of(at.sun_path), before);
	ck_assert(is_there(lock_path));
	ck_assert(is_answered());
	close_file(f);
	close_file(must_open());
}
END_TEST

/* One that has the lock is about to replace what a crash has left: nobody else does. */
START_TEST(of_two_that_start_together_one_has_it)
{
	ino_t before;
	int fd;

	leave_as_a_crash();
	before = inode_of(at.sun_path);
	fd = lock_it();
	refused(ERR_EXISTS, "another daemon has it");
	ck_assert_uint_eq(inode_of(at.sun_path), before);
	ck_assert(is_there(lock_path));
	close(fd);
	close_file(must_open());
}
END_TEST

/* It locks nothing: the next one would make the file anew, and have it, too. */
START_TEST(a_lock_whose_file_was_removed_meanwhile_is_none)
{
	struct status_file *f;

	n_removed_before = 3;
	f = must_open();
	refused(ERR_EXISTS, "another daemon has it");
	close_file(f);
	/* Not for ever. */
	n_removed_before = 1000;
	refused(ERR_EXISTS, "another daemon has it");
	ck_assert_uint_gt(n_removed_before, 0);
	n_removed_before = 0;
	ck_assert(!is_there(at.sun_path));
}
END_TEST

/* Nor is it removed at the end. */
START_TEST(what_is_somebody_else_s_stays)
{
	struct status_file *f;
	int fd;

	fd = open(at.sun_path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	refused(ERR_IO, "Address already in use");
	ck_assert(is_there(at.sun_path) && !is_there(lock_path));
	ck_assert_int_eq(unlink(at.sun_path), 0);

	/* One that knows nothing of the lock, but listens. */
	f = must_open();
	ck_assert_int_eq(unlink(lock_path), 0);
	refused(ERR_EXISTS, "another daemon has it");
	ck_assert(is_answered());

	/* Somebody has put another socket into the place. */
	ck_assert_int_eq(unlink(at.sun_path), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	close_file(f);
	ck_assert(is_there(at.sun_path));
	close(fd);
	ck_assert_int_eq(unlink(at.sun_path), 0);
}
END_TEST

/* A link may lead to a file that is not to be opened. */
START_TEST(where_no_lock_can_be_there_is_no_socket)
{
	ck_assert_int_eq(symlink("/nowhere", lock_path), 0);
	refused(ERR_IO, lock_path);
	ck_assert(!is_there(at.sun_path));
	ck_assert_int_eq(unlink(lock_path), 0);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	struct status_file *f;

	fake_malloc_fail_at(1);
	ck_assert_int_eq(open_file(&f), ERR_NOMEM);
	ck_assert(fake_malloc_off());
	ck_assert(!is_there(lock_path));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_listens_and_leaves_nothing_behind,
		what_a_crash_has_left_is_replaced,
		that_of_a_living_one_stays,
		of_two_that_start_together_one_has_it,
		a_lock_whose_file_was_removed_meanwhile_is_none,
		what_is_somebody_else_s_stays,
		where_no_lock_can_be_there_is_no_socket,
		without_memory_there_is_none,
	};
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/status.sock", folder);
	snprintf(lock_path, sizeof(lock_path), "%s.lock", at.sun_path);
	status = unit_run("status_file", tests, N_ELEMENTS(tests));
	rmdir(folder);
	return status;
}
