/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of the engine: a clock and timers that the test turns, a DNS backend and a store that
 * misbehave as told, and updates written as a line of text. Linked with engine_link (engine.mk),
 * which puts the kit's clock, chance, timers and workers in the place of the real ones. */
#ifndef MOORING_TESTS_KIT_ENGINE_KIT_H
#define MOORING_TESTS_KIT_ENGINE_KIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "account/account.h"
#include "dns/dns.h"
#include "dyndns/reply.h"
#include "engine/engine.h"
#include "store/store.h"
#include "kit/fake_dns.h"
#include "kit/fault_store.h"
#include "kit/unit.h"
#include "kit/values.h"

/* An assertion that allocates nothing while it holds: for where tests let allocations fail. */
#define KIT_CHECK(condition)                                                                       \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("%s", #condition);                                            \
	} while (0)

/* Time. Nothing waits: the clock jumps to what is due next. */

extern uv_loop_t kit_loop;
extern bool kit_real_workers; /* uv_queue_work() uses threads, as in the daemon */
extern bool kit_no_workers;   /* uv_queue_work() fails */

typedef void kit_fn(void *arg);
typedef bool kit_until_fn(void *arg);

void kit_open(void);
/* Runs the loop until it is empty and closes it: everything was closed by the test. */
void kit_close(void);
int64_t kit_now_ms(void);
/* Calls fn in ms of the kit's time. */
void kit_after(int64_t ms, kit_fn *fn, void *arg);
/* Everything that is due now; the clock stands still. */
void kit_settle(void);
/* Turns the clock until until(arg); fails the test when an hour passes, or when nothing is left
 * that could happen. */
void kit_run(kit_until_fn *until, void *arg);
void kit_advance(int64_t ms);
/* A small generator, so that a failing seed can be named. */
void kit_seed(uint64_t seed);
uint32_t kit_random(uint32_t below);
/* An error that passes. */
int kit_trouble(void);

/* Passwords. */

/* crypt(3) was run so often, in password_check_slow(), and the last time against this setting. */
extern unsigned kit_n_hashes;
extern char kit_hash_setting[ACCOUNT_SECRET_MAX + 1];
/* A setting that a test can pay, for that password. Valid until the next call. */
const char *kit_crypt(const char *password);

/* Accounts. */

/* hosts are separated by blanks. Replaces an account of that login. */
void kit_put_account(struct store *s, const char *user, const char *secret, const char *hosts);
/* The same, of an account that may not log in. */
void kit_put_disabled(struct store *s, const char *user, const char *secret, const char *hosts);
void kit_remove_account(struct store *s, const char *user);
struct host_state kit_state(struct store *s, const char *user, const char *host);
/* As a script reads and writes it: the account as it is now, which the caller frees, and an account
 * that takes the place of the stored one, its state included. */
struct account *kit_read_account(struct store *s, const char *user);
void kit_rewrite_account(struct store *s, const struct account *a);
/* As if another daemon wrote it. */
int kit_intend(struct store *s, const char *user, const char *host, uint64_t expect_seq,
	       const char *v4);

/* The same: v4 is no longer wanted, and to be deleted. */
int kit_clear(struct store *s, const char *user, const char *host, const char *v4);

/* Updates. */

struct kit_update {
	struct engine_request request;
	unsigned n_answers;
	int64_t asked_ms, answered_ms;
	char text[DYNDNS_BODY_MAX];		 /* lines joined by ';' */
	void (*on_answer)(struct kit_update *u); /* optional */
	void *hook_arg;
};

/* query as in a URL; the peer is 81.2.69.99. */
void kit_prepare(struct kit_update *u, const char *user, const char *password, const char *query);
/* u stays where it is until answered. */
void kit_send(struct engine *e, struct kit_update *u);
/* Both. */
void kit_ask(struct engine *e, struct kit_update *u, const char *user, const char *password,
	     const char *query);
/* Waits for the answer and compares. */
void kit_expect(struct kit_update *u, const char *text);
bool kit_is_answered(void *update);
/* kit_ask() and kit_expect(). */
void kit_update(struct engine *e, const char *user, const char *password, const char *query,
		const char *text);

/* Engines. */

enum { KIT_DEADLINE_MS = 8000, KIT_SYNC_MS = 2000, KIT_SETTLE_MS = 30000, KIT_TTL = 60 };

/* A zone dyn.example.com published by dns. */
struct engine_conf kit_conf(struct dns *dns);
/* Made and started. */
struct engine *kit_engine(const struct engine_conf *conf, struct store *s);
/* Drains and closes. */
void kit_stop(struct engine *e);
/* Until nothing is queued and all is answered. */
void kit_rest(struct engine *e);

#endif
