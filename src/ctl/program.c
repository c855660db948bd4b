/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

extern char **environ;

static bool is_in_folder(struct slice folder, const char *name)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%.*s/%s", (int)folder.len, folder.p, name);

	return n > 0 && n < PATH_MAX && access(path, X_OK) == 0;
}

bool program_is_there(const char *name)
{
	struct slice folder, rest = slice_of(getenv("PATH"));

	while (rest.len > 0) {
		slice_cut(rest, ':', &folder, &rest);
		if (folder.len > 0 && is_in_folder(folder, name))
			return true;
	}
	return false;
}

/* SIGPIPE is ignored here, and would be there. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t pipes;

	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	if (posix_spawnattr_setsigdefault(attributes, &pipes) != 0)
		return -1;
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

/* Returns an errno. */
static int start(const char *const *argv, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int failed = posix_spawn_file_actions_init(&files);

	if (failed != 0)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (failed == 0) {
		failed = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
							  O_RDONLY, 0);
		if (failed == 0)
			failed = set_attributes(&attributes);
		/* It takes the words as they are, and says so only in POSIX's rationale. */
		if (failed == 0)
			failed = posix_spawnp(ret, argv[0], &files, &attributes,
					      (char *const *)argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return failed;
}

static int judge_end(const char *name, int status, struct errinfo *ei)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return err_set(ei, ERR_REFUSED, "%s ended with status %d", name,
			       WEXITSTATUS(status));
	return err_set(ei, ERR_REFUSED, "%s was ended by signal %d", name, WTERMSIG(status));
}

int program_run(const char *const *argv, struct errinfo *ei)
{
	int status, failed;
	pid_t pid, got;

	failed = start(argv, &pid);
	if (failed != 0)
		return err_set(ei,
			       failed == ENOENT	  ? ERR_NOTFOUND
			       : failed == EACCES ? ERR_DENIED
						  : ERR_IO,
			       "cannot run %s: %s", argv[0], strerror(failed));
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(ei, ERR_IO, "cannot wait for %s: %s", argv[0], strerror(errno));
	return judge_end(argv[0], status, ei);
}
