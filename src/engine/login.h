/* SPDX-License-Identifier: BSD-2-Clause
 * Whose account is it, and is the password right? Fast comparisons are made at once, crypt(3) on a
 * worker thread. Every refusal costs the same reads, comparisons and hashes (engine/price.h):
 * whoever measures the time must not learn which logins exist. The rest of an account is read once
 * the password is right. Clients that fail often are braked (account/penalty.h). A refusal out of
 * memory is never final. Core thread. */
#ifndef MOORING_ENGINE_LOGIN_H
#define MOORING_ENGINE_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "account/penalty.h"
#include "engine/accounts.h"

struct addr;
struct login;
struct logins;
struct peppers;
struct query_credentials;
struct uv_loop_s;

struct logins_conf {
	unsigned max_hashes; /* that wait for crypt(3) or run */
	struct penalty_conf penalty;
	const struct peppers *peppers; /* borrowed; they may change. NULL: none */
};

/* loop and accounts are borrowed until logins_close(). ERR_NOMEM. */
int logins_new(struct uv_loop_s *loop, struct accounts *accounts, const struct logins_conf *conf,
	       struct logins **ret);
/* No login is left. Drops the hashes that no worker has begun; what one runs goes on alone. NULL is
 * fine, here and below. */
void logins_close(struct logins *ls);
/* Of one that is over. */
void logins_free(struct logins *ls);

enum login_verdict {
	LOGIN_RIGHT,
	LOGIN_WRONG,
	LOGIN_UNKNOWN, /* nobody can tell now, or which hosts the account has: 911 */
	LOGIN_BRAKED,  /* the client failed too often; whether it is right is not told: 911 */
};

struct login_found {
	enum login_verdict verdict;
	enum accounts_source source;
	struct account *account;  /* given to the callee; NULL unless the login is right */
	uint64_t read_at;	  /* the tick when the account's lookup began */
	enum penalty_brake brake; /* of LOGIN_BRAKED, */
	int64_t brake_left_ms;	  /* which holds so long */
};

struct login_events {
	/* The end of login_begin(), never from inside it. May end the login. */
	void (*found)(void *arg, const struct login_found *found);
	/* After login_end() said that it is busy: it has come back, and is freed. */
	void (*idle)(void *arg);
	void (*closed)(void *arg); /* the same, and the engine is closed */
};

/* One request's; credentials and client, its address, are borrowed until login_end(), events too.
 * ERR_NOMEM. */
int login_new(struct logins *ls, const struct query_credentials *credentials,
	      const struct addr *client, const struct login_events *events, void *arg,
	      struct login **ret);
/* Finds the account and checks the password; once that was right, reads the account in the store
 * again, and checks it again if the secret is another one. ERR_*: nothing was begun. */
int login_begin(struct login *l);
/* Nobody waits for it any more: frees it. False: it is busy, and freed later. NULL is fine. */
bool login_end(struct login *l);

#endif
