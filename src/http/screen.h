/* SPDX-License-Identifier: BSD-2-Clause
 * Judges request heads byte by byte, before libmicrohttpd sees them: what is refused is decided
 * here, alike for all of its versions, and it never has reason to answer by itself. Pure. Pool
 * threads. Private to http/.
 *
 * Bytes pass through screen_filter() on their way from the connection. At the first one that is
 * wrong, the rest of the stream is dropped, and what libmicrohttpd has of this head is completed to
 * a harmless one: it calls the handler, which finds the verdict here and answers. */
#ifndef MOORING_HTTP_SCREEN_H
#define MOORING_HTTP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCREEN_HEAD_MAX = 16 * 1024, /* bytes */
	SCREEN_FIELDS_MAX = 100,     /* header lines */
	/* RFC 9112 §2.2 wants one at least to be ignored before a request: some clients end a form
	 * with a line end too many. */
	SCREEN_EMPTY_LINES_MAX = 64,
	SCREEN_BODY_MAX = 4096, /* bytes of a form; equals QUERY_PARAMS_MAX */
	SCREEN_TARGET_MAX = 96, /* bytes that are remembered: any path that means something */
	SCREEN_WORD_MAX = 18,	/* "transfer-encoding" and a NUL */
	SCREEN_ENDING_MAX = 40, /* "\nHEAD x HTTP/1.0\r\nHost: x\r\n\r\n" */
	/* The most bytes and header lines of one request that libmicrohttpd is shown, without the
	 * body: those of a refused one are completed by an ending, which may add a Host. */
	SCREEN_PASSED_MAX = 2 * SCREEN_EMPTY_LINES_MAX + SCREEN_HEAD_MAX + SCREEN_ENDING_MAX,
	SCREEN_PASSED_FIELDS_MAX = SCREEN_FIELDS_MAX + 1,
	/* libmicrohttpd splits a query into pieces that take its memory, hundreds of bytes for each
	 * '&', and refuses what has too many. So it is shown none: this stands for each '?' of a
	 * target, where it may not be otherwise. */
	SCREEN_QUESTION_MARK = 0x7f,
};

enum screen_verdict {
	SCREEN_OK,
	SCREEN_BAD,	       /* 400 */
	SCREEN_BODY_TOO_LARGE, /* 413: its Content-Length says so */
	SCREEN_HEAD_TOO_LARGE, /* 431 */
	SCREEN_VERSION,	       /* 505 */
};

/* Zeroed at the connection's beginning. Other files read the first five members only. */
struct screen {
	enum screen_verdict verdict; /* about the last of heads; nothing comes after a bad one */
	unsigned heads;		     /* begun on this connection */
	uint8_t target_len;
	char target[SCREEN_TARGET_MAX]; /* the beginning of the last head's, as it was sent */
	size_t owed_len;		/* of the ending, not delivered yet: screen_owed() */
	uint8_t state, field;
	uint8_t word_len; /* of a method, version or header name; no longer than the array */
	uint8_t lines;	  /* empty ones before the request */
	bool is_head;	  /* the method, once it is whole */
	bool hosts, lengths, authorizations;
	bool needs_host;   /* HTTP/1.1 or above */
	bool length_ended; /* a blank follows the Content-Length */
	unsigned length_digits, fields, head_len, body_left;
	char word[SCREEN_WORD_MAX];
	char ending[SCREEN_ENDING_MAX];
};

/* Judges the next len bytes of the connection, in buf, which has room for cap. Returns how many
 * bytes of buf libmicrohttpd is to see: fewer than len if some are left out, more if an ending was
 * added, 0 if there is nothing for it. */
size_t screen_filter(struct screen *s, char *buf, size_t len, size_t cap);
/* Copies the next bytes of an ending that did not fit before; returns how many. To be called
 * instead of reading from the connection while owed_len > 0. */
size_t screen_owed(struct screen *s, char *buf, size_t cap);

/* Wipes what is remembered of a head that is over, unless the next one has begun: its target may
 * hold a password. */
void screen_forget(struct screen *s);

#endif
