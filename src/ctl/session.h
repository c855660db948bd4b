/* SPDX-License-Identifier: BSD-2-Clause
 * One run of mooringctl: configuration, loop, store and zones, with the store's asynchronous verbs
 * turned into calls that return when they are done. */
#ifndef MOORING_CTL_SESSION_H
#define MOORING_CTL_SESSION_H

#include <uv.h>

#include "account/account.h"
#include "aws/aws_route53.h"
#include "base/err.h"
#include "ctl/args.h"
#include "dns/dns.h"
#include "ops/backends.h"
#include "store/store.h"

struct peppers;

struct session {
	uv_loop_t loop;
	bool has_loop;
	struct conf *conf;
	struct backends backends;
	struct peppers *peppers;    /* NULL: they were not read */
	struct errinfo peppers_why; /* why */
};

/* Reads the configuration and opens the store and the zones. As root it first becomes the owner of
 * an SQLite file, or of the folder that it will be in (made when it is missing), so that the daemon
 * can still write what this run leaves behind. Returns 0, or CTL_FAILED after a sentence on stderr;
 * session_close() either way. */
int session_open(struct session *s, const struct ctl_args *args);
/* The same step by step, with the sentence in ei; session_close() after each. */
int session_load(struct session *s, const struct ctl_args *args, struct errinfo *ei);
int session_open_store(struct session *s, struct errinfo *ei);
int session_open_zones(struct session *s, struct errinfo *ei);
void session_close(struct session *s);
/* The first part of session_open_store(): becomes the owner of an SQLite store. */
int session_become_owner(struct session *s, struct errinfo *ei);
/* The same, or the user of the service where the store is elsewhere, so that what this run does
 * fails as it would for the daemon. */
int session_become_daemon(struct session *s, struct errinfo *ei);

/* The keys of pepper-file; none of them where there is no such file configured. They are read
 * before the store is opened, as root is its owner then. ERR_*: they cannot be read. */
int session_peppers(struct session *s, const struct peppers **ret, struct errinfo *ei);

/* Runs the loop until *done, for calls that have no function of their own here. */
void session_run(struct session *s, const bool *done);

/* The calls of store/store.h; each returns when it is done. The caller frees *ret. */
int session_lookup(struct session *s, const char *user, struct account **ret, struct errinfo *ei);
int session_put(struct session *s, const struct account *a, enum store_put_mode mode,
		struct errinfo *ei);
int session_remove(struct session *s, const char *user, struct errinfo *ei);
/* As both are stored; ERR_CONFLICT: it has another one than old by now. */
int session_replace_secret(struct session *s, const char *user, const char *old, const char *secret,
			   struct errinfo *ei);
int session_rename(struct session *s, const char *user, const char *to, struct errinfo *ei);
int session_list(struct session *s, store_each_fn *each, void *arg, struct errinfo *ei);
/* Of a store that has claims. */
int session_list_claims(struct session *s, store_each_fn *each, store_claim_fn *claim, void *arg,
			struct errinfo *ei);
int session_claims_are_complete(struct session *s, bool *ret, struct errinfo *ei);
int session_set_claims_complete(struct session *s, struct errinfo *ei);
/* each is told once of all entries of a host from since_s on, the oldest first, which it borrows
 * for the call. ERR_INVAL: the store keeps none. */
typedef void session_history_fn(void *arg, const struct history_entry *entries, size_t n);
int session_read_history(struct session *s, const struct fqdn *host, int64_t since_s, int64_t now_s,
			 session_history_fn *each, void *arg, struct errinfo *ei);
/* The verbs of an update, for a repair: see store_intend() and store_confirm(). */
int session_intend(struct session *s, const char *user, const struct store_intent *intent,
		   struct errinfo *ei);
int session_confirm(struct session *s, const char *user, const struct store_confirm *c,
		    struct errinfo *ei);
/* Publishes one batch in a zone; returns when that is done. */
int session_submit(struct session *s, struct dns *dns, const struct dns_change *changes, size_t n,
		   struct errinfo *ei);

/* Sends n changes to a Route 53 zone as they are given, for records that no publisher makes. */
int session_change(struct session *s, const struct backend_zone *zone,
		   const struct aws_route53_change *changes, size_t n, struct errinfo *ei);
/* Runs the loop for so many milliseconds. */
void session_sleep(struct session *s, uint32_t ms);
/* The same, while a line on a terminal tells how much longer; of is what is waited for. */
void session_wait(struct session *s, const char *of, uint32_t ms);

/* The zone that name lies in, or NULL. */
const struct backend_zone *session_zone(const struct session *s, const struct fqdn *name);

#endif
