/* SPDX-License-Identifier: BSD-2-Clause
 * A growable byte buffer with a mandatory maximum and a sticky error. Pure; any thread. */
#ifndef MOORING_BASE_BUF_H
#define MOORING_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

/* data is NUL-terminated whenever it is not NULL, the NUL not counted in len. After the first
 * failure err holds ERR_NOMEM or ERR_LIMIT, and every later append does nothing: append freely,
 * ask buf_err() once at the end. */
struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
	int err;
};

/* Makes b empty; it will never hold more than max bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Frees the bytes; b must be initialised again before use. A zeroed struct is fine. */
void buf_fini(struct buf *b);
/* As buf_fini(), and overwrites the bytes first: for secrets. Growth wipes what it leaves too. */
void buf_fini_secret(struct buf *b);
/* Forgets the content and the error, keeps the memory. */
void buf_reset(struct buf *b);

/* Each appends, or sets the sticky error; all return b->err. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_addc(struct buf *b, char c);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* RFC 4648 §4, with padding. */
int buf_add_base64(struct buf *b, const void *data, size_t len);
/* As one word of the shell, in quotes where it needs them. */
int buf_add_shell_word(struct buf *b, const char *s);

/* 0, ERR_NOMEM or ERR_LIMIT. */
int buf_err(const struct buf *b);
/* The content as a C string, "" when nothing was added. Borrowed until the next change. */
const char *buf_str(const struct buf *b);

#endif
