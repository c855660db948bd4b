/* SPDX-License-Identifier: BSD-2-Clause
 * The whole engine without HTTP in front of it, for script/bench: a real loop, real time, accounts
 * in the memory store, and a DNS backend that takes a moment for each batch, as Route 53 does.
 *
 *	engine WAITERS SECONDS
 *	engine sizes		prints the sizes of what an update is made of, as JSON
 *
 * WAITERS accounts change their address in a zone whose backend does not answer. Meanwhile others
 * ask, each again as soon as it is answered: for SECONDS, such as change theirs in a second zone,
 * as many as one batch holds, together with such as ask for the one they have; for SECONDS more,
 * such as change theirs in a third zone, whose backend takes every batch at once. Then the first
 * zone's backend answers, and takes every further batch at once, too. Prints its figures as one
 * line of JSON; log lines go to stderr, one an update. Any answer but the expected one ends the run
 * with status 1. */
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "account/account.h"
#include "account/secret.h"
#include "base/mailbox.h"
#include "dyndns/reply.h"
#include "engine/engine.h"
#include "store/memory.h"
#include "store/store.h"
#include "kit.h"
#include "slow_dns.h"

enum { WAITERS_MAX = 1000000, SECONDS_MAX = 600 };
/* About what a call of ChangeResourceRecordSets takes. */
enum { BATCH_MS = 150 };
/* Who asks again as soon as it is answered. */
enum { CHANGERS = SLOW_DNS_CHANGES - 10, ASKERS = 32 };
/* Updates that come in one turn of the loop while nothing is measured. */
enum { AT_ONCE = 1000 };
enum { POLL_MS = 5, TTL = 60, ACCOUNT_CACHE = 10000, HOUR_MS = 3600000 };
enum { LATENCIES_MAX = 8 << 20 };

static const char password[] = "the-secret-of-the-benchmark";

/* Accounts that do the same thing, one update under way each. Each comes by the mailbox, as from
 * the threads of HTTP. */
struct client {
	struct mail mail; /* first: the mailbox gives it back */
	struct engine_request request;
	struct group *group;
	uint64_t asked_ns;
};

struct group {
	char letter; /* of its logins */
	const char *zone;
	bool changes;
	bool goes_on; /* asks again when it is answered */
	unsigned n;
	unsigned n_asked, n_answered;
	struct latencies latencies; /* while they are wanted */
	struct client *clients;
};

static struct {
	uv_loop_t loop;
	uv_timer_t poll;
	struct mailbox *mailbox;
	struct store *store;
	struct engine *engine;
	struct slow_dns held, slow, fast;
	struct engine_zone zones[3];
	struct group waiters, changers, askers, sprinters;
	unsigned seconds;
	uint64_t bytes; /* allocated before the waiters came */
} run = {
	.waiters = {.letter = 'w', .zone = "held.example.com", .changes = true},
	.changers = {.letter = 'c', .zone = "slow.example.com", .changes = true, .n = CHANGERS},
	.askers = {.letter = 'a', .zone = "slow.example.com", .n = ASKERS},
	.sprinters = {.letter = 's', .zone = "fast.example.com", .changes = true, .n = ASKERS},
};

/* A timer in this turn may have been all that was waited for: another one ends it soon. */
static void turn(void)
{
	uv_run(&run.loop, UV_RUN_ONCE);
}

static void on_poll(uv_timer_t *timer)
{
	(void)timer;
}

/* Accounts. Every host is published already, an hour ago. */

static struct addr address(unsigned i)
{
	struct addr a = {.family = ADDR_V4, .bytes = {81, (uint8_t)(i >> 16), (uint8_t)(i >> 8)}};

	a.bytes[3] = (uint8_t)i;
	return a;
}

static void on_put(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	if (err != 0)
		die("the store does not take an account");
	++*(unsigned *)arg;
}

static void put_account(const struct group *g, unsigned i, const char *secret, unsigned *n_put)
{
	struct account_host *host;
	struct account *a;
	char text[64];

	snprintf(text, sizeof(text), "%c%06u", g->letter, i);
	if (account_new(slice_of(text), &a, NULL) != 0 ||
	    account_set_secret(a, slice_of(secret), NULL) != 0)
		die("no account can be made");
	snprintf(text, sizeof(text), "%c%06u.%s", g->letter, i, g->zone);
	if (account_add_host(a, slice_of(text), NULL, &host, NULL) != 0)
		die("no host can be made");
	host->state = (struct host_state){
		.want = {.v4 = address(i)}, .seq = 1, .pub = 1, .time_s = time(NULL) - 3600};
	if (store_put(run.store, a, STORE_CREATE, on_put, n_put) != 0)
		die("the store does not take an account");
	account_free(a);
}

static void prepare_client(struct group *g, unsigned i)
{
	struct client *c = &g->clients[i];
	struct dyndns_query *q = &c->request.query;

	c->group = g;
	snprintf(c->request.credentials.user, sizeof(c->request.credentials.user), "%c%06u",
		 g->letter, i);
	memcpy(c->request.credentials.password, password, sizeof(password));
	c->request.credentials.password_len = sizeof(password) - 1;
	q->hosts_kind = QUERY_HOSTS_ABSENT;
	q->address_kind = QUERY_ADDRESS_GIVEN;
	q->addrs.v4 = address(i);
	c->request.peer = address(i);
}

static void open_group(struct group *g, const char *secret)
{
	unsigned i, n_put = 0;

	g->clients = need(calloc((size_t)g->n + 1, sizeof(*g->clients)));
	for (i = 0; i < g->n; i++) {
		put_account(g, i, secret, &n_put);
		prepare_client(g, i);
	}
	while (n_put < g->n)
		turn();
}

/* Asking. */

static void ask(struct client *c);

static void on_answer(void *arg, const struct dyndns_answer *answer)
{
	struct client *c = arg;
	struct group *g = c->group;
	enum dyndns_code code = answer->lines[0].code;

	if (answer->n_lines != 1 || (code != DYNDNS_NOCHG && code != DYNDNS_GOOD))
		die("an update was refused");
	g->n_answered++;
	latencies_add(&g->latencies, c->asked_ns);
	if (g->goes_on)
		ask(c);
}

static void on_mail(struct mail *m)
{
	struct client *c = (struct client *)m;

	engine_update(run.engine, &c->request, on_answer, c);
}

static void ask(struct client *c)
{
	if (c->group->changes)
		c->request.query.addrs.v4.bytes[0] ^= 1;
	c->asked_ns = now_ns();
	c->group->n_asked++;
	mailbox_post(run.mailbox, &c->mail, on_mail);
}

static void ask_all(struct group *g)
{
	unsigned i;

	g->n_asked = g->n_answered = 0;
	for (i = 0; i < g->n; i++) {
		if (i % AT_ONCE == AT_ONCE - 1)
			turn();
		ask(&g->clients[i]);
	}
}

static void wait_answered(const struct group *g)
{
	while (g->n_answered < g->n_asked)
		turn();
}

/* Everybody asks for the address that is there: the cache and the allocator are warm then. */
static void warm(struct group *g)
{
	bool changes = g->changes;

	g->changes = false;
	ask_all(g);
	wait_answered(g);
	g->changes = changes;
}

/* Figures. */

/* Of one waiter. */
static void print_memory(void)
{
	double n = run.waiters.n;

	if (run.waiters.n > 0)
		printf("\"heap_each\": %.0f, ", (double)(mallinfo2().uordblks - run.bytes) / n);
}

static int print_sizes(void)
{
	printf("{\"request\": %zu, \"account_host\": %zu}\n", sizeof(struct engine_request),
	       sizeof(struct account_host));
	return 0;
}

/* The phases. */

static bool is_waiting(void)
{
	struct engine_stats stats;

	engine_stats(run.engine, &stats);
	return stats.pending == run.waiters.n && stats.queued == run.waiters.n;
}

static void suspend_waiters(void)
{
	run.bytes = mallinfo2().uordblks;
	ask_all(&run.waiters);
	while (!is_waiting())
		turn();
}

static void start_load(struct group *g)
{
	latencies_open(&g->latencies, LATENCIES_MAX);
	g->goes_on = true;
	ask_all(g);
}

static double run_seconds(void)
{
	uint64_t start = now_ns(), now = start;

	for (; now - start < run.seconds * UINT64_C(1000000000); now = now_ns())
		turn();
	return (double)(now - start) / 1e9;
}

static void stop_load(const char *name, struct group *g, double seconds)
{
	g->goes_on = false;
	printf("\"%s\": ", name);
	latencies_print(&g->latencies, seconds);
	printf(", ");
	wait_answered(g);
}

static void run_loads(void)
{
	double seconds;

	start_load(&run.changers);
	start_load(&run.askers);
	seconds = run_seconds();
	stop_load("nochg", &run.askers, seconds);
	stop_load("slow", &run.changers, seconds);
	start_load(&run.sprinters);
	stop_load("fast", &run.sprinters, run_seconds());
}

static void release_waiters(void)
{
	uint64_t start = now_ns();

	if (run.waiters.n_answered != 0)
		die("a waiter was answered too early");
	slow_dns_release(&run.held);
	wait_answered(&run.waiters);
	printf("\"release_s\": %.3f}\n", (double)(now_ns() - start) / 1e9);
}

/* Open and close. */

static void on_started(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	if (err != 0)
		die("the engine does not start");
	*(bool *)arg = true;
}

static void on_drained(void *arg)
{
	*(bool *)arg = true;
}

static void open_zone(struct engine_zone *z, const char *name, struct slow_dns *d)
{
	if (fqdn_parse(slice_of(name), &z->name) != 0)
		die("no zone");
	z->dns = &d->dns;
	z->ttl = TTL;
	z->republish_interval_s = 24 * 3600;
}

static void open_engine(void)
{
	struct engine_conf conf = {
		.zones = run.zones,
		.n_zones = 3,
		.update_deadline_ms = HOUR_MS,
		.max_pending_updates = WAITERS_MAX,
		.max_pending_hashes = 64,
		.max_pending_hosts = WAITERS_MAX,
		.sync_interval_ms = 1000,
		.settle_ms = 60000,
		.account_cache = ACCOUNT_CACHE,
		.stale_age_ms = 900000,
	};
	bool started = false;

	open_zone(&run.zones[0], run.waiters.zone, &run.held);
	open_zone(&run.zones[1], run.changers.zone, &run.slow);
	open_zone(&run.zones[2], run.sprinters.zone, &run.fast);
	if (engine_new(&run.loop, &conf, run.store, &run.engine) != 0 ||
	    engine_start(run.engine, on_started, &started) != 0)
		die("no engine");
	while (!started)
		turn();
}

static void open_all(void)
{
	char secret[SECRET_STORED_MAX];

	uv_loop_init(&run.loop);
	uv_timer_init(&run.loop, &run.poll);
	uv_timer_start(&run.poll, on_poll, POLL_MS, POLL_MS);
	slow_dns_open(&run.held, &run.loop, 0, true);
	slow_dns_open(&run.slow, &run.loop, BATCH_MS, false);
	slow_dns_open(&run.fast, &run.loop, 0, false);
	if (mailbox_new(&run.loop, &run.mailbox) != 0 ||
	    store_memory_open(&run.loop, &run.store) != 0 ||
	    secret_store(slice_of(password), secret) != 0)
		die("no store");
	/* In the order of their logins, which the store sorts. */
	open_group(&run.askers, secret);
	open_group(&run.changers, secret);
	open_group(&run.sprinters, secret);
	open_group(&run.waiters, secret);
	open_engine();
}

static void close_group(struct group *g)
{
	free(g->clients);
	latencies_close(&g->latencies);
}

static void close_all(void)
{
	bool drained = false;

	engine_drain(run.engine, 1000, on_drained, &drained);
	while (!drained)
		turn();
	engine_close(run.engine);
	store_close(run.store);
	mailbox_close(run.mailbox);
	uv_close((uv_handle_t *)&run.poll, NULL);
	slow_dns_close(&run.held);
	slow_dns_close(&run.slow);
	slow_dns_close(&run.fast);
	uv_run(&run.loop, UV_RUN_DEFAULT);
	uv_loop_close(&run.loop);
	close_group(&run.waiters);
	close_group(&run.changers);
	close_group(&run.sprinters);
	close_group(&run.askers);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "sizes") == 0)
		return print_sizes();
	if (argc != 3)
		die("usage: engine WAITERS SECONDS | sizes");
	run.waiters.n = number(argv[1], 0, WAITERS_MAX);
	run.seconds = number(argv[2], 1, SECONDS_MAX);
	open_all();
	warm(&run.waiters);
	warm(&run.changers);
	warm(&run.sprinters);
	warm(&run.askers);
	suspend_waiters();
	printf("{\"waiters\": %u, ", run.waiters.n);
	print_memory();
	run_loads();
	release_waiters();
	close_all();
	return 0;
}
