/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/owners.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "engine/calls.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "engine/zones.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

#define HOME "home.dyn.example.com"
#define X    "81.2.69.1"
#define Y    "81.2.69.2"

enum { SEQ = 7 };

static struct owners *owners;
static struct fqdn home;
static struct engine_zone zone = {.ttl = 300};

/* The call that is under way, and what it is for. */
static struct call *call;
static store_owners_fn *told;
static store_lookup_fn *found;
static char asked[64]; /* for whom */
static int begin_err;

static unsigned n_troubles;
static int take_over_err;
static char taken_over[64]; /* "user address seq" */
static struct plan_item taken;
static char yielded[64]; /* "user seq" */

int calls_owners(struct calls *c, struct call *ca, const struct fqdn *name, store_owners_fn *f)
{
	(void)c;
	ck_assert(fqdn_equal(name, &home));
	call = ca;
	told = f;
	return begin_err;
}

int calls_lookup(struct calls *c, struct call *ca, const char *user, store_lookup_fn *f)
{
	(void)c;
	snprintf(asked, sizeof(asked), "%s", user);
	call = ca;
	found = f;
	return begin_err;
}

void calls_trouble(struct calls *c, const char *verb, const char *user, int err,
		   const struct errinfo *why)
{
	(void)c;
	(void)verb;
	(void)user;
	(void)err;
	(void)why;
	n_troubles++;
}

const struct engine_zone *zones_all(const struct zones *z)
{
	(void)z;
	return &zone;
}

int hosts_take_over(struct hosts *hs, const char *user, const struct plan_item *item)
{
	char text[ADDR_TEXT_MAX];

	(void)hs;
	taken = *item;
	snprintf(taken_over, sizeof(taken_over), "%s %s %u", user,
		 addr_format(&item->want.v4, text), (unsigned)item->seq);
	return take_over_err;
}

void hosts_yielded(struct hosts *hs, const char *user, const struct fqdn *name, uint64_t seq)
{
	(void)hs;
	ck_assert(fqdn_equal(name, &home));
	snprintf(yielded, sizeof(yielded), "%s %u", user, (unsigned)seq);
}

static void open_owners(void)
{
	home = value_name(HOME);
	begin_err = take_over_err = 0;
	n_troubles = 0;
	taken_over[0] = yielded[0] = '\0';
	call = NULL;
	ck_assert_int_eq(owners_new(NULL, NULL, NULL, &owners), 0);
}

static void begin(void)
{
	owners_publish_last(owners, "main", 0, &home, SEQ);
}

static void tell_owners(const char *const *users)
{
	struct store_owners all = {.n = 0};

	for (; *users != NULL; users++)
		store_owners_add(&all, *users);
	told(call->arg, 0, &all, NULL);
}

/* The account of whoever was asked for. address NULL: without the name. */
static void tell_account(const char *address, uint64_t seq, uint64_t over, int64_t time_s)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of(asked), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(address != NULL ? HOME : "x.example.com"),
					  NULL, NULL, NULL),
			 0);
	if (address != NULL)
		a->hosts[0].state.want = value_pair(address, NULL);
	a->hosts[0].state.seq = a->hosts[0].state.pub = seq;
	a->hosts[0].state.over = over;
	a->hosts[0].state.time_s = time_s;
	found(call->arg, 0, a, NULL);
}

START_TEST(the_last_of_the_others_is_published)
{
	static const struct {
		const char *first;
		uint64_t first_seq, first_over;
		int64_t first_time;
		const char *second;
		uint64_t second_seq, second_over;
		int64_t second_time;
		const char *taken_over;
	} rows[] = {
		{X, 3, 0, 100, Y, 4, 4, 200, "spare " X " 3"},
		{X, 3, 3, 300, Y, 4, 0, 200, "third " Y " 4"},
		/* Both were written before states told it. */
		{X, 3, 0, 100, Y, 4, 0, 200, "third " Y " 4"},
		{X, 3, 0, 200, Y, 4, 0, 100, "spare " X " 3"},
		/* Within a second nobody can tell: one of them stays. */
		{X, 3, 0, 100, Y, 4, 0, 100, "spare " X " 3"},
		/* A mark of an earlier seq is none. */
		{X, 3, 2, 100, Y, 4, 4, 200, "spare " X " 3"},
		{X, 0, 0, 0, Y, 4, 0, 100, "third " Y " 4"},
		{NULL, 0, 0, 0, Y, 4, 0, 100, "third " Y " 4"},
		/* Nobody has a value that ours could lie over. */
		{X, 3, 3, 100, Y, 4, 4, 200, ""},
		{NULL, 0, 0, 0, NULL, 0, 0, 0, ""},
	};
	static const char *const users[] = {"spare", "main", "third", NULL};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_owners();
		begin();
		tell_owners(users);
		ck_assert_str_eq(asked, "spare");
		tell_account(rows[i].first, rows[i].first_seq, rows[i].first_over,
			     rows[i].first_time);
		ck_assert_str_eq(asked, "third");
		tell_account(rows[i].second, rows[i].second_seq, rows[i].second_over,
			     rows[i].second_time);
		ck_assert_msg(strcmp(taken_over, rows[i].taken_over) == 0, "row %zu: %s", i,
			      taken_over);
		ck_assert_str_eq(yielded, "main 7");
		owners_free(owners);
	}
}
END_TEST

/* What was late may land again: the value is sent a second time, as one that is owed is. */
START_TEST(what_is_published_is_as_it_was_read)
{
	static const char *const users[] = {"spare", NULL};

	open_owners();
	begin();
	tell_owners(users);
	tell_account(X, 3, 0, 100);
	ck_assert_uint_eq(taken.expect.seq, 3);
	ck_assert_uint_eq(taken.owed_from, 3);
	ck_assert_uint_eq(taken.ttl, 300);
	ck_assert_uint_eq(taken.families, FAMILY_V4);
	owners_free(owners);
}
END_TEST

START_TEST(what_fails_is_not_yielded)
{
	static const char *const users[] = {"spare", NULL};

	open_owners();
	begin();
	told(call->arg, ERR_TIMEOUT, NULL, NULL);
	begin();
	tell_owners(users);
	found(call->arg, ERR_THROTTLED, NULL, NULL);
	ck_assert_uint_eq(n_troubles, 2);
	begin();
	begin_err = ERR_NOMEM;
	tell_owners(users);
	begin();
	begin_err = 0;
	ck_assert_uint_eq(n_troubles, 4);
	begin();
	tell_owners(users);
	take_over_err = ERR_CONFLICT;
	tell_account(X, 3, 0, 100);
	ck_assert_str_eq(yielded, "");
	/* An account that is gone has no value. */
	begin();
	tell_owners(users);
	found(call->arg, ERR_NOTFOUND, NULL, NULL);
	ck_assert_str_eq(yielded, "main 7");
	owners_free(owners);
}
END_TEST

START_TEST(one_name_is_looked_at_once_at_a_time_and_not_too_many)
{
	static const char *const nobody[] = {NULL};
	struct call *calls[OWNERS_AT_ONCE];
	char user[16];
	size_t i;

	open_owners();
	for (i = 0; i < OWNERS_AT_ONCE; i++) {
		snprintf(user, sizeof(user), "u%zu", i);
		owners_publish_last(owners, user, 0, &home, SEQ);
		calls[i] = call;
		call = NULL;
		owners_publish_last(owners, user, 0, &home, SEQ);
		ck_assert_ptr_null(call);
	}
	begin();
	ck_assert_ptr_null(call);
	call = calls[0];
	tell_owners(nobody);
	call = NULL;
	begin();
	ck_assert_ptr_nonnull(call);
	/* The engine is closed. */
	call->closed(call->arg);
	for (i = 1; i < OWNERS_AT_ONCE; i++)
		calls[i]->closed(calls[i]->arg);
	owners_free(owners);
}
END_TEST

START_TEST(without_memory_nothing_is_begun)
{
	struct owners *none = NULL;
	int err;

	fake_malloc_fail_at(1);
	err = owners_new(NULL, NULL, NULL, &none);
	ck_assert(fake_malloc_off());
	ck_assert(err == ERR_NOMEM && none == NULL);
	open_owners();
	fake_malloc_fail_at(1);
	begin();
	ck_assert(fake_malloc_off());
	ck_assert_ptr_null(call);
	owners_free(NULL);
	owners_free(owners);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_last_of_the_others_is_published,
		what_is_published_is_as_it_was_read,
		what_fails_is_not_yielded,
		one_name_is_looked_at_once_at_a_time_and_not_too_many,
		without_memory_nothing_is_begun,
	};

	return unit_run("owners", tests, N_ELEMENTS(tests));
}
