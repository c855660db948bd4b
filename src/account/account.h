/* SPDX-License-Identifier: BSD-2-Clause
 * An account: one credential (a router's login) with the host names it may update and the state of
 * each. The same shape whatever store it comes from. Pure; core thread and store workers. */
#ifndef MOORING_ACCOUNT_ACCOUNT_H
#define MOORING_ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/bounds.h"
#include "base/err.h"
#include "net/addr.h"
#include "net/fqdn.h"
#include "net/interface_id.h"

enum { ACCOUNT_USER_MAX = 128 };   /* bytes of a login */
enum { ACCOUNT_SECRET_MAX = 512 }; /* bytes of a stored secret, a crypt(3) string included */
enum { ACCOUNT_HOSTS_MAX = 256 };  /* host names of one account */
/* Hosts of one account that have an interface id: an update may have to publish all of them, beside
 * those that it names. */
enum { ACCOUNT_INTERFACE_IDS_MAX = 64 };
/* RFC 8767 §4 has resolvers cap at a week. More than that in a table is something else: an epoch of
 * DynamoDB's own TTL, milliseconds. */
enum { ACCOUNT_TTL_MAX = 604800 };
enum { HOST_ZONE_MAX = 32 }; /* characters of a hosted zone's id (Route 53: ResourceId) */

enum account_quirk {
	ACCOUNT_NOCHG_AS_GOOD = 1, /* pfSense "Custom" compares the whole body with "good %IP%" */
	ACCOUNT_ERRORS_AS_4XX = 2, /* OPNsense and ddns-go take any 2xx for success */
	ACCOUNT_ONE_LINE = 4,	   /* pfSense "Custom" with several hosts: as above */
	ACCOUNT_ANY_HOSTNAME = 8,  /* a migrated router names the host that it had elsewhere */
	ACCOUNT_MAY_CLEAR = 16,	   /* "myip=0.0.0.0" and "offline=YES" take records away */
};

/* What of a stored account cannot be used. The first two make it malformed; what the others are
 * about is optional and was passed over, as if it were absent. */
enum account_flaw {
	ACCOUNT_FLAW_SECRET = 1, /* none that could be verified: nobody logs in; it may be "" */
	ACCOUNT_FLAW_HOSTS = 2,	 /* it may have more hosts than those that could be read */
	ACCOUNT_FLAW_TTL = 4,
	ACCOUNT_FLAW_DISABLED = 8,
	ACCOUNT_FLAW_QUIRKS = 16,
	ACCOUNT_FLAW_STATE = 32,	 /* of one host at least */
	ACCOUNT_FLAW_INTERFACE_IDS = 64, /* all of them, or one at least */
	ACCOUNT_FLAW_UNTIL = 128,
	ACCOUNT_FLAW_SOURCES = 256, /* none of them counts */
};

enum { ACCOUNT_MALFORMED = ACCOUNT_FLAW_SECRET | ACCOUNT_FLAW_HOSTS };

/* Of struct host_state's wanted_ms: a later moment always fits. */
#define HOST_WANTED_MAX (INT64_MAX / 2)

/* What is wanted for a host and what is published. seq counts the intents; pub is the seq that the
 * DNS backend accepted last: pub < seq means that a publication is owed. All zero: never updated.
 */
struct host_state {
	struct addr_pair want;
	uint64_t seq;
	uint64_t pub;
	int64_t time_s; /* wall clock of the last confirmed publication */
	/* When it is seq: that intent wants what was published before, and only publishes it once
	 * more. A number, because a program that does not know it leaves it behind. */
	uint64_t repeats;
	/* When it is seq: another account that has the name changed it after that intent, and what
	 * that account wants is in the zone. A number for the same reason. */
	uint64_t over;
	/* Of the last confirmed publication; a store of an earlier version does not know them. */
	uint32_t ttl;		      /* of the records; 0: not known */
	char zone[HOST_ZONE_MAX + 1]; /* the hosted zone that they are in; "": not known */
	/* What families that were cleared had before: host_state_gone(). */
	struct addr_pair gone;
	/* Wall clock in milliseconds when an update last asked for want. Whoever only publishes it
	 * once more, or in another one's place, leaves it as it is. 0: not known. */
	int64_t wanted_ms;
	/* When the first one did, with nothing else wanted in between: wanted_ms, or before it. */
	int64_t since_ms;
};

struct account_host {
	struct fqdn name;
	/* Where it is set, the host is behind the account's router, whose prefix it gets. */
	struct interface_id interface_id;
	struct host_state state;
	/* The store holds an older state, stored; the reader of the account knows that state is
	 * newer. */
	bool is_rolled_back;
	struct host_state stored;
	/* Another account with this name has published something else since; the reader knows, also
	 * where the store does not: host_state_is_over(). */
	bool is_overwritten;
};

/* What a store has brought of an account and has not read yet: store_read_rest() does. */
struct account_rest {
	void (*free)(struct account_rest *rest);
	int64_t asked_ms; /* when the store was asked for it; set by whoever asked */
};

struct account {
	char user[ACCOUNT_USER_MAX + 1];
	char *secret; /* as stored: clear text, "$sha256$...", or crypt(3); owned, wiped when freed
		       */
	uint32_t ttl; /* seconds; 0: the zone's default */
	bool disabled;
	struct bounds bounds;
	unsigned quirks; /* enum account_quirk, or-ed */
	size_t n_hosts;
	struct account_host *hosts; /* owned */
	unsigned flaws;		    /* enum account_flaw, or-ed; a store sets them */
	char *flaw_text;	    /* the first of them in a sentence, without the secret; owned;
				       NULL: none */
	/* Of the above only user, secret, disabled, bounds, and what of these is a flaw: all that a
	 * login needs. What else there is comes once the password is right. */
	bool is_partial;
	struct account_rest *rest; /* of a partial one; owned; NULL: it is to be looked up */
};

/* Another account that has the name was the last to change it. */
bool host_state_is_over(const struct host_state *s);

/* As a store has them: what is out of range is not known. */
void host_state_set_moments(struct host_state *s, int64_t wanted_ms, int64_t since_ms);

/* The addresses whose records are still to be deleted. A program that does not know gone leaves it
 * behind: it counts while the state is owed, and for families that are not wanted. */
struct addr_pair host_state_gone(const struct host_state *s);

/* A login: 1..ACCOUNT_USER_MAX bytes of printable UTF-8 without ':' (RFC 7617) and control
 * characters. ERR_INVAL with the sentence otherwise. */
int account_check_user(struct slice user, struct errinfo *ei);

/* An empty account; the caller frees it. ERR_INVAL, ERR_NOMEM. */
int account_new(struct slice user, struct account **ret, struct errinfo *ei);
/* NULL is fine. */
void account_free(struct account *a);
/* A deep copy, but of what has been read: rest has one owner. ERR_NOMEM. */
int account_copy(const struct account *a, struct account **ret);
/* A partial copy, which costs the same for one host and for hundreds. ERR_NOMEM. */
int account_copy_credential(const struct account *a, struct account **ret);

/* Replaces the stored secret by a copy: that is no flaw any more. ERR_INVAL when empty, not
 * printable or too long, and a crypt(3) string that is too slow to be checked here (hash_cost.h).
 * Else one is taken by its form; secret_is_whole() tells more. */
int account_set_secret(struct account *a, struct slice stored, struct errinfo *ei);
/* Decimal text, as the original's table stores it. */
int account_set_ttl(struct account *a, struct slice decimal, struct errinfo *ei);
/* Adds a host name; a bare label is completed with zone (NULL: refused). ERR_EXISTS when it is
 * there already, ERR_LIMIT above ACCOUNT_HOSTS_MAX. *ret (may be NULL) is borrowed until the next
 * change. */
int account_add_host(struct account *a, struct slice name, const struct fqdn *zone,
		     struct account_host **ret, struct errinfo *ei);
/* Gives host, which is one of a's, an interface id. ERR_LIMIT: ACCOUNT_INTERFACE_IDS_MAX others
 * have one. */
int account_set_interface_id(struct account *a, struct account_host *host,
			     const struct interface_id *id, struct errinfo *ei);
/* How many hosts have one. */
size_t account_interface_ids(const struct account *a);
/* NULL when the account does not have it. Borrowed until the next change. */
struct account_host *account_find_host(const struct account *a, const struct fqdn *name);
/* False: the account does not have it for sure. Only then may a record of it be deleted. */
bool account_may_have_host(const struct account *a, const struct fqdn *name);
/* True when there was one to remove. */
bool account_drop_host(struct account *a, const struct fqdn *name);

/* One sentence; long text is cut. ERR_NOMEM. */
int account_add_flaw(struct account *a, enum account_flaw flaw, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* That part of the account is about to be replaced by what is wanted. */
void account_mend(struct account *a, enum account_flaw flaw);

/* "nochg-as-good" -> its bit; 0 for an unknown word (the caller logs it). */
unsigned account_quirk_parse(struct slice word);
const char *account_quirk_name(enum account_quirk q);
/* The i-th quirk that there is, in a fixed order; 0: there are no more. */
unsigned account_quirk_at(size_t i);

#endif
