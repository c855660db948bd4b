/* SPDX-License-Identifier: BSD-2-Clause
 * What an update tells the history, whose queue the test replaces. */
#include "engine/update_history.h"

#include <stdio.h>
#include <string.h>

#include "engine/history_queue.h"
#include "engine/plan_parts.h"
#include "engine/update_request.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "store/history.h"

#define HOME  "home.example.com"
#define OTHER "other.example.com"

static struct history *const some = (struct history *)&(char){0};
static enum history_mode mode;
static bool takes_attempts;
static struct history_entry told[8];
static size_t n_told;
static struct plan plan;
static struct engine_request request;
static struct update_draft *draft;

bool history_wants(const struct history *h, enum history_mode kind)
{
	return h != NULL && mode >= kind;
}

bool history_takes_attempt(struct history *h, const struct fqdn *host, const char *verdict,
			   int64_t now_ms)
{
	ck_assert_ptr_eq(h, some);
	ck_assert(host->len > 0 && verdict != NULL && now_ms > 0);
	return takes_attempts;
}

void history_add(struct history *h, const struct history_entry *entry)
{
	ck_assert_ptr_eq(h, some);
	ck_assert_uint_lt(n_told, N_ELEMENTS(told));
	told[n_told++] = *entry;
}

/* A plan that gives HOME 192.0.2.2, and publishes OTHER, which stays, once more. */
static void begin(enum history_mode m)
{
	mode = m;
	takes_attempts = true;
	n_told = 0;
	memset(&plan, 0, sizeof(plan));
	memset(&request, 0, sizeof(request));
	request.peer = value_addr("198.51.100.7");
	request.agent = slice_of("router/1\n");
	plan.n_items = 2;
	plan.items[0].name = value_name(HOME);
	plan.items[0].expect.want = value_pair("192.0.2.1", "2001:db8::1");
	plan.items[0].want = value_pair("192.0.2.2", "2001:db8::1");
	plan.items[1].name = value_name(OTHER);
	plan.items[1].expect.want = plan.items[1].want = value_pair("192.0.2.1", NULL);
}

static void tell_codes(enum dyndns_code first, enum dyndns_code second)
{
	const enum dyndns_code codes[] = {first, second};

	update_draft_take(some, &plan, &draft);
	update_draft_tell(some, &draft, &request, "router", codes, NULL);
	ck_assert_ptr_null(draft);
}

static void expect(const char *words)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < n_told; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s:%s", i > 0 ? " " : "",
			 told[i].host.text, told[i].verdict);
	}
	ck_assert_str_eq(text, words);
}

START_TEST(a_change_is_told_with_what_was_before)
{
	begin(HISTORY_CHANGES);
	tell_codes(DYNDNS_GOOD, DYNDNS_911);
	expect(HOME ":good");
	ck_assert_str_eq(told[0].user, "router");
	ck_assert_str_eq(told[0].agent, "router/1?");
	ck_assert(addr_equal(&told[0].from, &request.peer));
	ck_assert(addr_pair_equal(&told[0].old, &plan.items[0].expect.want));
	ck_assert(addr_pair_equal(&told[0].new, &plan.items[0].want));
	ck_assert_int_gt(told[0].time_s, 0);
}
END_TEST

START_TEST(which_outcomes_are_told)
{
	static const struct {
		enum history_mode mode;
		enum dyndns_code first, second;
		const char *want;
	} rows[] = {
		/* It was stored, and goes on behind the answer; or the zone does not take it. */
		{HISTORY_CHANGES, DYNDNS_911, DYNDNS_911, HOME ":911"},
		{HISTORY_CHANGES, DYNDNS_DNSERR, DYNDNS_911, HOME ":dnserr"},
		/* What was owed is published at last. */
		{HISTORY_CHANGES, DYNDNS_GOOD, DYNDNS_GOOD, HOME ":good " OTHER ":good"},
		{HISTORY_ATTEMPTS, DYNDNS_911, DYNDNS_911, HOME ":911 " OTHER ":911"},
		{HISTORY_NONE, DYNDNS_GOOD, DYNDNS_GOOD, ""},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		begin(rows[i].mode);
		tell_codes(rows[i].first, rows[i].second);
		expect(rows[i].want);
	}
}
END_TEST

START_TEST(what_was_not_stored_is_an_attempt)
{
	begin(HISTORY_CHANGES);
	update_draft_take(some, &plan, &draft);
	update_draft_tell(some, &draft, &request, "router", NULL, NULL);
	expect("");
	begin(HISTORY_ATTEMPTS);
	update_draft_take(some, &plan, &draft);
	update_draft_tell(some, &draft, &request, "router", NULL, NULL);
	expect(HOME ":911 " OTHER ":911");
	begin(HISTORY_ATTEMPTS);
	takes_attempts = false;
	update_draft_take(some, &plan, &draft);
	update_draft_tell(some, &draft, &request, "router", NULL, NULL);
	expect("");
}
END_TEST

START_TEST(of_some_that_are_stored_each_is_what_it_is)
{
	const enum dyndns_code codes[] = {DYNDNS_911, DYNDNS_911};
	const bool stored[][2] = {{true, false}, {false, true}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(stored); i++) {
		begin(HISTORY_CHANGES);
		plan.items[1].want = value_pair("192.0.2.2", NULL);
		update_draft_take(some, &plan, &draft);
		update_draft_tell(some, &draft, &request, "router", codes, stored[i]);
		expect(i == 0 ? HOME ":911" : OTHER ":911");
	}
}
END_TEST

START_TEST(nobody_asked_for_a_repetition_or_a_prelude)
{
	begin(HISTORY_ATTEMPTS);
	plan.items[0].repeats = true;
	tell_codes(DYNDNS_GOOD, DYNDNS_GOOD);
	expect(OTHER ":good");
	begin(HISTORY_ATTEMPTS);
	plan.is_prelude = true;
	tell_codes(DYNDNS_GOOD, DYNDNS_GOOD);
	expect("");
}
END_TEST

START_TEST(a_plan_takes_the_place_of_the_one_before)
{
	begin(HISTORY_CHANGES);
	update_draft_take(some, &plan, &draft);
	plan.n_items = 1;
	plan.items[0].want = value_pair("192.0.2.3", NULL);
	tell_codes(DYNDNS_GOOD, DYNDNS_GOOD);
	expect(HOME ":good");
	ck_assert(addr_pair_equal(&told[0].new, &plan.items[0].want));
	/* One that is never told of. */
	update_draft_take(some, &plan, &draft);
	update_draft_free(draft);
	draft = NULL;
	update_draft_free(NULL);
}
END_TEST

START_TEST(without_memory_or_a_history_nothing_is_told)
{
	begin(HISTORY_CHANGES);
	fake_malloc_fail_from(1);
	update_draft_take(some, &plan, &draft);
	fake_malloc_off();
	ck_assert_ptr_null(draft);
	update_draft_take(NULL, &plan, &draft);
	update_draft_tell(NULL, &draft, &request, "router", NULL, NULL);
	update_tell_unchanged(NULL, &plan, &(struct fqdn){.len = 0}, &request, "router");
	expect("");
}
END_TEST

static void add_line(enum dyndns_code code, int item)
{
	const size_t i = plan.n_lines++;

	plan.lines[i] = (struct plan_line){
		.code = code, .item = item, .addrs = value_pair("192.0.2.1", NULL)};
}

START_TEST(of_what_changes_nothing_own_hosts_alone_are_told)
{
	struct query_host *hosts = request.query.hosts;
	const struct fqdn none = {.len = 0}, only = value_name("only.example.com");

	begin(HISTORY_ATTEMPTS);
	hosts[0].name = value_name(HOME);
	hosts[1].name = value_name("stranger.example.com");
	hosts[2].name = value_name(OTHER);
	hosts[4].name = value_name("changes.example.com");
	request.query.n_hosts = 5;
	add_line(DYNDNS_NOCHG, PLAN_NO_ITEM);
	add_line(DYNDNS_NOHOST, PLAN_NO_ITEM);
	add_line(DYNDNS_DNSERR, PLAN_NO_ITEM);
	add_line(DYNDNS_NOTFQDN, PLAN_NO_ITEM);
	add_line(DYNDNS_GOOD, 0);
	update_tell_unchanged(some, &plan, &none, &request, "router");
	expect(HOME ":nochg " OTHER ":dnserr");
	ck_assert(!history_is_change(&told[0]));
	/* The account's only host, whatever is named. */
	begin(HISTORY_ATTEMPTS);
	add_line(DYNDNS_NOCHG, PLAN_NO_ITEM);
	update_tell_unchanged(some, &plan, &only, &request, "router");
	expect("only.example.com:nochg");
	begin(HISTORY_CHANGES);
	add_line(DYNDNS_NOCHG, PLAN_NO_ITEM);
	update_tell_unchanged(some, &plan, &only, &request, "router");
	expect("");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_change_is_told_with_what_was_before,
		which_outcomes_are_told,
		what_was_not_stored_is_an_attempt,
		of_some_that_are_stored_each_is_what_it_is,
		nobody_asked_for_a_repetition_or_a_prelude,
		a_plan_takes_the_place_of_the_one_before,
		without_memory_or_a_history_nothing_is_told,
		of_what_changes_nothing_own_hosts_alone_are_told,
	};

	return unit_run("update_history", tests, N_ELEMENTS(tests));
}
