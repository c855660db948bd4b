/* SPDX-License-Identifier: BSD-2-Clause
 * Daemons that share a store, routers that flap, and trouble everywhere, at random but repeatable:
 * once all is quiet, zone and store agree on the last value that was acknowledged.
 *
 * With MOORING_TRACES in the environment, what happens in some of the runs is written into files of
 * that folder, for tests/model/replay. MOORING_SEEDS=FIRST-LAST runs these seeds instead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "engine/engine.h"
#include "kit/engine_kit.h"
#include "store/memory.h"
#include "kit/unit.h"

enum { ENGINES_MAX = 2, HOSTS = 3, POISONED = 2, UPDATES = 60, VALUES = 6, SEEDS = 50 };
enum { SHAPES = 20, TRACES = 4 /* of a shape */ };
/* Of two daemons with memories, the one was told nochg for what the other had replaced. */
enum { SEED_THAT_FAILED = 200 };
enum { LAST_UPDATES = 2 * HOSTS, ALL_UPDATES = UPDATES + LAST_UPDATES, COPIES = 4 };

static const char *const hosts[HOSTS] = {
	"a.dyn.example.com",
	"b.dyn.example.com",
	"c.dyn.example.com",
};

/* The daemons of a run, and whether their zones are their own (builtin) or one (Route 53). */
struct shape {
	size_t n_engines;
	bool is_volatile;
	unsigned error_percent;
	uint32_t max_delay_ms;
	bool is_poisoned; /* the AAAA of host c is never accepted */
	bool restarts;	  /* one is killed and started again on the way */
	/* Somebody writes the items anew, without the state of some host or of any; puts copies
	 * back that he has; takes the account of host c away and brings it back. What he may have
	 * had a daemon forget is asked for once more at the end. */
	bool rewrites, restores, removes;
};

struct asked {
	struct kit_update update;
	size_t host;
	size_t family; /* 0: v4, 1: v6 */
	unsigned value;
};

static struct store *store;
static struct fault_store *faults[ENGINES_MAX];
static struct fake_dns *dns[ENGINES_MAX];
static struct engine *engines[ENGINES_MAX];
static struct engine_conf conf;
static struct engine_zone zones[ENGINES_MAX];
static struct asked asked[ALL_UPDATES];
static size_t n_asked;
static struct account *copies[COPIES];
static int64_t touched_ms[HOSTS]; /* when a hand was last at its item; -1: never */

/* ---------------------------------------------------------------- traces */

static FILE *trace;

/* Of daemons that share a zone, and of items that nobody else writes, but for a state that is lost.
 */
static void open_trace(const struct shape *shape, size_t number, uint64_t seed)
{
	const char *folder = getenv("MOORING_TRACES");
	char path[256];

	if (folder == NULL || seed > TRACES || shape->is_volatile || shape->is_poisoned ||
	    shape->restores || shape->removes)
		return;
	snprintf(path, sizeof(path), "%s/%zu-%llu", folder, number, (unsigned long long)seed);
	trace = fopen(path, "w");
	ck_assert_msg(trace != NULL, "%s", path);
	fprintf(trace, "settle %d delay %u\n", KIT_SETTLE_MS, shape->max_delay_ms);
}

static void close_trace(void)
{
	if (trace != NULL)
		ck_assert_int_eq(fclose(trace), 0);
	trace = NULL;
}

static void trace_state(size_t daemon, const char *what, const struct fqdn *name, uint64_t seq,
			const struct addr_pair *want, int64_t wanted_ms)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];

	fprintf(trace, "%lld %zu %s %s %llu %s %s %lld\n", (long long)kit_now_ms(), daemon, what,
		name->text, (unsigned long long)seq,
		addr_is_set(&want->v4) ? addr_format(&want->v4, v4) : "-",
		addr_is_set(&want->v6) ? addr_format(&want->v6, v6) : "-", (long long)wanted_ms);
}

static void trace_seen(size_t daemon, const struct account_host *host)
{
	trace_state(daemon, "see", &host->name, host->state.seq, &host->state.want,
		    host->state.wanted_ms);
}

static void trace_loss(const struct fqdn *name)
{
	if (trace != NULL)
		fprintf(trace, "%lld 0 lose %s\n", (long long)kit_now_ms(), name->text);
}

static void trace_stored(void *arg, const struct fault_stored *what)
{
	size_t daemon = (size_t)((struct fault_store **)arg - faults), i;

	if (trace == NULL || what->err != 0)
		return;
	for (i = 0; what->verb == KIT_INTEND && i < what->n_intents; i++)
		trace_state(daemon, "intend", &what->intents[i].name,
			    store_intent_seq(&what->intents[i]), &what->intents[i].want,
			    what->intents[i].wanted_ms);
	if (what->verb == KIT_CONFIRM)
		trace_state(daemon, "confirm", &what->confirm->name, what->confirm->seq,
			    &what->confirm->want, 0);
	for (i = 0; what->account != NULL && i < what->account->n_hosts; i++)
		trace_seen(daemon, &what->account->hosts[i]);
}

static void trace_change(void *arg, const struct dns_change *c, int err)
{
	size_t daemon = (size_t)((struct fake_dns **)arg - dns);
	char addr[ADDR_TEXT_MAX];
	const char *what = "lost";

	/* A deletion takes only what it names: nobody's newer value. */
	if (trace == NULL || c->action != DNS_UPSERT)
		return;
	if (err == 1)
		what = "send";
	else if (err == 0)
		what = "accepted";
	else if (!dns_was_lost(&dns[daemon]->dns, err))
		what = "refused";
	fprintf(trace, "%lld %zu %s %s %s\n", (long long)kit_now_ms(), daemon, what, c->name.text,
		addr_format(&c->addr, addr));
}

static void trace_start(size_t daemon)
{
	if (trace != NULL)
		fprintf(trace, "%lld %zu start\n", (long long)kit_now_ms(), daemon);
	faults[daemon]->on_stored = trace_stored;
	faults[daemon]->stored_arg = &faults[daemon];
	dns[daemon]->on_change = trace_change;
	dns[daemon]->change_arg = &dns[daemon];
}

/* ---------------------------------------------------------------- a run */

static void start_engine(const struct shape *shape, size_t i)
{
	trace_start(i);
	conf = kit_conf(&dns[i]->dns);
	zones[i] = conf.zones[0];
	conf.zones = &zones[i];
	conf.update_deadline_ms = 3000;
	/* What another engine changes, a memory learns of after a while only. */
	conf.account_cache = shape->n_engines == 1 || faults[i]->ops.version == NULL ? 4 : 0;
	/* What several daemons remember does not stand in for the store: another one may have
	 * changed it. */
	conf.stale_age_ms = shape->n_engines == 1 ? 60000 : 0;
	conf.max_new_hosts = 1000;
	engines[i] = kit_engine(&conf, &faults[i]->store);
}

static void make_trouble(const struct shape *shape)
{
	size_t i;

	for (i = 0; i < shape->n_engines; i++) {
		faults[i]->error_percent = shape->error_percent;
		faults[i]->max_delay_ms = shape->max_delay_ms;
		dns[i]->error_percent = shape->error_percent;
		if (shape->is_poisoned)
			dns[i]->poison = hosts[POISONED];
		dns[i]->poison_family = ADDR_V6;
		dns[i]->latency_ms = shape->max_delay_ms / 2;
	}
}

static void open_run(const struct shape *shape)
{
	size_t i;

	kit_open();
	ck_assert_int_eq(store_memory_open(&kit_loop, &store), 0);
	kit_put_account(store, "one", "secret", "a.dyn.example.com b.dyn.example.com");
	kit_put_account(store, "two", "secret", "c.dyn.example.com");
	for (i = 0; i < shape->n_engines; i++) {
		faults[i] = fault_store_new(store);
		if (kit_random(2) == 0)
			faults[i]->ops.version = NULL;
		dns[i] = fake_dns_new(500, shape->is_volatile);
		if (!shape->is_volatile)
			dns[i]->zone = dns[0];
		start_engine(shape, i);
	}
}

static void close_run(const struct shape *shape)
{
	size_t i;

	for (i = 0; i < shape->n_engines; i++)
		kit_stop(engines[i]);
	store_close(store);
	kit_close();
	for (i = 0; i < COPIES; i++) {
		account_free(copies[i]);
		copies[i] = NULL;
	}
	for (i = 0; i < shape->n_engines; i++) {
		fault_store_free(faults[i]);
		fake_dns_free(dns[i]);
	}
}

static const char *value_text(size_t family, unsigned value)
{
	static char text[16];

	snprintf(text, sizeof(text), family == 0 ? "81.2.69.%u" : "2a02::%u", value);
	return text;
}

static const char *user_of(size_t host)
{
	return host == POISONED ? "two" : "one";
}

static void ask_for(size_t host, size_t family, size_t n_engines)
{
	struct asked *a = &asked[n_asked++];
	char query[96];

	a->host = host;
	a->family = family;
	a->value = 1 + kit_random(VALUES);
	snprintf(query, sizeof(query), "hostname=%s&myip=%s", hosts[a->host],
		 value_text(a->family, a->value));
	kit_ask(engines[kit_random((uint32_t)n_engines)], &a->update, user_of(host), "secret",
		query);
}

static void ask(size_t n_engines)
{
	size_t host = kit_random(HOSTS);

	ask_for(host, kit_random(2), n_engines);
}

static void touch(const char *user)
{
	size_t h;

	for (h = 0; h < HOSTS; h++)
		if (strcmp(user_of(h), user) == 0)
			touched_ms[h] = kit_now_ms();
}

/* Some states go, or all. */
static void rewrite(const char *user)
{
	struct account *a = kit_read_account(store, user);
	uint32_t kept = kit_random(3);
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		if (i + 1 == kept)
			continue;
		a->hosts[i].state = (struct host_state){0};
		trace_loss(&a->hosts[i].name);
	}
	kit_rewrite_account(store, a);
	account_free(a);
	touch(user);
}

/* A copy is taken or put back. */
static void restore(void)
{
	struct account **copy = &copies[kit_random(COPIES)];

	if (*copy == NULL || kit_random(2) == 0) {
		account_free(*copy);
		*copy = kit_read_account(store, "one");
	} else {
		kit_rewrite_account(store, *copy);
		touch("one");
	}
}

static void remove_or_bring_back(bool *is_removed)
{
	if (*is_removed)
		kit_put_account(store, "two", "secret", hosts[POISONED]);
	else
		kit_remove_account(store, "two");
	*is_removed = !*is_removed;
	touch("two");
}

static void meddle(const struct shape *shape, bool *is_removed)
{
	if (shape->rewrites && kit_random(8) == 0)
		rewrite(*is_removed || kit_random(2) == 0 ? "one" : "two");
	if (shape->restores && kit_random(4) == 0)
		restore();
	if (shape->removes && kit_random(10) == 0)
		remove_or_bring_back(is_removed);
}

static bool is_meddled(const struct shape *shape)
{
	return shape->rewrites || shape->restores || shape->removes;
}

static bool is_acknowledged(const struct asked *a)
{
	return strncmp(a->update.text, "good ", 5) == 0 ||
	       strncmp(a->update.text, "nochg ", 6) == 0;
}

static bool is_known(size_t host, size_t family)
{
	size_t i;

	for (i = 0; i < n_asked; i++)
		if (asked[i].host == host && asked[i].family == family &&
		    is_acknowledged(&asked[i]) && asked[i].update.asked_ms > touched_ms[host])
			return true;
	return touched_ms[host] < 0;
}

/* Where the items go back, a nochg may have been for what they say. */
static void ask_the_unknown_once_more(const struct shape *shape)
{
	size_t i;

	for (i = 0; i < LAST_UPDATES; i++) {
		if (!shape->restores && is_known(i / 2, i % 2))
			continue;
		ask_for(i / 2, i % 2, shape->n_engines);
		kit_run(kit_is_answered, &asked[n_asked - 1].update);
		ck_assert_str_ne(asked[n_asked - 1].update.text, "911");
		kit_advance(2000);
	}
}

/* Trouble may end in 911 only; whatever good or nochg says, it says of the address asked for. */
static void check_answers(const struct shape *shape, uint64_t seed)
{
	char good[32], nochg[32];
	size_t i;

	for (i = 0; i < n_asked; i++) {
		const struct kit_update *u = &asked[i].update;

		const char *value = value_text(asked[i].family, asked[i].value);

		snprintf(good, sizeof(good), "good %s", value);
		snprintf(nochg, sizeof(nochg), "nochg %s", value);
		ck_assert_msg(u->n_answers == 1, "seed %llu: %u answers", (unsigned long long)seed,
			      u->n_answers);
		ck_assert_msg(strcmp(u->text, good) == 0 || strcmp(u->text, nochg) == 0 ||
				      strcmp(u->text, "911") == 0 ||
				      (shape->removes && asked[i].host == POISONED &&
				       (strcmp(u->text, "badauth") == 0 ||
					strcmp(u->text, "nohost") == 0)) ||
				      (shape->is_poisoned && asked[i].host == POISONED &&
				       asked[i].family == 1 && strcmp(u->text, "dnserr") == 0),
			      "seed %llu: \"%s\"", (unsigned long long)seed, u->text);
	}
}

/* Some update asked for value, and nothing else was acknowledged that began after its end. One
 * that was answered 911 may have happened at any later time. */
/* True when an update of the same record was acknowledged that began after the end of a. */
static bool is_overtaken(const struct asked *a)
{
	size_t i;

	for (i = 0; i < n_asked; i++)
		if (is_acknowledged(a) && is_acknowledged(&asked[i]) && asked[i].host == a->host &&
		    asked[i].family == a->family && asked[i].value != a->value &&
		    asked[i].update.asked_ms > a->update.answered_ms)
			return true;
	return false;
}

/* Some update asked for value, and none was acknowledged later. One that was answered 911 may have
 * happened at any time. No value at all: then none was acknowledged. */
static bool may_be_last(size_t host, size_t family, unsigned value)
{
	size_t i;

	for (i = 0; i < n_asked; i++) {
		if (asked[i].host != host || asked[i].family != family)
			continue;
		if (value == 0 && is_acknowledged(&asked[i]))
			return false;
		if (asked[i].value == value && !is_overtaken(&asked[i]))
			return true;
	}
	return value == 0;
}

static void check_host(const struct shape *shape, size_t h, uint64_t seed)
{
	struct host_state s = kit_state(store, h == POISONED ? "two" : "one", hosts[h]);
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], text[2 * ADDR_TEXT_MAX + 1];
	size_t i;

	if (shape->is_poisoned && h == POISONED)
		memset(&s.want.v6, 0, sizeof(s.want.v6));
	else
		ck_assert_msg(s.pub == s.seq, "seed %llu: %s is owed: seq %llu pub %llu",
			      (unsigned long long)seed, hosts[h], (unsigned long long)s.seq,
			      (unsigned long long)s.pub);
	snprintf(text, sizeof(text), "%s%s%s", addr_format(&s.want.v4, v4),
		 addr_is_set(&s.want.v6) ? "," : "", addr_format(&s.want.v6, v6));
	for (i = 0; i < shape->n_engines; i++)
		ck_assert_msg(strcmp(fake_dns_get(dns[i]->zone, hosts[h]), text) == 0,
			      "seed %llu: %s: zone %zu has \"%s\", the store \"%s\"",
			      (unsigned long long)seed, hosts[h], i,
			      fake_dns_get(dns[i]->zone, hosts[h]), text);
	ck_assert_msg(may_be_last(h, 0, s.want.v4.bytes[3]) &&
			      may_be_last(h, 1, s.want.v6.bytes[15]),
		      "seed %llu: %s: %s is not what was acknowledged last",
		      (unsigned long long)seed, hosts[h], text);
}

static void check_rest(const struct shape *shape, uint64_t seed)
{
	size_t h;

	for (h = 0; h < HOSTS; h++)
		check_host(shape, h, seed);
}

static void run(const struct shape *shape, size_t number, uint64_t seed)
{
	struct shape calm = {
		.n_engines = shape->n_engines,
		.max_delay_ms = 2,
		.is_poisoned = shape->is_poisoned,
	};
	bool is_removed = false;
	size_t i;

	kit_seed(seed);
	memset(asked, 0, sizeof(asked));
	memset(touched_ms, -1, sizeof(touched_ms));
	n_asked = 0;
	open_trace(shape, number, seed);
	open_run(shape);
	make_trouble(shape);
	for (i = 0; i < UPDATES; i++) {
		ask(shape->n_engines);
		meddle(shape, &is_removed);
		kit_advance(kit_random(2) == 0 ? 0 : kit_random(150));
		if (shape->restarts && i == UPDATES / 2) {
			engine_close(engines[0]);
			kit_advance(100);
			start_engine(shape, 0);
		}
	}
	kit_advance(5000);
	make_trouble(&calm);
	for (i = 0; i < shape->n_engines; i++)
		kit_rest(engines[i]);
	/* The longest pause before a read or a confirmation is tried again, twice; and as often the
	 * wait for what may still land. */
	kit_advance(70000 + 2 * KIT_SETTLE_MS);
	if (is_removed)
		remove_or_bring_back(&is_removed);
	if (is_meddled(shape)) {
		ask_the_unknown_once_more(shape);
		kit_advance(70000);
	}
	check_answers(shape, seed);
	check_rest(shape, seed);
	close_run(shape);
	close_trace();
}

START_TEST(at_rest_the_zone_has_what_was_acknowledged_last)
{
	static const struct shape shapes[] = {
		{.n_engines = 1, .max_delay_ms = 40},
		{.n_engines = 1, .max_delay_ms = 40, .error_percent = 25},
		{.n_engines = 2, .max_delay_ms = 40},
		{.n_engines = 2, .max_delay_ms = 40, .error_percent = 25},
		{.n_engines = 2, .max_delay_ms = 400, .error_percent = 10},
		{.n_engines = 1, .max_delay_ms = 40, .is_volatile = true},
		{.n_engines = 1, .max_delay_ms = 400, .error_percent = 25, .is_volatile = true},
		{.n_engines = 2, .max_delay_ms = 40, .error_percent = 25, .is_volatile = true},
		{.n_engines = 1, .max_delay_ms = 40, .error_percent = 25, .restarts = true},
		{.n_engines = 2, .max_delay_ms = 40, .error_percent = 25, .restarts = true},
		{.n_engines = 2, .max_delay_ms = 40, .error_percent = 10, .is_poisoned = true},
		{.n_engines = 1, .max_delay_ms = 40, .rewrites = true},
		{.n_engines = 1, .max_delay_ms = 40, .restores = true},
		{.n_engines = 1, .max_delay_ms = 40, .removes = true},
		{.n_engines = 1,
		 .max_delay_ms = 400,
		 .error_percent = 25,
		 .rewrites = true,
		 .restores = true,
		 .removes = true},
		{.n_engines = 1,
		 .max_delay_ms = 40,
		 .error_percent = 25,
		 .is_volatile = true,
		 .rewrites = true,
		 .restores = true,
		 .removes = true},
		{.n_engines = 2, .max_delay_ms = 40, .error_percent = 10, .rewrites = true},
		{.n_engines = 2,
		 .max_delay_ms = 40,
		 .error_percent = 10,
		 .restarts = true,
		 .rewrites = true},
		{.n_engines = 2,
		 .max_delay_ms = 40,
		 .error_percent = 10,
		 .rewrites = true,
		 .removes = true},
		{.n_engines = 2,
		 .max_delay_ms = 400,
		 .error_percent = 10,
		 .restarts = true,
		 .rewrites = true,
		 .removes = true},
	};
	const struct shape *shape = &shapes[_i];
	const char *seeds = getenv("MOORING_SEEDS");
	unsigned long long seed = 1, last = SEEDS;

	ck_assert_int_eq(N_ELEMENTS(shapes), SHAPES);
	ck_assert(seeds == NULL || sscanf(seeds, "%llu-%llu", &seed, &last) == 2);
	for (; seed <= last; seed++)
		run(shape, (size_t)_i, seed);
	if (seeds == NULL)
		run(shape, (size_t)_i, SEED_THAT_FAILED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_race");
	TCase *tcase = tcase_create("engine_race");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, at_rest_the_zone_has_what_was_acknowledged_last, 0, SHAPES);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
