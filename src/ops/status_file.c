/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Root and the group. */
enum { SOCKET_UMASK = 0117 };
enum { LOCK_MODE = 0600 };
/* Each is in vain only if another process went in that moment. */
enum { LOCK_TRIES = 8 };

#define LOCK_SUFFIX ".lock"

struct status_file {
	struct sockaddr_un at;
	char lock_path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + sizeof(LOCK_SUFFIX)];
	int lock;     /* -1: others may have the place */
	int fd;	      /* listens; -1: it is the caller's */
	dev_t device; /* of the socket's file, which is removed only if it still is ours */
	ino_t inode;
};

static int file_fail(const char *path, struct errinfo *ei)
{
	return err_set(ei, ERR_IO, "%s: %s", path, strerror(errno));
}

static int file_refuse(struct errinfo *ei)
{
	return err_set(ei, ERR_EXISTS, "another daemon has it: give each its own (status-socket)");
}

/* ---------------------------------------------------------------- the lock */

/* Who had the lock before may have removed the file since it was opened: then it locks nothing. */
static bool is_still_there(int fd, const char *path)
{
	struct stat opened, there;

	return fstat(fd, &opened) == 0 && lstat(path, &there) == 0 &&
	       opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

/* Nobody is waited for: a place that is taken stays so for long. */
static int lock_once(struct status_file *f, struct errinfo *ei)
{
	int fd = open(f->lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, LOCK_MODE);
	int err = 0;

	if (fd < 0)
		return file_fail(f->lock_path, ei);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		err = errno == EWOULDBLOCK ? file_refuse(ei) : file_fail(f->lock_path, ei);
	else if (is_still_there(fd, f->lock_path))
		f->lock = fd;
	if (f->lock < 0)
		close(fd);
	return err;
}

static int lock_place(struct status_file *f, struct errinfo *ei)
{
	int i, err = 0;

	for (i = 0; i < LOCK_TRIES && err == 0 && f->lock < 0; i++)
		err = lock_once(f, ei);
	return err == 0 && f->lock < 0 ? file_refuse(ei) : err;
}

/* Removed while it is locked: is_still_there() tells whoever has opened it meanwhile. */
static void unlock_place(struct status_file *f)
{
	if (f->lock < 0)
		return;
	unlink(f->lock_path);
	close(f->lock);
	f->lock = -1;
}

/* ---------------------------------------------------------------- the socket */

static int try_bind(const struct status_file *f)
{
	const mode_t before = umask(SOCKET_UMASK);
	const int r = bind(f->fd, (const struct sockaddr *)&f->at, sizeof(f->at));
	const int why = errno;

	umask(before);
	errno = why;
	return r;
}

/* Whether somebody listens there, who knows nothing of the lock; errno is ECONNREFUSED where nobody
 * does. */
static bool is_answered(const struct status_file *f)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r, why;

	if (fd < 0)
		return false;
	r = connect(fd, (const struct sockaddr *)&f->at, sizeof(f->at));
	why = errno;
	close(fd);
	errno = why;
	/* EAGAIN: its queue is full. */
	return r == 0 || why == EAGAIN;
}

/* A file that is none of ours is left where it is. */
static bool remove_old(const struct status_file *f)
{
	const bool is_left = errno == ECONNREFUSED;
	struct stat st;

	if (is_left && lstat(f->at.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		return unlink(f->at.sun_path) == 0;
	errno = EADDRINUSE;
	return false;
}

static int bind_place(struct status_file *f, struct errinfo *ei)
{
	int r = try_bind(f);

	if (r != 0 && errno == EADDRINUSE) {
		if (is_answered(f))
			return file_refuse(ei);
		r = remove_old(f) ? try_bind(f) : -1;
	}
	return r == 0 ? 0 : file_fail(f->at.sun_path, ei);
}

static int listen_there(struct status_file *f, int backlog, struct errinfo *ei)
{
	struct stat st;
	int err;

	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0)
		return file_fail(f->at.sun_path, ei);
	err = bind_place(f, ei);
	if (err != 0)
		return err;
	if (listen(f->fd, backlog) != 0 || lstat(f->at.sun_path, &st) != 0) {
		err = file_fail(f->at.sun_path, ei);
		unlink(f->at.sun_path);
		return err;
	}
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return 0;
}

/* ---------------------------------------------------------------- its life */

int status_file_open(const struct sockaddr_un *at, int backlog, struct status_file **ret,
		     struct errinfo *ei)
{
	struct status_file *f = calloc(1, sizeof(*f));
	int err;

	if (f == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	f->at = *at;
	f->fd = f->lock = -1;
	snprintf(f->lock_path, sizeof(f->lock_path), "%s" LOCK_SUFFIX, at->sun_path);
	err = lock_place(f, ei);
	if (err == 0)
		err = listen_there(f, backlog, ei);
	if (err == 0)
		*ret = f;
	else
		status_file_free(f);
	return err;
}

int status_file_take_fd(struct status_file *f)
{
	int fd = f->fd;

	f->fd = -1;
	return fd;
}

void status_file_remove(struct status_file *f)
{
	struct stat st;

	if (f == NULL)
		return;
	if (lstat(f->at.sun_path, &st) == 0 && st.st_dev == f->device && st.st_ino == f->inode)
		unlink(f->at.sun_path);
	unlock_place(f);
}

void status_file_free(struct status_file *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	unlock_place(f);
	free(f);
}
