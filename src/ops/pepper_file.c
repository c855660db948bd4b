/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/pepper_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/pepper.h"
#include "base/str.h"
#include "ops/process.h"

static bool pepper_is_of_service(const struct stat *st)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(PROCESS_USER) : NULL;

	return pw != NULL && pw->pw_uid == st->st_uid;
}

static int pepper_check_file(const struct stat *st, const char *path, struct errinfo *ei)
{
	const mode_t forbidden = S_IRWXO | S_IWGRP | (st->st_uid != 0 ? S_IRGRP : 0);

	if (!S_ISREG(st->st_mode))
		return err_set(ei, ERR_INVAL, "pepper-file: %s is no regular file", path);
	if (st->st_uid != 0 && st->st_uid != geteuid() && !pepper_is_of_service(st))
		return err_set(ei, ERR_INVAL,
			       "pepper-file: %s belongs to another user than root and %s", path,
			       geteuid() == 0 ? PROCESS_USER : "the one who reads it");
	if ((st->st_mode & forbidden) != 0)
		return err_set(ei, ERR_INVAL,
			       "pepper-file: %s may be read or written by others: chmod %s", path,
			       st->st_uid != 0 ? "0600" : "0640");
	return 0;
}

/* One byte more than may be tells that there is more. */
static int pepper_read_text(int fd, const char *path, char text[PEPPER_TEXT_MAX + 1],
			    size_t *ret_len, struct errinfo *ei)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < PEPPER_TEXT_MAX + 1) {
		n = read(fd, text + len, PEPPER_TEXT_MAX + 1 - len);
		if (n < 0)
			return err_set(ei, ERR_IO, "pepper-file: %s cannot be read: %s", path,
				       strerror(errno));
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

static int pepper_take_file(int fd, const char *path, struct peppers *p, struct errinfo *ei)
{
	char text[PEPPER_TEXT_MAX + 1];
	struct errinfo why = ERRINFO_INIT;
	size_t len = 0;
	int err = pepper_read_text(fd, path, text, &len, ei);

	if (err == 0) {
		err = peppers_read(p, (struct slice){text, len}, &why);
		if (err != 0)
			err_set(ei, err, "pepper-file: %s: %s", path, why.text);
	}
	explicit_bzero(text, sizeof(text));
	return err;
}

int pepper_file_read(const char *path, struct peppers *p, struct errinfo *ei)
{
	/* Opening somebody's FIFO must not wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int err;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err = err_set(ei, ERR_IO, "pepper-file: %s cannot be read: %s", path,
			      strerror(errno));
	} else {
		err = pepper_check_file(&st, path, ei);
		if (err == 0)
			err = pepper_take_file(fd, path, p, ei);
	}
	if (fd >= 0)
		close(fd);
	return err;
}
