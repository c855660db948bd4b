/* SPDX-License-Identifier: BSD-2-Clause
 * Asks a stranger's server the rows of the table, no faster than it was told to, and knows
 * what addresses it has left there. Blocks. */
#ifndef MOORING_CTL_CONFORM_SERVER_H
#define MOORING_CTL_CONFORM_SERVER_H

#include <stdint.h>

#include "base/buf.h"
#include "ctl/conform_table.h"
#include "net/addr.h"

/* More than the table needs if every row has to be prepared anew; and what somebody waits for. */
enum { CONFORM_REQUESTS_MAX = 250, CONFORM_TIME_MAX_MS = 15 * 60 * 1000 };
enum { CONFORM_BASE_MAX = 300 };

struct conform_server {
	char base[CONFORM_BASE_MAX]; /* scheme and authority */
	char path[CONFORM_BASE_MAX]; /* "": /nic/update */
	struct conform_names names;  /* borrowed, but for path */
	const char *user;	     /* borrowed, as is password */
	const char *password;
	const char *cacert;
	unsigned rate; /* requests a second */
	unsigned n_requests;
	unsigned n_silent; /* in a row without a reply */
	int64_t started_ms;
	int64_t last_ms;
	/* What the hosts have, as far as this side knows; ADDR_NONE: not known. */
	struct addr_pair known[CONFORM_HOSTS_MAX];
	bool is_touched[CONFORM_HOSTS_MAX];
	bool is_ending; /* what is asked now puts things back: a signal came, or a limit was met */
};

enum conform_result { CONFORM_PASSES, CONFORM_DEVIATES, CONFORM_UNJUDGED };

/* url: scheme, authority, and a path where it is not /nic/update. ERR_INVAL with a sentence.
 * Zeroes s; the caller sets the rest. */
int conform_server_init(struct conform_server *s, const char *url, struct errinfo *ei);

/* Prepares and asks one row. found: what deviates, or why it cannot be judged; the texts of others
 * in it are printable. An error says that nothing more may be asked: ERR_REFUSED (the first
 * update, or its login), ERR_THROTTLED, ERR_LIMIT, ERR_CANCELED, ERR_UNAVAILABLE. */
int conform_server_ask(struct conform_server *s, const struct conform_row *row,
		       enum conform_result *ret, struct buf *found, struct errinfo *ei);

/* Gives a host an address. 0; ERR_REFUSED with the server's words; and as above. */
int conform_server_set(struct conform_server *s, int host, const struct addr *addr,
		       struct errinfo *ei);

/* What is asked from now on puts things back: neither a signal nor a limit stops it. */
void conform_server_end(struct conform_server *s);

#endif
