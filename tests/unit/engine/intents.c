/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/intents.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "kit/fake_clock.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

#define HOME   "home.dyn.example.com"
#define SECOND "second.dyn.example.com"

/* A store whose calls are answered by the test, one at a time. */
static struct store store;
static int begin_err;	      /* the next call cannot be begun */
static char said[256];	      /* what it was asked, one word each */
static store_owners_fn *told; /* NULL: not asked for owners */
static store_done_fn *done;
static void *call_arg;
static bool has_joined;	   /* of the last of them */
static size_t n_others[2]; /* in the owners of each name of the last intents */

static struct intents *intents;
static unsigned n_done;
static int done_err;

static int ask(const char *verb, const struct fqdn *name)
{
	size_t len = strlen(said);

	if (begin_err != 0)
		return begin_err;
	snprintf(said + len, sizeof(said) - len, "%s%s%s%.4s", len > 0 ? " " : "", verb,
		 name != NULL ? ":" : "", name != NULL ? name->text : "");
	return 0;
}

static int fake_owners(struct store *s, const struct fqdn *name, store_owners_fn *f, void *arg)
{
	(void)s;
	told = f;
	call_arg = arg;
	return ask("owners", name);
}

static int fake_claim(struct store *s, const struct fqdn *name, const char *user,
		      store_owners_fn *f, void *arg)
{
	(void)s;
	ck_assert_str_eq(user, "router");
	told = f;
	call_arg = arg;
	return ask("claim", name);
}

static int fake_intend(struct store *s, const char *user, const struct store_intent *in, size_t n,
		       store_done_fn *f, void *arg)
{
	(void)s;
	(void)in;
	ck_assert_str_eq(user, "router");
	ck_assert(n == 1 || n == 2);
	done = f;
	call_arg = arg;
	return ask("intend", NULL);
}

static int fake_intend_claimed(struct store *s, const char *user, const struct store_intent *in,
			       const struct store_owners *owners, size_t n, store_done_fn *f,
			       void *arg)
{
	size_t i;

	(void)s;
	(void)in;
	for (i = 0; i < n; i++)
		n_others[i] = store_owners_others(&owners[i], user);
	has_joined = owners[n - 1].has_joined;
	done = f;
	call_arg = arg;
	return ask("intend-claimed", NULL);
}

static const struct store_claim_ops claim_ops = {
	.claim = fake_claim,
	.intend = fake_intend_claimed,
};

static const struct store_ops ops = {
	.name = "fake",
	.intend = fake_intend,
	.owners = fake_owners,
	.claims = &claim_ops,
};

static void on_done(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)why;
	n_done++;
	done_err = err;
}

static void open_intents(void)
{
	store.ops = &ops;
	fake_clock_ms = 1000;
	said[0] = '\0';
	begin_err = 0;
	n_done = 0;
	ck_assert_int_eq(intents_new(&store, 1, &intents), 0);
}

static struct store_intent intent_of(const char *name, uint64_t seq)
{
	return (struct store_intent){.name = value_name(name), .expect = {.seq = seq, .pub = seq}};
}

static void begin(const struct store_intent *in, size_t n)
{
	n_done = 0;
	said[0] = '\0';
	ck_assert_int_eq(intents_store(intents, "router", in, n, on_done, NULL), 0);
	ck_assert_uint_eq(n_done, 0);
}

/* The owners, as "router spare"; "": none. */
static void tell_owners(const char *users)
{
	struct store_owners owners = {.n = 0};
	char copy[64], *user, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", users);
	while ((user = strtok_r(rest, " ", &rest)) != NULL)
		store_owners_add(&owners, user);
	told(call_arg, 0, &owners, NULL);
}

static void tell_done(int err)
{
	done(call_arg, err, NULL);
}

static void expect(const char *words, int err)
{
	ck_assert_str_eq(said, words);
	ck_assert_uint_eq(n_done, 1);
	ck_assert_int_eq(done_err, err);
}

/* The account is the only owner of the name, and that is known. */
static void learn(const char *name)
{
	struct store_intent in = intent_of(name, 1);

	begin(&in, 1);
	tell_owners("router");
	tell_done(0);
	ck_assert_int_eq(done_err, 0);
}

START_TEST(the_claim_of_a_name_is_read_until_it_is_known)
{
	struct store_intent in = intent_of(HOME, 3);
	unsigned i;

	open_intents();
	begin(&in, 1);
	tell_owners("router");
	ck_assert_uint_eq(n_done, 0);
	tell_done(0);
	expect("owners:home intend-claimed", 0);
	for (i = 0; i < 3; i++) {
		in.expect.seq++;
		begin(&in, 1);
		tell_done(0);
		expect("intend", 0);
	}
	/* Another daemon's intent was the last, and may have seen another owner. */
	in.expect.seq += 2;
	begin(&in, 1);
	tell_owners("router");
	tell_done(0);
	expect("owners:home intend-claimed", 0);
	/* Another name is another claim. */
	in = intent_of(SECOND, 3);
	begin(&in, 1);
	tell_owners("router");
	tell_done(0);
	expect("owners:seco intend-claimed", 0);
	intents_free(intents);
}
END_TEST

START_TEST(who_is_not_among_the_owners_claims_the_name)
{
	struct store_intent in = intent_of(HOME, 3);

	open_intents();
	begin(&in, 1);
	tell_owners("");
	tell_owners("router");
	tell_done(0);
	expect("owners:home claim:home intend-claimed", 0);
	in.expect.seq++;
	begin(&in, 1);
	tell_done(0);
	expect("intend", 0);
	intents_free(intents);
}
END_TEST

START_TEST(what_has_other_owners_is_read_for_each_change)
{
	struct store_intent in = intent_of(HOME, 3);
	unsigned i;

	open_intents();
	for (i = 0; i < 3; i++) {
		begin(&in, 1);
		tell_owners("spare router");
		ck_assert_uint_eq(n_others[0], 1);
		/* The first of a process marks them all. */
		ck_assert_int_eq(has_joined, i == 0);
		tell_done(0);
		expect("owners:home intend-claimed", 0);
		in.expect.seq++;
	}
	/* Nobody loses anything by what was published before. */
	in.repeats = true;
	begin(&in, 1);
	tell_done(0);
	expect("intend", 0);
	intents_free(intents);
}
END_TEST

START_TEST(what_is_known_does_not_count_for_a_first_change_or_one_that_is_over)
{
	struct store_intent rows[] = {intent_of(HOME, 0), intent_of(HOME, 2), intent_of(HOME, 2)};
	size_t i;

	rows[1].expect.over = 2;
	rows[2].expect.over = 2;
	rows[2].repeats = true;
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_intents();
		learn(HOME);
		begin(&rows[i], 1);
		tell_owners("router spare");
		tell_done(0);
		expect("owners:home intend-claimed", 0);
		/* And that there is another one is known, too. */
		rows[i].expect = (struct host_state){.seq = 5, .pub = 5};
		rows[i].repeats = false;
		begin(&rows[i], 1);
		tell_owners("router spare");
		tell_done(0);
		expect("owners:home intend-claimed", 0);
		intents_free(intents);
	}
}
END_TEST

START_TEST(of_several_names_those_that_are_not_known_are_read)
{
	struct store_intent in[] = {intent_of(HOME, 2), intent_of(SECOND, 1)};

	open_intents();
	learn(HOME);
	begin(in, 2);
	tell_owners("router spare");
	ck_assert_uint_eq(n_others[0], 0);
	ck_assert_uint_eq(n_others[1], 1);
	tell_done(0);
	expect("owners:seco intend-claimed", 0);
	in[0].expect.seq++;
	begin(in, 1);
	tell_done(0);
	expect("intend", 0);
	intents_free(intents);
}
END_TEST

START_TEST(a_conflict_makes_nothing_known)
{
	struct store_intent in = intent_of(HOME, 1);

	open_intents();
	begin(&in, 1);
	tell_owners("router");
	tell_done(ERR_CONFLICT);
	expect("owners:home intend-claimed", ERR_CONFLICT);
	begin(&in, 1);
	tell_owners("router");
	tell_done(0);
	expect("owners:home intend-claimed", 0);
	intents_free(intents);
}
END_TEST

/* Under the policy of the serverless stack, a claim cannot be written. */
START_TEST(a_denied_claim_is_left_alone_for_a_while)
{
	struct store_intent in = intent_of(HOME, 1);
	unsigned i;

	open_intents();
	for (i = 0; i < 2; i++) {
		begin(&in, 1);
		tell_owners("");
		told(call_arg, ERR_DENIED, NULL, NULL);
		tell_done(0);
		expect("owners:home claim:home intend", 0);
		begin(&in, 1);
		tell_done(0);
		expect("intend", 0);
		fake_clock_ms += INTENTS_DENIED_MS - 1;
		begin(&in, 1);
		tell_done(0);
		expect("intend", 0);
		fake_clock_ms++;
	}
	begin(&in, 1);
	told(call_arg, ERR_DENIED, NULL, NULL);
	tell_done(ERR_TIMEOUT);
	expect("owners:home intend", ERR_TIMEOUT);
	intents_free(intents);
}
END_TEST

/* Who has other owners is not alone because the claim could not be read once. */
START_TEST(a_denied_claim_makes_nobody_the_only_owner)
{
	struct store_intent first = intent_of(HOME, 0), next = intent_of(HOME, 1);

	open_intents();
	begin(&next, 1);
	tell_owners("router spare");
	tell_done(0);
	expect("owners:home intend-claimed", 0);
	begin(&first, 1);
	told(call_arg, ERR_DENIED, NULL, NULL);
	tell_done(0);
	expect("owners:home intend", 0);
	fake_clock_ms += INTENTS_DENIED_MS;
	begin(&next, 1);
	tell_owners("router spare");
	tell_done(0);
	expect("owners:home intend-claimed", 0);
	intents_free(intents);
}
END_TEST

START_TEST(a_full_claim_keeps_no_change_from_being_stored)
{
	struct store_intent in[] = {intent_of(HOME, 1), intent_of(SECOND, 1)};

	open_intents();
	begin(in, 2);
	tell_owners("router spare");
	tell_owners("");
	told(call_arg, ERR_LIMIT, NULL, NULL);
	tell_done(0);
	expect("owners:home owners:seco claim:seco intend", 0);
	/* There may be room now. */
	begin(&in[1], 1);
	tell_owners("");
	tell_owners("router");
	tell_done(0);
	expect("owners:seco claim:seco intend-claimed", 0);
	intents_free(intents);
}
END_TEST

START_TEST(trouble_on_the_way_is_told)
{
	struct store_intent in = intent_of(HOME, 1);

	open_intents();
	begin(&in, 1);
	told(call_arg, ERR_THROTTLED, NULL, NULL);
	expect("owners:home", ERR_THROTTLED);
	begin(&in, 1);
	tell_owners("");
	told(call_arg, ERR_TIMEOUT, NULL, NULL);
	expect("owners:home claim:home", ERR_TIMEOUT);
	/* A step that cannot be begun. */
	begin(&in, 1);
	begin_err = ERR_NOMEM;
	tell_owners("");
	expect("owners:home", ERR_NOMEM);
	ck_assert_int_eq(intents_store(intents, "router", &in, 1, on_done, NULL), ERR_NOMEM);
	begin_err = 0;
	begin(&in, 1);
	begin_err = ERR_NOMEM;
	tell_owners("router");
	expect("owners:home", ERR_NOMEM);
	begin_err = 0;
	in = intent_of(SECOND, 1);
	begin(&in, 1);
	tell_owners("");
	begin_err = ERR_NOMEM;
	told(call_arg, ERR_DENIED, NULL, NULL);
	expect("owners:seco claim:seco", ERR_NOMEM);
	intents_free(intents);
}
END_TEST

START_TEST(nothing_is_asked_once_it_is_closed)
{
	struct store_intent in = intent_of(HOME, 1);

	open_intents();
	begin(&in, 1);
	intents_close(intents);
	tell_owners("router");
	expect("owners:home", ERR_CANCELED);
	intents_free(intents);
}
END_TEST

START_TEST(without_memory_nothing_is_begun)
{
	struct store_intent in = intent_of(HOME, 1);
	struct intents *none = NULL;
	size_t n;
	int err;

	fake_malloc_fail_at(1);
	err = intents_new(&store, 1, &none);
	ck_assert(fake_malloc_off());
	ck_assert(err == ERR_NOMEM && none == NULL);
	open_intents();
	for (n = 1; n <= 2; n++) {
		fake_malloc_fail_at(n);
		err = intents_store(intents, "router", &in, 1, on_done, NULL);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
	}
	ck_assert_str_eq(said, "");
	intents_free(NULL);
	intents_free(intents);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_claim_of_a_name_is_read_until_it_is_known,
		who_is_not_among_the_owners_claims_the_name,
		what_has_other_owners_is_read_for_each_change,
		what_is_known_does_not_count_for_a_first_change_or_one_that_is_over,
		of_several_names_those_that_are_not_known_are_read,
		a_conflict_makes_nothing_known,
		a_denied_claim_is_left_alone_for_a_while,
		a_denied_claim_makes_nobody_the_only_owner,
		a_full_claim_keeps_no_change_from_being_stored,
		trouble_on_the_way_is_told,
		nothing_is_asked_once_it_is_closed,
		without_memory_nothing_is_begun,
	};

	return unit_run("intents", tests, N_ELEMENTS(tests));
}
