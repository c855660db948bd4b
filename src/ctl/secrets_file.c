/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/secrets_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl/csv.h"
#include "ctl/fields.h"
#include "ctl/file.h"

enum { LINE_MAX_BYTES = ACCOUNT_HOSTS_MAX * (FQDN_TEXT_MAX + 1) + 1024 };
enum { HEAD_MAX_BYTES = 64, LINE_PART_BYTES = 4096 };

struct secrets_file {
	char path[PATH_MAX];
	int fd;
	bool is_made;	   /* here */
	size_t n;	   /* lines that were added and stay */
	off_t before, end; /* of what was there before the last line, and of what is there */
};

static int check_file(struct secrets_file *f, struct errinfo *ei)
{
	struct stat st;

	if (fstat(f->fd, &st) != 0)
		return err_set(ei, ERR_IO, "cannot write %s: %s", f->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(ei, ERR_EXISTS, "%s is no file: name a new one for the secrets",
			       f->path);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(ei, ERR_EXISTS,
			       "%s is there already and may be read by others: name a new file for "
			       "the secrets",
			       f->path);
	return 0;
}

static int write_text(struct secrets_file *f, const struct buf *text, struct errinfo *ei)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n =
			pwrite(f->fd, text->data + done, text->len - done, f->end + (off_t)done);

		if (n < 0 && errno != EINTR)
			return err_set(ei, ERR_IO, "cannot write %s: %s", f->path, strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	if (fsync(f->fd) != 0)
		return err_set(ei, ERR_IO, "cannot write %s: %s", f->path, strerror(errno));
	return 0;
}

/* "user,secret,hosts" and its end. */
static int make_head(struct buf *text, struct errinfo *ei)
{
	csv_add(text, true, field_name(FIELD_USER));
	csv_add(text, false, field_name(FIELD_SECRET));
	csv_add(text, false, field_name(FIELD_HOSTS));
	buf_addc(text, '\n');
	return buf_err(text) == 0 ? 0 : err_set(ei, ERR_NOMEM, "out of memory");
}

static int write_head(struct secrets_file *f, const struct buf *head, struct errinfo *ei)
{
	int err = write_text(f, head, ei);

	if (err == 0)
		err = file_sync_entry(f->path, ei);
	if (err == 0)
		f->end = (off_t)head->len;
	return err;
}

/* As much as there is, from its place in the file on. */
static int read_at(const struct secrets_file *f, char *out, size_t len, off_t at, size_t *ret_len,
		   struct errinfo *ei)
{
	ssize_t n = 1;

	for (*ret_len = 0; *ret_len < len && n != 0; *ret_len += n > 0 ? (size_t)n : 0) {
		n = pread(f->fd, out + *ret_len, len - *ret_len, at + (off_t)*ret_len);
		if (n < 0 && errno != EINTR)
			return err_set(ei, ERR_IO, "cannot read %s: %s", f->path, strerror(errno));
	}
	return 0;
}

/* What a power failure left of the first line is no line. */
static int check_head(struct secrets_file *f, const struct buf *head, struct errinfo *ei)
{
	char text[HEAD_MAX_BYTES];
	size_t len;
	int err = read_at(f, text, head->len, 0, &len, ei);

	if (err != 0)
		return err;
	if (memcmp(text, head->data, len) != 0)
		return err_set(ei, ERR_EXISTS,
			       "%s is there already and holds something else: name a new file for "
			       "the secrets",
			       f->path);
	if (len < head->len)
		f->end = 0;
	return 0;
}

/* The line that a power failure cut off is of an account that was not stored: the next one would
 * become a part of it. */
static int cut_half_line(struct secrets_file *f, struct errinfo *ei)
{
	char text[LINE_PART_BYTES];
	const off_t end = f->end;
	size_t len = 0, n = 0;
	int err = 0;

	while (err == 0 && f->end > 0 && n == 0) {
		const off_t at = f->end > LINE_PART_BYTES ? f->end - LINE_PART_BYTES : 0;

		err = read_at(f, text, (size_t)(f->end - at), at, &len, ei);
		for (n = len; n > 0 && text[n - 1] != '\n';)
			n--;
		f->end = at + (off_t)n;
	}
	explicit_bzero(text, sizeof(text));
	if (err == 0 && f->end < end && ftruncate(f->fd, f->end) != 0)
		err = err_set(ei, ERR_IO, "cannot write %s: %s", f->path, strerror(errno));
	return err;
}

/* The head is written now, because later this process may be somebody who cannot open the folder.
 */
static int begin_lines(struct secrets_file *f, struct errinfo *ei)
{
	struct buf head;
	int err;

	buf_init(&head, HEAD_MAX_BYTES);
	err = make_head(&head, ei);
	if (err == 0)
		err = check_head(f, &head, ei);
	if (err == 0)
		err = f->end == 0 ? write_head(f, &head, ei) : cut_half_line(f, ei);
	buf_fini(&head);
	return err;
}

/* Until it is closed. Two that write would each go on where the other one does. A file that is
 * locked may be one that its maker has just removed. */
static int lock_file(struct secrets_file *f, struct errinfo *ei)
{
	struct stat st;
	int sys_errno = flock(f->fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;

	if (sys_errno == 0 && fstat(f->fd, &st) == 0 && st.st_nlink > 0) {
		f->end = st.st_size;
		return 0;
	}
	/* It is the other one's now. */
	f->is_made = false;
	if (sys_errno != 0 && sys_errno != EWOULDBLOCK)
		return err_set(ei, ERR_IO, "cannot lock %s: %s", f->path, strerror(sys_errno));
	return err_set(ei, ERR_EXISTS,
		       "another import writes its secrets to %s: name another file, or wait until "
		       "that one is over",
		       f->path);
}

static int open_path(struct secrets_file *f, struct errinfo *ei)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int err;

	f->fd = open(f->path, flags | O_CREAT | O_EXCL, 0600);
	f->is_made = f->fd >= 0;
	if (f->fd < 0 && errno == EEXIST)
		f->fd = open(f->path, flags);
	if (f->fd < 0)
		return err_set(ei, ERR_IO, "cannot write %s: %s", f->path, strerror(errno));
	err = check_file(f, ei);
	return err == 0 ? lock_file(f, ei) : err;
}

int secrets_file_open(const char *path, struct secrets_file **ret, struct errinfo *ei)
{
	struct secrets_file *f = calloc(1, sizeof(*f));
	int err;

	if (f == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	f->fd = -1;
	err = str_copy(f->path, sizeof(f->path), slice_of(path));
	if (err != 0)
		err_set(ei, err, "the path is too long: %s", path);
	if (err == 0)
		err = open_path(f, ei);
	if (err == 0)
		err = begin_lines(f, ei);
	if (err != 0)
		secrets_file_close(f);
	else
		*ret = f;
	return err;
}

void secrets_file_close(struct secrets_file *f)
{
	if (f == NULL)
		return;
	if (f->is_made && f->n == 0)
		unlink(f->path);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

static int make_line(const struct account *a, const char *secret, struct buf *line)
{
	struct buf hosts;

	buf_init(&hosts, LINE_MAX_BYTES);
	field_print(a, FIELD_HOSTS, &hosts);
	csv_add(line, true, a->user);
	csv_add(line, false, secret);
	csv_add(line, false, buf_str(&hosts));
	buf_addc(line, '\n');
	if (buf_err(&hosts) != 0)
		line->err = buf_err(&hosts);
	buf_fini(&hosts);
	return buf_err(line);
}

int secrets_file_add(struct secrets_file *f, const struct account *a, const char *secret,
		     struct errinfo *ei)
{
	struct buf line;
	int err;

	buf_init(&line, LINE_MAX_BYTES);
	err = make_line(a, secret, &line);
	if (err != 0)
		err_set(ei, err, "%s", err_str(err));
	else
		err = write_text(f, &line, ei);
	f->before = f->end;
	f->end += (off_t)line.len;
	f->n++;
	if (err != 0)
		secrets_file_take_back(f);
	buf_fini_secret(&line);
	return err;
}

/* What cannot be taken away is overwritten by the next line, or stays: then the last one of a login
 * counts. */
void secrets_file_take_back(struct secrets_file *f)
{
	f->end = f->before;
	f->n--;
	if (ftruncate(f->fd, f->end) == 0)
		fsync(f->fd);
}
