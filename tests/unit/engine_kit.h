/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of the engine: a clock and timers that the test turns, a DNS backend and a store that
 * misbehave as told, and updates written as a line of text. Linked with engine_link (engine.mk),
 * which puts the kit's clock, chance, timers and workers in the place of the real ones. */
#ifndef MOORING_TESTS_ENGINE_KIT_H
#define MOORING_TESTS_ENGINE_KIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "account/account.h"
#include "dns/dns.h"
#include "dns/pace.h"
#include "dyndns/reply.h"
#include "engine/engine.h"
#include "store/store.h"
#include "unit.h"

/* An assertion that allocates nothing while it holds: for where tests let allocations fail. */
#define KIT_CHECK(condition)                                                                       \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("%s", #condition);                                            \
	} while (0)

/* Time. Nothing waits: the clock jumps to what is due next. */

extern uv_loop_t kit_loop;
extern bool kit_real_workers; /* uv_queue_work() uses threads, as in the daemon */

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

/* crypt(3) was run so often, in verify_slow(), and the last time against this setting. */
extern unsigned kit_n_hashes;
extern char kit_hash_setting[ACCOUNT_SECRET_MAX + 1];
/* A setting that a test can pay, for that password. Valid until the next call. */
const char *kit_crypt(const char *password);

/* Values. */

struct fqdn kit_name(const char *text);
struct addr kit_addr(const char *text);
struct addr_pair kit_pair(const char *v4, const char *v6);

/* A DNS backend. */

enum { FAKE_RECORDS_MAX = 2048, FAKE_BATCHES_MAX = 8192, FAKE_SCRIPT_MAX = 64 };

struct fake_record {
	struct fqdn name;
	struct addr_pair addrs;
	bool is_kept, is_touched; /* of a reconciliation */
};

struct fake_dns {
	struct dns dns;
	struct dns_ops ops;
	struct fake_dns *zone; /* whose records it writes: its own, or shared with another */
	size_t n_records;
	struct fake_record records[FAKE_RECORDS_MAX];

	int64_t latency_ms;
	size_t n_script; /* errors of the next batches: > 0 is "refuse to start" with -it */
	int script[FAKE_SCRIPT_MAX];
	bool applies_errors; /* a TIMEOUT of the script was carried out all the same */
	struct pace *pace; /* optional; shared with others: each change costs 2, each batch waits */
	struct pace_ticket ticket;
	unsigned error_percent;		/* of random trouble */
	const char *poison;		/* a name that is never accepted ... */
	uint8_t poison_family;		/* ... ADDR_NONE: in neither family */
	void (*on_submit)(void *arg);	/* optional, before the batch is taken */
	void (*on_accepted)(void *arg); /* optional, before done is called */
	void *hook_arg;

	size_t n_batches; /* taken */
	size_t batch_len[FAKE_BATCHES_MAX];
	int64_t batch_ms[FAKE_BATCHES_MAX];
	bool is_busy;
	bool is_reconciling;
	unsigned n_reconciled;
	const struct dns_change *changes;
	size_t n_changes;
	dns_done_fn *done;
	void *arg;
};

struct fake_dns *fake_dns_new(size_t max_changes, bool is_volatile);
/* To be shared by several; borrowed. */
void fake_dns_set_pace(struct fake_dns *f, struct pace *pace);
void fake_dns_free(struct fake_dns *f);
/* "81.2.69.1,2a02::1" as the zone has it; "" for none. Valid until the next call. */
const char *fake_dns_get(const struct fake_dns *f, const char *name);

/* A store in front of another one. */

enum kit_verb { KIT_LOOKUP, KIT_INTEND, KIT_CONFIRM, KIT_LIST, KIT_VERSION, KIT_VERBS };

struct fault {
	unsigned n;	 /* so many calls */
	int err;	 /* fail with it; > 0: refuse to start with -err */
	bool is_applied; /* after having been carried out */
};

struct fault_store {
	struct store store;
	struct store *inner; /* borrowed */
	struct store_ops ops;
	struct fault faults[KIT_VERBS];
	unsigned error_percent;	  /* of random trouble, applied or not */
	uint32_t max_delay_ms;	  /* of each way, random; answers overtake each other */
	int64_t list_delay_ms;	  /* a listing is told so long after it was read */
	int64_t intend_delay_ms;  /* an intent, after it was stored */
	int64_t confirm_delay_ms; /* a confirmation */
	uint64_t restores;	  /* added to the epoch of the store */
	unsigned n_calls[KIT_VERBS];
	void (*on_call)(void *arg, enum kit_verb verb); /* optional, before it is carried out */
	void *hook_arg;
};

struct fault_store *fault_store_new(struct store *inner);
void fault_store_free(struct fault_store *f);

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
