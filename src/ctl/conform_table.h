/* SPDX-License-Identifier: BSD-2-Clause
 * The rows of tests/protocol/public.rows, as `mooringctl conformance` asks them. The README beside
 * that file says what its lines mean. Pure. */
#ifndef MOORING_CTL_CONFORM_TABLE_H
#define MOORING_CTL_CONFORM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "fetch/fetch.h"

enum { CONFORM_ROWS_MAX = 128, CONFORM_STEPS_MAX = 3, CONFORM_TEXT_MAX = 1024 };
/* The host to update, and a second one. */
enum { CONFORM_HOSTS_MAX = 2 };

enum conform_login { CONFORM_OWN, CONFORM_NOBODY, CONFORM_WRONG, CONFORM_EMPTY };

/* What of a reply is compared: a set. */
enum {
	CONFORM_STATUS = 1 << 0,
	CONFORM_WORDS = 1 << 1,
	CONFORM_WORD = 1 << 2,
	CONFORM_ADDRESS = 1 << 3,
	CONFORM_VERDICT = 1 << 4,
	CONFORM_BYTES = 1 << 5,
	CONFORM_HEADERS = 1 << 6,
	CONFORM_REFUSED = 1 << 7,
};

/* Texts are as they stand in the table: conform_fill() makes them what is sent. */
struct conform_lines {
	size_t n;
	struct slice at[FETCH_LINES_MAX];
};

struct conform_step {
	enum conform_login login;
	struct slice method;
	struct slice target;
	bool is_old; /* HTTP/1.0 */
	struct conform_lines head;
	struct slice body; /* p NULL: none */
	unsigned status;
	struct slice reply;
	struct conform_lines with;
	struct conform_lines without;
	unsigned judge;
};

/* The addresses of a host; empty: whatever it has. */
struct conform_state {
	struct slice v4;
	struct slice v6;
};

struct conform_row {
	struct slice rules;
	struct slice what;
	struct slice hurts;
	bool has_second; /* it needs the second host */
	struct conform_state before[CONFORM_HOSTS_MAX];
	struct conform_state after[CONFORM_HOSTS_MAX]; /* empty: as before */
	size_t n_steps;
	struct conform_step steps[CONFORM_STEPS_MAX];
};

/* The lines that this program was built with. */
extern const char *const conform_table_lines[];
extern const size_t conform_table_n_lines;

/* lines: without comments and empty ones; the rows borrow from them. ERR_INVAL with the line,
 * ERR_LIMIT. */
int conform_table_parse(const char *const *lines, size_t n, struct conform_row *rows, size_t cap,
			size_t *ret_n, struct errinfo *ei);

struct conform_names {
	const char *host;
	const char *second; /* NULL: there is none */
	const char *path;   /* instead of /nic/update; NULL: that */
};

/* text with the names and escapes replaced, and the path where it begins with it. ERR_LIMIT,
 * ERR_INVAL; out is "" then. */
int conform_fill(struct slice text, const struct conform_names *names, char *out, size_t cap);

#endif
