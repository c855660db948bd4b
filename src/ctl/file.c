/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "ctl/interrupt.h"

enum { COPY_BYTES = 65536 };

int file_folder(const char *path, char out[PATH_MAX], struct errinfo *ei)
{
	const char *slash = strrchr(path, '/');
	struct slice folder = slice_of(".");

	if (slash != NULL)
		folder = (struct slice){path, slash == path ? 1 : (size_t)(slash - path)};
	if (str_copy(out, PATH_MAX, folder) == 0)
		return 0;
	return err_set(ei, ERR_LIMIT, "the path is too long: %s", path);
}

static int write_all(int fd, const char *p, size_t left)
{
	while (left > 0 && !interrupt_came()) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		left -= (size_t)n;
	}
	return 0;
}

int file_copy(int from, const char *from_name, int to, const char *to_name, struct errinfo *ei)
{
	char bytes[COPY_BYTES];
	ssize_t n;

	while (!interrupt_came() && (n = read(from, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(ei, ERR_IO, "cannot read %s: %s", from_name,
				       strerror(errno));
		if (write_all(to, bytes, (size_t)n) != 0)
			return err_set(ei, ERR_IO, "cannot write to %s: %s", to_name,
				       strerror(errno));
	}
	return interrupt_check(ei);
}

int file_sync_entry(const char *path, struct errinfo *ei)
{
	char folder[PATH_MAX];
	int fd, err = file_folder(path, folder, ei);

	if (err < 0)
		return err;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		err = err_set(ei, ERR_IO, "cannot sync the folder of %s: %s", path,
			      strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}
