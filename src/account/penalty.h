/* SPDX-License-Identifier: BSD-2-Clause
 * The brake on guessing passwords. Each failure is a penalty of some seconds for the client, and
 * for the client at this login; penalties add up and run down with time, as those of OpenSSH's
 * PerSourcePenalties do. A login is never locked out for other clients. A client is an IPv4 address
 * or an IPv6 /56 (net/prefix.h). Pure; core thread. */
#ifndef MOORING_ACCOUNT_PENALTY_H
#define MOORING_ACCOUNT_PENALTY_H

#include <stdbool.h>
#include <stdint.h>

struct addr;
struct penalties;

enum {
	/* Failures at once before the brake holds. Behind one address may be the routers of a whole
	 * neighbourhood, at one login there is one. */
	PENALTY_CLIENT_FAILURES = 20,
	PENALTY_LOGIN_FAILURES = 5,
	/* Clients, and clients at a login, that are remembered, of 16 bytes each. */
	PENALTY_CLIENTS = 65536,
	PENALTY_LOGINS = 65536,
};

/* A client that had a login's password right keeps this for so long: a router that sends once a day
 * is known the next day. */
#define PENALTY_KNOWN_MS (INT64_C(48) * 3600 * 1000)

struct penalty_conf {
	int64_t failure_ms; /* of each failure; 0: there is no brake */
	int64_t max_ms;	    /* of all of them; 0: there is no brake */
};

enum penalty_brake {
	PENALTY_NONE,
	PENALTY_CLIENT, /* it failed at several logins */
	PENALTY_LOGIN,	/* it failed at this one; maybe at others, too */
};

/* How a client stands with a login. */
struct penalty_view {
	uint64_t client; /* keyed hashes: of the client, */
	uint64_t login;	 /* and of both */
	enum penalty_brake brake;
	int64_t left_ms; /* until it does not hold any more */
	bool is_known;	 /* it had the password right in the last PENALTY_KNOWN_MS */
};

/* key is random per process. ERR_NOMEM. */
int penalties_new(const struct penalty_conf *conf, const uint64_t key[2], struct penalties **ret);
/* NULL is fine. */
void penalties_free(struct penalties *p);

/* now_ms is monotonic, here and below. */
void penalties_look(const struct penalties *p, const struct addr *client, const char *user,
		    int64_t now_ms, struct penalty_view *ret);
/* A password was compared, and is wrong. */
void penalties_fail(struct penalties *p, const struct penalty_view *v, int64_t now_ms);
/* It is right. */
void penalties_know(struct penalties *p, const struct penalty_view *v, int64_t now_ms);

#endif
