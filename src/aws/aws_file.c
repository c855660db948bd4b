/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/aws_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 4096 };

/* What a pipe holds is gone once it was read, and may come when it likes. */
static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Not blocking: a FIFO by mistake must not stop the daemon. */
int aws_file_read(const char *path, struct buf *out, struct errinfo *ei)
{
	char chunk[READ_SIZE];
	ssize_t n = 0;
	int fd, saved = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return ERR_NOTFOUND;
	if (fd < 0)
		return err_set(ei, ERR_IO, "cannot open %s: %s", path, strerror(errno));
	if (is_pipe(fd)) {
		close(fd);
		return err_set(ei, ERR_IO, "%s is a pipe, not a file", path);
	}
	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
		saved = errno;
	} while ((n > 0 && out->err == 0) || (n < 0 && saved == EINTR));
	close(fd);
	explicit_bzero(chunk, sizeof(chunk));
	if (n < 0)
		return err_set(ei, ERR_IO, "cannot read %s: %s", path, strerror(saved));
	if (out->err == ERR_LIMIT)
		return err_set(ei, ERR_LIMIT, "%s is larger than %zu bytes", path, out->max);
	return out->err;
}
