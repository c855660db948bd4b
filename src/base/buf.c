/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { BUF_FIRST = 64 };

void buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void buf_fini(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void buf_fini_secret(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_fini(b);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Not realloc(): it could leave a copy of a secret behind in freed memory. */
static int buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
	char *data;

	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	data = malloc(cap);
	if (data == NULL)
		return b->err = ERR_NOMEM;
	if (b->data != NULL) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = data;
	b->cap = cap;
	return 0;
}

/* Room for len more bytes and the NUL, or the sticky error. */
static int buf_reserve(struct buf *b, size_t len)
{
	if (b->err != 0)
		return b->err;
	if (len > b->max - b->len)
		return b->err = ERR_LIMIT;
	if (b->len + len + 1 > b->cap)
		return buf_grow(b, b->len + len + 1);
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	if (buf_reserve(b, len) != 0)
		return b->err;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return b->err = b->err != 0 ? b->err : ERR_INVAL;
	if (buf_reserve(b, (size_t)n) != 0)
		return b->err;
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int buf_add_base64(struct buf *b, const void *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const unsigned char *p = data;
	char four[4];
	size_t n;

	for (; len > 0; len -= n, p += n) {
		n = len < 3 ? len : 3;
		four[0] = digits[p[0] >> 2];
		four[1] = digits[(p[0] & 3) << 4 | (n > 1 ? p[1] >> 4 : 0)];
		four[2] = n > 1 ? digits[(p[1] & 15) << 2 | (n > 2 ? p[2] >> 6 : 0)] : '=';
		four[3] = n > 2 ? digits[p[2] & 63] : '=';
		buf_add(b, four, sizeof(four));
	}
	return b->err;
}

int buf_add_shell_word(struct buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._@+,:";

	if (*s != '\0' && s[strspn(s, plain)] == '\0')
		return buf_adds(b, s);
	buf_addc(b, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *s);
	return buf_addc(b, '\'');
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = buf_addv(b, fmt, ap);
	va_end(ap);
	return err;
}

int buf_err(const struct buf *b)
{
	return b->err;
}

const char *buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}
