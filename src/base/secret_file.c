/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_of_service(const struct stat *st)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(SECRET_FILE_SERVICE) : NULL;

	return pw != NULL && pw->pw_uid == st->st_uid;
}

static int secret_file_check(const struct stat *st, const char *key, const char *path,
			     struct errinfo *ei)
{
	const mode_t forbidden = S_IRWXO | S_IWGRP | (st->st_uid != 0 ? S_IRGRP : 0);

	if (!S_ISREG(st->st_mode))
		return err_set(ei, ERR_INVAL, "%s: %s is no regular file", key, path);
	if (st->st_uid != 0 && st->st_uid != geteuid() && !is_of_service(st))
		return err_set(ei, ERR_INVAL, "%s: %s belongs to another user than root and %s",
			       key, path,
			       geteuid() == 0 ? SECRET_FILE_SERVICE : "the one who reads it");
	if ((st->st_mode & forbidden) != 0)
		return err_set(ei, ERR_INVAL, "%s: %s may be read or written by others: chmod %s",
			       key, path, st->st_uid != 0 ? "0600" : "0640");
	return 0;
}

/* One byte more than may be tells that there is more. */
static int secret_file_take(int fd, const char *key, const char *path, char *text, size_t max,
			    size_t *ret_len, struct errinfo *ei)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len <= max) {
		n = read(fd, text + len, max + 1 - len);
		if (n < 0)
			return err_set(ei, ERR_IO, "%s: %s cannot be read: %s", key, path,
				       strerror(errno));
		len += (size_t)n;
	}
	if (len > max)
		return err_set(ei, ERR_LIMIT, "%s: %s has more than %zu bytes", key, path, max);
	text[len] = '\0';
	*ret_len = len;
	return 0;
}

int secret_file_read(const char *key, const char *path, char *text, size_t max, size_t *ret_len,
		     struct errinfo *ei)
{
	/* Opening somebody's FIFO must not wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int err;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err = err_set(ei, ERR_IO, "%s: %s cannot be read: %s", key, path, strerror(errno));
	} else {
		err = secret_file_check(&st, key, path, ei);
		if (err == 0)
			err = secret_file_take(fd, key, path, text, max, ret_len, ei);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static bool is_printable(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

int secret_file_read_line(const char *key, const char *path, size_t max, char **ret,
			  struct errinfo *ei)
{
	char *text = malloc(max + 1);
	struct slice line;
	size_t len = 0;
	int err;

	if (text == NULL)
		return ERR_NOMEM;
	err = secret_file_read(key, path, text, max, &len, ei);
	line = slice_trim((struct slice){text, err == 0 ? len : 0}, STR_SPACE);
	if (err == 0 && (line.len == 0 || !is_printable(line)))
		err = err_set(ei, ERR_INVAL, "%s: %s is not one line of printable ASCII", key,
			      path);
	if (err == 0) {
		*ret = strndup(line.p, line.len);
		err = *ret != NULL ? 0 : ERR_NOMEM;
	}
	explicit_bzero(text, max + 1);
	free(text);
	return err;
}
