/* SPDX-License-Identifier: BSD-2-Clause
 * One row for each host, from what the daemon says, from what the store says, or from both. Pure:
 * time is an argument. */
#ifndef MOORING_CTL_STATUS_ROWS_H
#define MOORING_CTL_STATUS_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "base/err.h"
#include "store/store.h"

struct buf;

/* A host that was not asked for in so many seconds is told to be silent. Most routers ask every few
 * minutes, and those that ask only about changes once in a while all the same. */
enum { STATUS_SILENT_S = 7 * 24 * 60 * 60 };

/* Every change waits for its publisher for a moment: for those that go with it, and for the pace at
 * which Route 53 takes calls. One that has waited for longer than this is in trouble, even if no
 * attempt has failed. */
enum { STATUS_WAIT_S = 60 };

enum status_state {
	STATUS_STATE_UNKNOWN,
	STATUS_STATE_NEVER, /* no update was ever accepted */
	STATUS_STATE_PUBLISHED,
	STATUS_STATE_QUEUED,
	STATUS_STATE_UNSTORED,
	STATUS_STATE_OWED,
};

struct status_row {
	struct fqdn host;
	char user[ACCOUNT_USER_MAX + 1];
	enum status_state state;
	struct addr_pair addrs;
	int64_t published_s, since_s, asked_s, waits_since_s; /* wall clock; 0: not known */
	bool is_route53;				      /* waits for it */
	char why[ERR_TEXT_MAX];
	struct addr from;
	char agent[STORE_AGENT_MAX + 1];
	bool is_asked_later; /* perhaps: what is known is that an update asked for it then */
	bool is_stored;	     /* the store has it, too */
	bool has_lan_id;     /* it is behind the account's router, which asks for it */
};

struct status_rows {
	size_t n, cap;
	size_t n_sorted;       /* the first ones, among which is searched */
	struct status_row *at; /* owned */
	int err;	       /* ERR_NOMEM: rows are missing */
};

/* Zeros are fine. */
void status_rows_fini(struct status_rows *r);
/* What the daemon says of hosts. A line that is not understood is left out. */
void status_rows_add_lines(struct status_rows *r, const json_t *hosts);
/* Sorted by login and name, for the next ones. */
void status_rows_sort(struct status_rows *r);
/* What the store says: of hosts that have a row, what that lacks; else a new row, which is found
 * once they are sorted again. */
void status_rows_add_account(struct status_rows *r, const struct account *a);
void status_rows_add_seen(struct status_rows *r, const struct store_seen *seen, int64_t now_s);
/* An update asked for it then, which is later than what is known: nobody has kept whether it was
 * asked for once more since. What is in a time to come is no such moment. from, agent: not set,
 * "": not known. */
void status_row_take_asked(struct status_row *row, int64_t time_s, int64_t now_s,
			   const struct addr *from, const char *agent);
/* That of each host, where more is not known: when an update asked for what it has. */
void status_rows_take_since(const struct status_rows *r, int64_t now_s);
/* The store was read to its end: hosts that it does not have, and that nothing is under way for,
 * are no more. */
void status_rows_keep_stored(struct status_rows *r);
/* All but this one. */
void status_rows_keep_host(struct status_rows *r, const struct fqdn *host);
/* Those in trouble first, then those that are silent, then those that were never asked for, then
 * all others; among them by name. */
void status_rows_order(struct status_rows *r, int64_t now_s);

/* The daemon, or the store, cannot do for this host what it should. A change that is simply under
 * way is no trouble. */
bool status_row_is_in_trouble(const struct status_row *row, int64_t now_s);
/* Nothing is under way for it, and nobody has asked for long. */
bool status_row_is_silent(const struct status_row *row, int64_t now_s);
/* "published", "silent for 9 days", ... */
void status_row_put_state(const struct status_row *row, int64_t now_s, struct buf *out);
/* "4 min", "3 h", "9 days". */
void status_put_age(int64_t seconds, struct buf *out);
/* Null where there is none. */
void status_set_addr(json_t *o, const char *key, const struct addr *a);
/* NULL: out of memory. */
json_t *status_row_json(const struct status_row *row, int64_t now_s);

#endif
