/* SPDX-License-Identifier: BSD-2-Clause
 * The lines of the status socket: a request is read, and the lines of its answer are written. What
 * they say is documented in docs/STATUS.md. Pure; time is an argument. */
#ifndef MOORING_OPS_STATUS_LINES_H
#define MOORING_OPS_STATUS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "net/fqdn.h"

struct buf;
struct view_host;

enum {
	STATUS_PROTOCOL = 1,	  /* a number that changes with what old readers cannot read */
	STATUS_REQUEST_MAX = 512, /* bytes of a request without its newline */
	/* Of a line of a host: a login, a name, two addresses, a sentence and an agent, each byte
	 * escaped. */
	STATUS_LINE_MAX = 8192,
	STATUS_REASONS_MAX = 16,
	STATUS_CONNECTIONS_MAX = 8, /* one more is closed at once */
};

struct status_request {
	struct fqdn host; /* of this one alone; empty: of all */
};

/* ERR_INVAL with a sentence for who asked: it is no request, or not one of this version. */
int status_request_parse(struct slice line, struct status_request *ret, struct errinfo *ei);

/* The first line of an answer. Strings are borrowed. */
struct status_head {
	const char *version;
	int64_t pid;
	int64_t now_s, started_s;
	size_t n_reasons; /* why updates are not welcome, the words of /readyz */
	const char *reasons[STATUS_REASONS_MAX];
	uint64_t queued;  /* changes that no publisher has accepted yet */
	bool is_complete; /* every host of the store has a line */
	bool is_kept;	  /* what was seen is kept across restarts */
	/* For the administrator's targets: that this daemon knows of, and whether they die with it.
	 */
	uint64_t notices_waiting, notices_dead;
	bool are_notices_unkept;
	int64_t notices_looked_s; /* when the store was read for them; 0: not yet */
};

/* Each adds a line with its newline, or sets the buffer's error. */
void status_put_head(struct buf *b, const struct status_head *head);
void status_put_host(struct buf *b, const struct view_host *h, int64_t now_s);
void status_put_end(struct buf *b, uint64_t n_hosts);
void status_put_error(struct buf *b, const char *sentence);

#endif
