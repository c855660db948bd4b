/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/engine_kit.h"

#include <crypt.h>
#include <stdio.h>
#include <string.h>

#include "account/password.h"
#include "base/err.h"
#include "dyndns/basic_auth.h"

unsigned kit_n_hashes;
char kit_hash_setting[ACCOUNT_SECRET_MAX + 1];

enum password_result __wrap_password_check_slow(const char *stored, struct slice password);
enum password_result __real_password_check_slow(const char *stored, struct slice password);

enum password_result __wrap_password_check_slow(const char *stored, struct slice password)
{
	/* Real workers run two at once: those who count use the kit's own. */
	if (!kit_real_workers) {
		kit_n_hashes++;
		snprintf(kit_hash_setting, sizeof(kit_hash_setting), "%s", stored);
	}
	return __real_password_check_slow(stored, password);
}

const char *kit_crypt(const char *password)
{
	const char *out = crypt(password, "$2b$04$abcdefghijklmnopqrstuu");

	ck_assert(out != NULL && out[0] == '$');
	return out;
}

int kit_trouble(void)
{
	static const int troubles[] = {ERR_THROTTLED, ERR_TIMEOUT, ERR_UNAVAILABLE, ERR_PROTOCOL};

	return troubles[kit_random(N_ELEMENTS(troubles))];
}

static void on_answer(void *arg, const struct dyndns_answer *answer)
{
	struct kit_update *u = arg;
	struct dyndns_reply reply;
	char *p;

	u->n_answers++;
	u->answered_ms = kit_now_ms();
	dyndns_render(answer, 1, &reply);
	snprintf(u->text, sizeof(u->text), "%s", reply.body);
	for (p = u->text; *p != '\0'; p++)
		if (*p == '\n')
			*p = ';';
	if (answer->n_lines == 1 && answer->lines[0].code == DYNDNS_DNSERR_LATER)
		snprintf(u->text, sizeof(u->text), "dnserr-later");
	if (u->on_answer != NULL)
		u->on_answer(u);
}

void kit_prepare(struct kit_update *u, const char *user, const char *password, const char *query)
{
	struct query_credentials *c = &u->request.credentials;

	memset(&u->request, 0, sizeof(u->request));
	u->n_answers = 0;
	ck_assert_int_eq(str_copy(c->user, sizeof(c->user), slice_of(user)), 0);
	ck_assert_int_eq(str_copy(c->password, sizeof(c->password), slice_of(password)), 0);
	c->password_len = strlen(password);
	ck_assert_int_eq(dyndns_query_parse(slice_of(query), NULL, &u->request.query), 0);
	u->request.peer = value_addr("81.2.69.99");
}

void kit_send(struct engine *e, struct kit_update *u)
{
	u->asked_ms = kit_now_ms();
	engine_update(e, &u->request, on_answer, u);
	if (u->n_answers != 0)
		ck_abort_msg("answered from inside the call");
}

void kit_ask(struct engine *e, struct kit_update *u, const char *user, const char *password,
	     const char *query)
{
	kit_prepare(u, user, password, query);
	kit_send(e, u);
}

bool kit_is_answered(void *update)
{
	return ((struct kit_update *)update)->n_answers > 0;
}

void kit_expect(struct kit_update *u, const char *text)
{
	kit_run(kit_is_answered, u);
	ck_assert_uint_eq(u->n_answers, 1);
	ck_assert_str_eq(u->text, text);
}

void kit_update(struct engine *e, const char *user, const char *password, const char *query,
		const char *text)
{
	struct kit_update u = {.n_answers = 0};

	kit_ask(e, &u, user, password, query);
	kit_expect(&u, text);
	kit_settle();
	ck_assert_uint_eq(u.n_answers, 1);
}

struct engine_conf kit_conf(struct dns *dns)
{
	static struct engine_zone zone;
	struct engine_conf conf = {
		.zones = &zone,
		.n_zones = 1,
		.update_deadline_ms = KIT_DEADLINE_MS,
		.max_pending_updates = 1000,
		.max_pending_hashes = 4,
		.max_pending_hosts = 32768,
		.sync_interval_ms = KIT_SYNC_MS,
		.settle_ms = KIT_SETTLE_MS,
	};

	zone.name = value_name("dyn.example.com");
	zone.dns = dns;
	zone.ttl = KIT_TTL;
	zone.allow_special_addresses = false;
	zone.republish_interval_s = 86400;
	return conf;
}

static void on_flag(void *arg)
{
	*(bool *)arg = true;
}

static void on_started(void *arg, int err, const struct errinfo *why)
{
	ck_assert(err == 0 || why != NULL);
	on_flag(arg);
}

static bool is_set(void *arg)
{
	return *(bool *)arg;
}

struct engine *kit_engine(const struct engine_conf *conf, struct store *s)
{
	struct engine *e;
	bool started = false;

	ck_assert_int_eq(engine_new(&kit_loop, conf, s, &e), 0);
	ck_assert_int_eq(engine_start(e, on_started, &started), 0);
	ck_assert(!started);
	kit_run(is_set, &started);
	return e;
}

void kit_stop(struct engine *e)
{
	bool drained = false;

	engine_drain(e, 1000, on_flag, &drained);
	ck_assert(!drained);
	kit_run(is_set, &drained);
	engine_close(e);
	kit_settle();
}

static bool is_at_rest(void *arg)
{
	struct engine_stats stats;

	engine_stats(arg, &stats);
	return stats.queued == 0 && stats.pending == 0;
}

void kit_rest(struct engine *e)
{
	kit_run(is_at_rest, e);
	kit_settle();
}

struct verb_result {
	bool is_done;
	int err;
	struct account *account;
};

static void on_verb(void *arg, int err, const struct errinfo *why)
{
	struct verb_result *r = arg;

	(void)why;
	r->is_done = true;
	r->err = err;
}

static void on_lookup(void *arg, int err, struct account *account, const struct errinfo *why)
{
	((struct verb_result *)arg)->account = account;
	on_verb(arg, err, why);
}

/* Only the loop turns: the engine under test may be in the middle of something. */
static void wait_done(const struct verb_result *r)
{
	unsigned turns;

	for (turns = 0; !r->is_done && turns < 1000; turns++)
		uv_run(&kit_loop, UV_RUN_NOWAIT);
	ck_assert(r->is_done);
}

void kit_put_account(struct store *s, const char *user, const char *secret, const char *hosts)
{
	struct verb_result r = {.is_done = false};
	struct account *a;

	ck_assert_int_eq(account_new(slice_of(user), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of(secret), NULL), 0);
	while (*hosts != '\0') {
		struct slice name = {hosts, strcspn(hosts, " ")};

		ck_assert_int_eq(account_add_host(a, name, NULL, NULL, NULL), 0);
		hosts += name.len;
		hosts += strspn(hosts, " ");
	}
	ck_assert_int_eq(store_put(s, a, STORE_REPLACE, on_verb, &r), 0);
	wait_done(&r);
	if (r.err == ERR_NOTFOUND) {
		r.is_done = false;
		ck_assert_int_eq(store_put(s, a, STORE_CREATE, on_verb, &r), 0);
		wait_done(&r);
	}
	ck_assert_int_eq(r.err, 0);
	account_free(a);
}

void kit_put_disabled(struct store *s, const char *user, const char *secret, const char *hosts)
{
	struct account *a;

	kit_put_account(s, user, secret, hosts);
	a = kit_read_account(s, user);
	a->disabled = true;
	kit_rewrite_account(s, a);
	account_free(a);
}

void kit_remove_account(struct store *s, const char *user)
{
	struct verb_result r = {.is_done = false};

	ck_assert_int_eq(store_remove(s, user, on_verb, &r), 0);
	wait_done(&r);
	ck_assert_int_eq(r.err, 0);
}

struct account *kit_read_account(struct store *s, const char *user)
{
	struct verb_result r = {.is_done = false};

	ck_assert_int_eq(store_lookup(s, user, on_lookup, &r), 0);
	wait_done(&r);
	ck_assert_int_eq(r.err, 0);
	return r.account;
}

/* Nothing comes between the two: the store carries them out in one turn. */
void kit_rewrite_account(struct store *s, const struct account *a)
{
	struct verb_result r[2] = {{.is_done = false}};

	ck_assert_int_eq(store_remove(s, a->user, on_verb, &r[0]), 0);
	ck_assert_int_eq(store_put(s, a, STORE_CREATE, on_verb, &r[1]), 0);
	wait_done(&r[1]);
	ck_assert(r[0].err == 0 || r[0].err == ERR_NOTFOUND);
	ck_assert_int_eq(r[1].err, 0);
}

struct host_state kit_state(struct store *s, const char *user, const char *host)
{
	struct account *a = kit_read_account(s, user);
	struct fqdn name = value_name(host);
	struct account_host *h = account_find_host(a, &name);
	struct host_state state;

	ck_assert_ptr_nonnull(h);
	state = h->state;
	account_free(a);
	return state;
}

int kit_intend(struct store *s, const char *user, const char *host, uint64_t expect_seq,
	       const char *v4)
{
	struct verb_result r = {.is_done = false};
	struct store_intent intent = {
		.name = value_name(host),
		.expect = kit_state(s, user, host),
		.want = value_pair(v4, NULL),
	};

	intent.expect.seq = expect_seq;
	ck_assert_int_eq(store_intend(s, user, &intent, 1, on_verb, &r), 0);
	wait_done(&r);
	return r.err;
}

int kit_clear(struct store *s, const char *user, const char *host, const char *v4)
{
	struct verb_result r = {.is_done = false};
	struct store_intent intent = {
		.name = value_name(host),
		.expect = kit_state(s, user, host),
		.gone = value_pair(v4, NULL),
	};

	intent.want = intent.expect.want;
	intent.want.v4 = (struct addr){0};
	ck_assert_int_eq(store_intend(s, user, &intent, 1, on_verb, &r), 0);
	wait_done(&r);
	return r.err;
}
