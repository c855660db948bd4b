/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/update_lines.h"

#include <stdlib.h>
#include <string.h>

#include "dyndns/query.h"
#include "engine/plan.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { A, B, N_NAMES };

static struct dyndns_query query;
static struct plan_line made[2][N_NAMES];

/* Of a.example.com and b.example.com; item -1: nothing is to be published for that line. */
static struct update_lines lines_of(size_t which, int first, int second, const char *v4,
				    const char *v6)
{
	struct update_lines l = {.query = &query, .n = N_NAMES, .at = made[which]};
	const int items[N_NAMES] = {first, second};
	size_t i;

	query.hosts[A].name = value_name("a.example.com");
	query.hosts[B].name = value_name("b.example.com");
	for (i = 0; i < N_NAMES; i++) {
		made[which][i] = (struct plan_line){
			.item = items[i] < 0 ? PLAN_NO_ITEM : items[i],
			.code = items[i] < 0 ? DYNDNS_NOCHG : DYNDNS_911,
			.addrs = value_pair(v4, v6),
		};
		l.n_items += items[i] >= 0;
	}
	l.n_named = l.n_items;
	return l;
}

static const struct {
	int items[N_NAMES];
	size_t n_unnamed;
	bool is_prelude, is_published;
	enum dyndns_code codes[3];
	enum dyndns_code want[N_NAMES];
	bool is_stored;
} decided_rows[] = {
	{{0, 1}, 0, false, true, {DYNDNS_GOOD, DYNDNS_DNSERR}, {DYNDNS_GOOD, DYNDNS_DNSERR}, true},
	{{1, 0}, 0, false, true, {DYNDNS_GOOD, DYNDNS_DNSERR}, {DYNDNS_DNSERR, DYNDNS_GOOD}, true},
	{{-1, 0}, 0, false, true, {DYNDNS_GOOD}, {DYNDNS_NOCHG, DYNDNS_GOOD}, true},
	{{-1, 0}, 0, false, false, {DYNDNS_GOOD}, {DYNDNS_NOCHG, DYNDNS_911}, true},
	/* What was published is not yet what was asked for. */
	{{0, 1}, 0, true, true, {DYNDNS_GOOD, DYNDNS_DNSERR}, {DYNDNS_911, DYNDNS_DNSERR}, true},
	/* A host that no line is about. */
	{{-1, 0}, 1, false, true, {DYNDNS_GOOD, DYNDNS_GOOD}, {DYNDNS_NOCHG, DYNDNS_GOOD}, true},
	{{-1, 0}, 1, false, true, {DYNDNS_GOOD, DYNDNS_911}, {DYNDNS_911, DYNDNS_911}, false},
	{{0, 1},
	 1,
	 false,
	 true,
	 {DYNDNS_DNSERR, DYNDNS_GOOD, DYNDNS_911},
	 {DYNDNS_DNSERR, DYNDNS_911},
	 false},
};

START_TEST(lines_are_decided_by_their_items)
{
	struct dyndns_answer answer;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(decided_rows); i++) {
		struct update_lines l = lines_of(0, decided_rows[i].items[A],
						 decided_rows[i].items[B], "192.0.2.1", NULL);

		l.n_items += decided_rows[i].n_unnamed;
		l.is_prelude = decided_rows[i].is_prelude;
		ck_assert_msg(update_lines_answer(
				      &l,
				      decided_rows[i].is_published ? decided_rows[i].codes : NULL,
				      &answer) == decided_rows[i].is_stored,
			      "row %zu", i);
		ck_assert_msg(l.is_unstored == !decided_rows[i].is_stored, "row %zu", i);
		for (k = 0; k < N_NAMES; k++)
			ck_assert_msg(answer.lines[k].code == decided_rows[i].want[k],
				      "row %zu: line %zu", i, k);
	}
}
END_TEST

START_TEST(only_the_items_of_lines_have_to_be_good)
{
	static const enum dyndns_code codes[] = {DYNDNS_GOOD, DYNDNS_DNSERR};
	struct update_lines l = lines_of(0, 0, -1, "192.0.2.1", NULL);

	ck_assert(update_lines_are_good(&l, codes));
	l = lines_of(0, 0, 1, "192.0.2.1", NULL);
	ck_assert(!update_lines_are_good(&l, codes));
}
END_TEST

START_TEST(who_was_overtaken_gets_what_the_newer_one_gets)
{
	static const enum dyndns_code codes[] = {DYNDNS_GOOD, DYNDNS_DNSERR};
	struct update_lines newer = lines_of(0, 0, 1, "192.0.2.2", NULL);
	struct update_lines older = lines_of(1, 0, -1, "192.0.2.1", NULL);
	struct dyndns_answer answer, own;

	ck_assert(update_lines_answer(&newer, codes, &answer));
	answer.lines[A].code = DYNDNS_NOCHG;
	ck_assert(update_lines_follow(&older, &newer, &answer, &own));
	ck_assert_uint_eq(own.n_lines, 2);
	ck_assert_int_eq(own.lines[A].code, DYNDNS_GOOD);
	ck_assert(addr_is_set(&own.lines[A].addrs.v4));
	ck_assert_int_eq(own.lines[B].code, DYNDNS_NOCHG);
	older = lines_of(1, 0, 1, "192.0.2.1", NULL);
	ck_assert(update_lines_follow(&older, &newer, &answer, &own));
	ck_assert_int_eq(own.lines[B].code, DYNDNS_DNSERR);
	/* A reply of one line, about the whole request. */
	dyndns_answer_one(&answer, DYNDNS_911);
	older = lines_of(1, 0, 1, "192.0.2.1", NULL);
	ck_assert(update_lines_follow(&older, &newer, &answer, &own));
	ck_assert_int_eq(own.lines[A].code, DYNDNS_911);
	ck_assert_int_eq(own.lines[B].code, DYNDNS_911);
}
END_TEST

/* The newer one may have lost a host that the older one, too, has to store. */
START_TEST(what_the_newer_one_could_not_store_the_older_one_has_not_stored_either)
{
	static const enum dyndns_code codes[] = {DYNDNS_GOOD, DYNDNS_GOOD};
	struct update_lines newer = lines_of(0, 0, 1, "192.0.2.2", NULL);
	struct update_lines older = lines_of(1, 0, -1, "192.0.2.1", NULL);
	struct dyndns_answer answer, own;

	older.n_items++;
	update_lines_answer(&newer, codes, &answer);
	ck_assert(update_lines_follow(&older, &newer, &answer, &own));
	ck_assert_int_eq(own.lines[A].code, DYNDNS_GOOD);
	newer.is_unstored = true;
	older = lines_of(1, 0, -1, "192.0.2.1", NULL);
	ck_assert(update_lines_follow(&older, &newer, &answer, &own));
	ck_assert_int_eq(own.lines[B].code, DYNDNS_NOCHG);
	older = lines_of(1, 0, -1, "192.0.2.1", NULL);
	older.n_items++;
	ck_assert(!update_lines_follow(&older, &newer, &answer, &own));
	ck_assert_int_eq(own.lines[B].code, DYNDNS_911);
	ck_assert(older.is_unstored);
}
END_TEST

START_TEST(a_newer_one_covers_what_it_changes_as_well)
{
	struct update_lines both = lines_of(0, 0, 1, "192.0.2.1", "2001:db8::1");
	struct update_lines v4 = lines_of(1, 0, 1, "192.0.2.2", NULL);

	ck_assert(update_lines_cover(&both, &v4));
	ck_assert(!update_lines_cover(&v4, &both));
	both = lines_of(0, 0, -1, "192.0.2.1", "2001:db8::1");
	ck_assert(!update_lines_cover(&both, &v4));
	v4 = lines_of(1, 0, -1, "192.0.2.2", NULL);
	ck_assert(update_lines_cover(&both, &v4));
	/* The only host of the account, whatever they call it. */
	both.only_host = v4.only_host = value_name("c.example.com");
	ck_assert(update_lines_cover(&both, &v4));
}
END_TEST

START_TEST(the_answer_has_addresses_of_success_alone_and_the_form_of_the_account)
{
	static const enum dyndns_code codes[] = {DYNDNS_GOOD, DYNDNS_DNSERR};
	struct update_lines l = lines_of(0, 0, 1, "192.0.2.1", NULL);
	struct dyndns_answer answer;

	l.form.one_line = true;
	ck_assert(update_lines_answer(&l, codes, &answer));
	ck_assert_uint_eq(answer.n_lines, 2);
	ck_assert(answer.form.one_line && !answer.form.errors_as_4xx);
	ck_assert(answer.lines[A].code == DYNDNS_GOOD && addr_is_set(&answer.lines[A].addrs.v4));
	ck_assert(answer.lines[B].code == DYNDNS_DNSERR && !addr_is_set(&answer.lines[B].addrs.v4));
	/* Nothing to change is success as well. */
	l = lines_of(0, 0, -1, "192.0.2.1", NULL);
	ck_assert(update_lines_answer(&l, codes, &answer));
	ck_assert(answer.lines[B].code == DYNDNS_NOCHG && addr_is_set(&answer.lines[B].addrs.v4));
}
END_TEST

START_TEST(an_account_has_its_form_and_perhaps_an_only_host)
{
	const struct fqdn name = value_name("a.example.com");
	struct update_lines l = {.query = NULL};

	update_lines_know(&l, ACCOUNT_ONE_LINE, &name);
	ck_assert(l.form.one_line && !l.form.errors_as_4xx);
	ck_assert_str_eq(l.only_host.text, "a.example.com");
	update_lines_know(&l, ACCOUNT_ERRORS_AS_4XX, NULL);
	ck_assert(!l.form.one_line && l.form.errors_as_4xx);
	ck_assert_uint_eq(l.only_host.len, 0);
}
END_TEST

static struct plan *make_plan(size_t n_items)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	ck_assert_ptr_nonnull(plan);
	plan->n_lines = 1;
	plan->lines[0].code = DYNDNS_GOOD;
	plan->lines[0].item = n_items > 0 ? 0 : PLAN_NO_ITEM;
	plan->n_items = n_items;
	plan->n_named = n_items > 0;
	return plan;
}

START_TEST(lines_of_an_update_that_waits_outlive_the_plan)
{
	struct update_lines l = {.query = &query};
	struct dyndns_answer answer;
	size_t i;

	/* It may have to be planned again. */
	for (i = 0; i < 2; i++) {
		struct plan *plan = make_plan(3);

		ck_assert_int_eq(update_lines_take(&l, plan), 0);
		free(plan);
		ck_assert(l.n == 1 && l.n_items == 3 && l.n_named == 1);
		ck_assert_int_eq(l.at[0].code, DYNDNS_GOOD);
	}
	ck_assert(!update_lines_answer(&l, NULL, &answer));
	ck_assert_int_eq(answer.lines[0].code, DYNDNS_911);
	ck_assert_ptr_null(l.at);
	update_lines_free(&l);
}
END_TEST

START_TEST(lines_of_an_update_that_changes_nothing_are_not_copied)
{
	struct update_lines l = {.query = &query};
	struct plan *plan = make_plan(0);
	struct dyndns_answer answer;

	ck_assert_int_eq(update_lines_take(&l, plan), 0);
	ck_assert_ptr_eq(l.at, plan->lines);
	ck_assert(update_lines_answer(&l, NULL, &answer));
	ck_assert_int_eq(answer.lines[0].code, DYNDNS_GOOD);
	free(plan);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_are_decided_by_their_items,
		only_the_items_of_lines_have_to_be_good,
		who_was_overtaken_gets_what_the_newer_one_gets,
		what_the_newer_one_could_not_store_the_older_one_has_not_stored_either,
		a_newer_one_covers_what_it_changes_as_well,
		the_answer_has_addresses_of_success_alone_and_the_form_of_the_account,
		an_account_has_its_form_and_perhaps_an_only_host,
		lines_of_an_update_that_waits_outlive_the_plan,
		lines_of_an_update_that_changes_nothing_are_not_copied,
	};

	return unit_run("update_lines", tests, N_ELEMENTS(tests));
}
