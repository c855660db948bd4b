/* SPDX-License-Identifier: BSD-2-Clause
 * What happened to a host: one entry for each change of its addresses, and, where the administrator
 * wants them, for what was refused or changed nothing. Values; never a secret. Pure. */
#ifndef MOORING_STORE_HISTORY_H
#define MOORING_STORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/fqdn.h"

enum {
	HISTORY_AGENT_MAX = 100,  /* bytes of a User-Agent; the rest is cut off */
	HISTORY_VERDICT_MAX = 15, /* bytes of the word that the client was told */
	/* Entries of one host that SQLite keeps, whatever their age: a client that has a password
	 * must not fill the disk. */
	HISTORY_HOST_MAX = 10000,
	/* Entries of one host in one month that DynamoDB takes, and of these, how many may be of
	 * what changed nothing. Of the longest ones, of some 520 bytes, the item has 130 KB
	 * (DynamoDB's limit: 400 KB); each write of it costs a unit for each KB. */
	HISTORY_MONTH_MAX = 250,
	HISTORY_MONTH_ATTEMPTS_MAX = 100,
	/* Entries in one write, and rows that one call removes: an update that comes meanwhile
	 * waits for a transaction of so many, on a slow disk too. */
	HISTORY_WRITE_MAX = 32,
	HISTORY_PRUNE_MAX = 64,
	HISTORY_BATCH_MAX = 25,		     /* the same of a remote store: of one host and month */
	HISTORY_READ_MAX = HISTORY_HOST_MAX, /* entries that one call reads */
};

struct history_entry {
	int64_t time_s; /* when the client was answered */
	struct fqdn host;
	char user[ACCOUNT_USER_MAX + 1]; /* whose account it was */
	struct addr_pair old;		 /* what the host had */
	struct addr_pair new;		 /* what it was to have; the same: no change */
	struct addr from;		 /* who asked */
	char verdict[HISTORY_VERDICT_MAX + 1];
	char agent[HISTORY_AGENT_MAX + 1]; /* "": it sent none */
};

/* Since when entries are kept for days. */
int64_t history_since_s(int64_t now_s, unsigned days);
/* Whether an address of the host became another one. */
bool history_is_change(const struct history_entry *e);

/* Copies n entries in the order of their times; those of one time stay in theirs. ERR_NOMEM. */
int history_sort(const struct history_entry *entries, size_t n, struct history_entry *ret);

/* Copies text of a client's, or of a row that a hand may have written, as far as there is room:
 * printable ASCII as it is, every other byte as '?'. */
void history_copy_text(char *out, size_t cap, struct slice text);
/* A login, which may be any printable UTF-8; one that is none as the text above. */
void history_copy_user(char *out, size_t cap, struct slice user);

/* How many seconds the host had had the address of that family which entry i took
 * from it, as the entries before tell, the oldest first. -1: they do not, or it took none. */
int64_t history_held_s(const struct history_entry *entries, size_t i, enum addr_family family);

#endif
