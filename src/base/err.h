/* SPDX-License-Identifier: BSD-2-Clause
 * Error codes and the one sentence that goes with them. Pure; used from every thread. */
#ifndef MOORING_BASE_ERR_H
#define MOORING_BASE_ERR_H

#include <stdbool.h>

/* Functions return 0 or one of these. Protocol verdicts (good, nochg, ...) are data, never errors.
 */
enum err {
	ERR_OK = 0,
	ERR_NOMEM = -1,	       /* an allocation failed */
	ERR_INVAL = -2,	       /* input that breaks its grammar */
	ERR_LIMIT = -3,	       /* a named limit was reached */
	ERR_NOTFOUND = -4,     /* no such account, table, zone, file */
	ERR_EXISTS = -5,       /* create refused: it is there already */
	ERR_CONFLICT = -6,     /* a compare-and-set lost against a newer value */
	ERR_DENIED = -7,       /* a permission is missing */
	ERR_REFUSED = -8,      /* the other side will never accept this very input */
	ERR_THROTTLED = -9,    /* the other side asks us to slow down */
	ERR_TIMEOUT = -10,     /* a deadline passed; the outcome of a write is unknown */
	ERR_UNAVAILABLE = -11, /* trouble that may pass: network, 5xx, credentials */
	ERR_PROTOCOL = -12,    /* the other side sent something that is not its protocol */
	ERR_IO = -13,	       /* a file or socket operation failed */
	ERR_CANCELED = -14,    /* the owner went away first */
};

enum { ERR_TEXT_MAX = 320 };

/* Where a function explains its failure. The caller owns it and zeroes it first (ERRINFO_INIT);
 * the first error wins, later ones are dropped. The text is one sentence without a newline and
 * never holds a secret. */
struct errinfo {
	int code;
	char text[ERR_TEXT_MAX];
};

#define ERRINFO_INIT                                                                               \
	{                                                                                          \
		.code = 0                                                                          \
	}

/* Records code and sentence in ei (NULL is allowed) unless one is recorded already; long text is
 * cut. Returns code, so that it can stand in a return statement. */
int err_set(struct errinfo *ei, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ei is as after ERRINFO_INIT: it takes the next error. */
void err_reset(struct errinfo *ei);

/* Trouble of the other side, or of the way to it, that may be over soon: it says nothing about what
 * was asked. */
bool err_is_passing(int code);

/* A short lower-case English phrase for the code; never NULL. */
const char *err_str(int code);

#endif
