/* SPDX-License-Identifier: BSD-2-Clause
 * Each row is tried by a process of its own, as nobody gets out again. A kernel without Landlock is
 * believed. */
#include "ops/landlock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/unit.h"

static char folder[32];
static char in[64], out[64], file[96], other[96];

static void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	ck_assert(fd >= 0 && write(fd, "#!/bin/sh\n", 10) == 10);
	close(fd);
}

static void make_files(void)
{
	strcpy(folder, "/tmp/landlock-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(in, sizeof(in), "%s/in", folder);
	snprintf(out, sizeof(out), "%s/out", folder);
	ck_assert(mkdir(in, 0700) == 0 && mkdir(out, 0700) == 0);
	snprintf(file, sizeof(file), "%s/file", in);
	snprintf(other, sizeof(other), "%s/file", out);
	write_file(file);
	write_file(other);
}

/* What an attempt has made. */
static void remove_made(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s.new", file);
	unlink(path);
	snprintf(path, sizeof(path), "%s.new", other);
	unlink(path);
}

static void remove_files(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

typedef bool attempt_fn(const char *path);

static bool may_read(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC) >= 0;
}

static bool may_write(const char *path)
{
	return open(path, O_WRONLY | O_CLOEXEC) >= 0;
}

static bool may_truncate(const char *path)
{
	return truncate(path, 0) == 0;
}

static bool may_remove(const char *path)
{
	return unlink(path) == 0;
}

static bool may_make(const char *path)
{
	char made[128];

	snprintf(made, sizeof(made), "%s.new", path);
	return open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) >= 0;
}

static bool may_rename(const char *path)
{
	char renamed[128];

	snprintf(renamed, sizeof(renamed), "%s.new", path);
	return rename(path, renamed) == 0;
}

/* Of a script the shell is executed, too: what is denied is denied before. */
static bool may_execute(const char *path)
{
	char *argv[] = {(char *)path, NULL};

	execv(path, argv);
	return errno != EACCES;
}

static const struct {
	attempt_fn *attempt;
	unsigned needs;
	int since; /* the version from which it can be denied */
} attempts[] = {
	{may_read, LANDLOCK_READ, 1},	   {may_write, LANDLOCK_WRITE, 1},
	{may_truncate, LANDLOCK_WRITE, 3}, {may_make, LANDLOCK_WRITE, 1},
	{may_rename, LANDLOCK_WRITE, 1},   {may_remove, LANDLOCK_WRITE, 1},
};

static bool try_behind(const char *path, unsigned access, attempt_fn *attempt)
{
	int abi = landlock_abi(), rules;

	if (landlock_new(abi, false, &rules) != 0 || landlock_allow(rules, abi, in, access) != 0 ||
	    landlock_allow(rules, abi, "/no/such/file", access) != 0 || landlock_enter(rules) != 0)
		return false;
	return attempt(path);
}

static bool in_process(const char *path, unsigned access, attempt_fn *attempt)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(try_behind(path, access, attempt) ? 0 : 7);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 7));
	return WEXITSTATUS(status) == 0;
}

START_TEST(what_was_not_allowed_is_denied)
{
	static const unsigned given[] = {0, LANDLOCK_READ, LANDLOCK_WRITE,
					 LANDLOCK_READ | LANDLOCK_WRITE};
	size_t i, k;

	if (landlock_abi() == 0)
		return;
	make_files();
	for (i = 0; i < N_ELEMENTS(attempts); i++)
		for (k = 0; k < N_ELEMENTS(given); k++) {
			bool is_free = landlock_abi() < attempts[i].since;
			bool want = is_free || (given[k] & attempts[i].needs) != 0;

			remove_made();
			write_file(file);
			write_file(other);
			ck_assert_msg(in_process(file, given[k], attempts[i].attempt) == want,
				      "attempt %zu with %u", i, given[k]);
			ck_assert_msg(in_process(other, given[k], attempts[i].attempt) == is_free,
				      "attempt %zu outside with %u", i, given[k]);
		}
	remove_files();
}
END_TEST

START_TEST(programs_are_executed_where_that_is_allowed)
{
	if (landlock_abi() == 0)
		return;
	make_files();
	ck_assert(!in_process(file, LANDLOCK_READ, may_execute));
	ck_assert(!in_process("/bin/sh", LANDLOCK_READ | LANDLOCK_EXECUTE, may_execute));
	remove_files();
}
END_TEST

/* A descriptor from before stays what it was. */
static bool may_read_on(const char *path)
{
	static char byte;

	return read(atoi(path), &byte, 1) == 1;
}

START_TEST(what_was_opened_before_stays_open)
{
	char number[16];
	int fd;

	if (landlock_abi() == 0)
		return;
	make_files();
	fd = open(other, O_RDONLY | O_CLOEXEC);
	snprintf(number, sizeof(number), "%d", fd);
	ck_assert(in_process(number, 0, may_read_on));
	close(fd);
	remove_files();
}
END_TEST

static bool connects(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno != EACCES;
}

/* Binding and listening stay free, on whatever port. */
static bool listens(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0;
}

static bool tries_ports(void)
{
	int rules;

	return landlock_new(landlock_abi(), true, &rules) == 0 &&
	       landlock_allow_port(rules, 9) == 0 && landlock_enter(rules) == 0 && connects(9) &&
	       !connects(10) && listens();
}

START_TEST(one_port_is_allowed_and_others_are_not)
{
	pid_t child;
	int status;

	if (landlock_abi() < LANDLOCK_ABI_PORTS)
		return;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(tries_ports() ? 0 : 7);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

/* As the wrappers see a kernel that lacks it: an error, and no rules. */
START_TEST(nonsense_is_an_error)
{
	int rules = -1;

	ck_assert_int_eq(landlock_new(-1, true, &rules), landlock_abi() > 0 ? 0 : ERR_IO);
	ck_assert_int_eq(landlock_allow(-1, 1, "/", LANDLOCK_READ), ERR_IO);
	ck_assert_int_eq(landlock_allow_port(-1, 1), ERR_IO);
	if (rules >= 0)
		close(rules);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_not_allowed_is_denied,
		programs_are_executed_where_that_is_allowed,
		what_was_opened_before_stays_open,
		one_port_is_allowed_and_others_are_not,
		nonsense_is_an_error,
	};

	return unit_run("landlock", tests, N_ELEMENTS(tests));
}
