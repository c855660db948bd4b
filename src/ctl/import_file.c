/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl/import_csv.h"
#include "ctl/import_ddclient.h"
#include "ctl/import_dyndnsd.h"
#include "ctl/import_hosts.h"
#include "ctl/import_json.h"
#include "ctl/interrupt.h"

/* A quarter of a million accounts. */
enum { FILE_MAX = 64 * 1024 * 1024, READ_BYTES = 65536 };

static const struct {
	const char *name;
	const char *ending; /* of a file's name; NULL: none tells */
} formats[IMPORT_FORMATS] = {
	[IMPORT_CSV] = {"csv", ".csv"},
	[IMPORT_JSON] = {"json", ".json"},
	[IMPORT_DYNAMODB] = {"dynamodb", NULL},
	[IMPORT_DYNDNSD] = {"dyndnsd", ".yml"},
	[IMPORT_DDCLIENT] = {"ddclient", ".conf"},
	[IMPORT_HOSTS] = {"hosts", NULL},
};

enum import_format import_format_find(const char *name)
{
	enum import_format f = IMPORT_CSV;

	while (f < IMPORT_FORMATS && strcmp(name, formats[f].name) != 0)
		f++;
	return f;
}

static bool ends_with(const char *path, const char *ending)
{
	size_t len = strlen(path), n = strlen(ending);

	return len > n && strcmp(path + len - n, ending) == 0;
}

static int guess_format(const char *path, enum import_format *ret, struct errinfo *ei)
{
	enum import_format f;

	for (f = IMPORT_CSV; f < IMPORT_FORMATS; f++)
		if (formats[f].ending != NULL && ends_with(path, formats[f].ending)) {
			*ret = f;
			return 0;
		}
	if (ends_with(path, ".yaml")) {
		*ret = IMPORT_DYNDNSD;
		return 0;
	}
	return err_set(ei, ERR_INVAL,
		       "the name of the file does not tell what is in it: --format csv, json, "
		       "dynamodb, dyndnsd, ddclient or hosts does");
}

static int read_bytes(int fd, struct buf *text)
{
	char bytes[READ_BYTES];
	ssize_t n = 1;

	while (n != 0 && buf_err(text) == 0 && !interrupt_came()) {
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (n > 0)
			buf_add(text, bytes, (size_t)n);
	}
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

static int import_read_all(const char *path, struct buf *text, struct errinfo *ei)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0 || read_bytes(fd, text) != 0)
		err = err_set(ei, ERR_IO, "cannot read %s: %s", path, strerror(errno));
	else if (buf_err(text) == ERR_LIMIT)
		err = err_set(ei, ERR_LIMIT, "%s is larger than %d MiB: divide it", path,
			      FILE_MAX / 1024 / 1024);
	else if (buf_err(text) != 0)
		err = err_set(ei, ERR_NOMEM, "out of memory");
	else
		err = interrupt_check(ei);
	if (fd >= 0 && !is_stdin)
		close(fd);
	return err;
}

/* Where the text begins: some programs write the mark of UTF-8 before it (RFC 3629 §6). */
static char *behind_mark(const struct buf *file)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t len = sizeof(mark) - 1;

	return file->len >= len && memcmp(file->data, mark, len) == 0 ? file->data + len
								      : file->data;
}

/* A configuration of dyndnsd.rb may be either. */
static bool looks_like_json(struct slice text)
{
	text = slice_trim_start(text, STR_SPACE);
	return text.len > 0 && text.p[0] == '{';
}

static int read_text(struct import_list *l, enum import_format format, bool is_guessed,
		     struct buf *buf, struct errinfo *ei)
{
	char *start = behind_mark(buf);
	struct slice text = {start, (size_t)(buf->data + buf->len - start)};

	switch (format) {
	case IMPORT_CSV:
		return import_csv(l, start, text.len, ei);
	case IMPORT_JSON:
		return import_json(l, text, is_guessed ? IMPORT_JSON_ANY : IMPORT_JSON_EXPORT, ei);
	case IMPORT_DYNAMODB:
		return import_json(l, text, IMPORT_JSON_DYNAMODB, ei);
	case IMPORT_DYNDNSD:
		return looks_like_json(text) ? import_json(l, text, IMPORT_JSON_DYNDNSD, ei)
					     : import_dyndnsd(l, text, ei);
	case IMPORT_DDCLIENT:
		return import_ddclient(l, text, ei);
	case IMPORT_HOSTS:
		import_hosts(l, text);
		return 0;
	case IMPORT_FORMATS:
		break;
	}
	return err_set(ei, ERR_INVAL, "that is no format");
}

int import_file_read(struct import_list *l, const char *path, const char *format,
		     struct errinfo *ei)
{
	enum import_format f = IMPORT_FORMATS;
	struct buf text;
	int err = 0;

	if (format != NULL)
		f = import_format_find(format);
	else
		err = guess_format(path, &f, ei);
	if (err != 0)
		return err;
	buf_init(&text, FILE_MAX);
	err = import_read_all(path, &text, ei);
	if (err == 0 && memchr(buf_str(&text), '\0', text.len) != NULL)
		err = err_set(ei, ERR_INVAL, "%s is no text", path);
	if (err == 0 && text.len == 0)
		err = err_set(ei, ERR_INVAL, "%s is empty", path);
	if (err == 0)
		err = read_text(l, f, format == NULL, &text, ei);
	if (err == 0 && l->err != 0)
		err = err_set(ei, l->err, "out of memory");
	buf_fini_secret(&text);
	return err;
}
