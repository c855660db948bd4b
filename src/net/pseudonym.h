/* SPDX-License-Identifier: BSD-2-Clause
 * Pseudonyms: what stands in the log and in the history in the place of logins and addresses, where
 * the administrator wants that. One is always the same under one key, so that the lines of one
 * router are still seen to be of one; without the key nobody can tell whose they are, not even by
 * trying (HMAC-SHA-256). One setting of the process, as of the log; until it is made, and in
 * programs that never make it, everything stays as it is. Any thread.
 *
 * A login becomes "u-" and 12 hexadecimal digits. An address becomes one of its family that nobody
 * has: of 240.0.0.0/4 (RFC 1112 §4) or fc00::/8 (RFC 4193 §3.2, not defined), so that whatever
 * reads or stores an address still does. The network that limits go by (net/prefix.h) is replaced
 * by itself: two addresses of one network have pseudonyms of one. */
#ifndef MOORING_NET_PSEUDONYM_H
#define MOORING_NET_PSEUDONYM_H

#include <stdbool.h>

#include "base/log_line.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/prefix.h"

/* What is replaced, as bits. */
enum pseudonym_kinds {
	PSEUDONYM_NONE = 0,
	PSEUDONYM_LOGINS = 1,
	PSEUDONYM_ADDRESSES = 2,
	PSEUDONYM_ALL = PSEUDONYM_LOGINS | PSEUDONYM_ADDRESSES,
};

enum {
	PSEUDONYM_KEY_MIN = 32, /* bytes; as long as what it makes (RFC 2104 §3) */
	PSEUDONYM_KEY_MAX = 64, /* a block of SHA-256: more would be hashed first */
	PSEUDONYM_LOGIN_MAX = 16,
	/* A sentence with addresses in it, the longest of which takes the place of "::". */
	PSEUDONYM_TEXT_MAX = 1024,
};

/* From here on; before other threads start, and once more only in tests. The key is not used with
 * PSEUDONYM_NONE. Copies what it makes of the key. ERR_NOMEM. */
int pseudonym_setup(enum pseudonym_kinds kinds, struct slice key);

/* user itself, or out with its pseudonym. NULL stays NULL. */
const char *pseudonym_login(const char *user, char out[PSEUDONYM_LOGIN_MAX]);
/* The same for a login that is not a C string; p NULL stays so. */
struct slice pseudonym_login_slice(struct slice user, char out[PSEUDONYM_LOGIN_MAX]);
/* The login as str_printable() has it, or its pseudonym. Returns out; cap >= PSEUDONYM_LOGIN_MAX.
 */
const char *pseudonym_printable(char *out, size_t cap, struct slice user);

/* The address itself, or its pseudonym; of none, none. */
struct addr pseudonym_addr(const struct addr *a);
struct addr_pair pseudonym_pair(const struct addr_pair *a);
/* addr_format() and prefix_format() of that. A prefix keeps its length. Return out. */
const char *pseudonym_addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);
const char *pseudonym_prefix_format(const struct prefix *p, char out[PREFIX_TEXT_MAX]);
/* Whether a looks like the pseudonym of one. */
bool pseudonym_is_one(const struct addr *a);
/* An address that was stored: the same, but for one that is a pseudonym already. */
struct addr pseudonym_of_stored(const struct addr *a);

/* A sentence of somebody else's, a service's for example: text itself, or out with a pseudonym in
 * the place of each address. What does not fit is cut off. */
const char *pseudonym_sentence(const char *text, char out[PSEUDONYM_TEXT_MAX]);

/* The same of a sentence about that login ("": none), which may be in it, too; *keep, which may be
 * NULL, is an address of the configuration and stays. */
const char *pseudonym_said(const char *text, const char *user, const struct addr *keep,
			   char out[PSEUDONYM_TEXT_MAX]);

/* Fields of a log_event() (base/log.h); they last until the end of the caller's block. */
#define LOG_USER(user)	 log_str("user", pseudonym_login((user), (char[PSEUDONYM_LOGIN_MAX]){0}))
#define LOG_ADDR(key, a) log_str((key), pseudonym_addr_format((a), (char[ADDR_TEXT_MAX]){0}))
#define LOG_SENTENCE(key, text)                                                                    \
	log_str((key), pseudonym_sentence((text), (char[PSEUDONYM_TEXT_MAX]){0}))

#endif
