/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/updates.h"

#include "base/container_of.h"
#include "base/due_timer.h"
#include "base/err.h"
#include "base/log.h"
#include "engine/calls.h"
#include "engine/update.h"
#include "engine/plan.h"
#include "engine/update_report.h"
#include "engine/zones.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"
#include "net/line_limit.h"

enum { DEADLINE_MS = 5000, MAX = 3, ASKERS = UPDATES_REFUSED_MAX + 8 };

/* In the place of engine/update.c. */
struct update {
	struct due_item deadline;
	const struct update_events *events;
	void *arg;
	engine_answer_fn *done;
	void *done_arg;
};

/* Who sends a request, and what was answered. */
struct asker {
	struct engine_request request;
	unsigned n_answers;
	enum dyndns_code code;
	size_t place; /* of its answer among all */
	bool asks_again;
};

static struct updates *updates;
static struct update made[16];
static size_t n_made;
static struct line_limit *failures;
static int new_err;
static bool is_gone; /* with its answer */
static struct asker askers[ASKERS];
static size_t n_answers;
static unsigned n_reports, n_drained;
static int n_handles;

void calls_add_handle(struct calls *c)
{
	(void)c;
	n_handles++;
}

void calls_drop_handle(struct calls *c)
{
	(void)c;
	n_handles--;
}

size_t zones_count(const struct zones *z)
{
	(void)z;
	return 7;
}

const struct engine_zone *zones_all(const struct zones *z)
{
	(void)z;
	return NULL;
}

void report_update(const struct engine_request *r, const struct fqdn *only_host,
		   const struct plan_summary *summary, const struct dyndns_answer *answer,
		   const struct report_about *about)
{
	KIT_CHECK(r != NULL && only_host->len == 0 && about->now_ms - about->arrived_ms == 0 &&
		  about->failures != NULL && about->braked == NULL);
	KIT_CHECK(!addr_is_set(&summary->left_out.v4) && summary->n_renumbered == 0);
	KIT_CHECK(answer->n_lines == 1 && answer->lines[0].code == DYNDNS_911);
	n_reports++;
}

int update_new(const struct update_parts *parts, const struct update_events *events, void *arg,
	       struct engine_request *r, uint64_t order, engine_answer_fn *done, void *done_arg)
{
	struct update *u = &made[n_made];

	KIT_CHECK(r != NULL && parts->n_zones == 7 && parts->deadline_ms == DEADLINE_MS);
	/* What could not be begun has no place in the order. */
	KIT_CHECK(order == n_made);
	if (new_err != 0)
		return new_err;
	n_made++;
	failures = parts->failures;
	*u = (struct update){.events = events, .arg = arg, .done = done, .done_arg = done_arg};
	due_timer_put(parts->deadlines, &u->deadline, kit_now_ms() + parts->deadline_ms);
	return 0;
}

static void answer(struct update *u, enum dyndns_code code)
{
	struct dyndns_answer a;

	due_timer_remove(&u->deadline);
	dyndns_answer_one(&a, code);
	u->done(u->done_arg, &a);
	u->events->answered(u->arg, is_gone);
}

bool update_has_id(const struct due_item *item, uint64_t id)
{
	return CONTAINER_OF(item, struct update, deadline) == &made[id];
}

void update_expire(struct due_item *item)
{
	answer(CONTAINER_OF(item, struct update, deadline), DYNDNS_DNSERR);
}

static void ask(size_t i);

static void on_answer(void *arg, const struct dyndns_answer *a)
{
	struct asker *k = arg;

	k->n_answers++;
	k->code = a->lines[0].code;
	k->place = n_answers++;
	if (k->asks_again)
		ask((size_t)(k - askers) + 1);
}

static void ask(size_t i)
{
	updates_begin(updates, &askers[i].request, on_answer, &askers[i]);
	if (askers[i].n_answers != 0)
		ck_abort_msg("answered from inside the call");
}

static void on_drained(void *arg)
{
	ck_assert_ptr_eq(arg, &n_drained);
	n_drained++;
}

static void open_updates(void)
{
	const struct updates_parts parts = {.calls = NULL};
	const struct updates_conf conf = {.deadline_ms = DEADLINE_MS, .max = MAX};

	kit_open();
	memset(made, 0, sizeof(made));
	memset(askers, 0, sizeof(askers));
	n_made = 0;
	new_err = 0;
	n_answers = 0;
	n_reports = 0;
	n_drained = 0;
	n_handles = 0;
	ck_assert_int_eq(updates_new(&kit_loop, &parts, &conf, on_drained, &n_drained, &updates),
			 0);
	ck_assert_int_eq(n_handles, 3);
}

static void close_updates(void)
{
	updates_stop(updates);
	ck_assert_uint_eq(updates_pending(updates), 0);
	updates_close(updates);
	ck_assert_int_eq(n_handles, 3);
	kit_close();
	ck_assert_int_eq(n_handles, 0);
	updates_free(updates);
}

static void gone(size_t i)
{
	made[i].events->gone(made[i].arg);
}

static bool may_tell(const char *client)
{
	const struct addr a = value_addr(client);

	return line_limit_take(failures, &a, kit_now_ms());
}

START_TEST(lines_of_failures_that_were_left_out_are_told_when_their_second_is_over)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_USER);
	open_updates();
	ask(0);
	ask(1);
	ck_assert(may_tell("81.2.69.1") && !may_tell("81.2.69.1"));
	/* It is the client that is limited, not its network. */
	ck_assert(may_tell("81.2.69.2"));
	answer(&made[0], DYNDNS_BADAUTH);
	capture();
	kit_advance(REPORT_FAILURES_MS - 1);
	ck_assert_str_eq(captured(), "");
	capture();
	kit_advance(1);
	ck_assert_str_eq(captured(),
			 "lines of failed updates left out client=81.2.69.1/32 lines=1\n");
	/* And at the end. */
	ck_assert(may_tell("81.2.69.1") && !may_tell("81.2.69.1"));
	answer(&made[1], DYNDNS_BADAUTH);
	capture();
	close_updates();
	ck_assert_str_eq(captured(),
			 "lines of failed updates left out client=81.2.69.1/32 lines=1\n");
}
END_TEST

START_TEST(those_begun_and_answered_are_counted)
{
	open_updates();
	ask(0);
	ask(1);
	ck_assert_uint_eq(updates_pending(updates), 2);
	ck_assert_uint_eq(updates_answered(updates), 0);
	answer(&made[1], DYNDNS_GOOD);
	ck_assert_uint_eq(updates_pending(updates), 1);
	ck_assert_uint_eq(updates_answered(updates), 1);
	answer(&made[0], DYNDNS_GOOD);
	ck_assert_uint_eq(updates_pending(updates), 0);
	ck_assert_uint_eq(updates_answered(updates), 2);
	ck_assert_uint_eq(n_drained + n_reports, 0);
	close_updates();
}
END_TEST

START_TEST(one_too_many_is_refused_in_a_later_turn_of_the_loop)
{
	size_t i;

	open_updates();
	for (i = 0; i < MAX + 2; i++)
		ask(i);
	ck_assert_uint_eq(n_made, MAX);
	ck_assert_uint_eq(updates_pending(updates), MAX + 2);
	kit_settle();
	ck_assert_uint_eq(n_reports, 2);
	ck_assert_uint_eq(updates_pending(updates), MAX);
	ck_assert_uint_eq(updates_answered(updates), 2);
	for (i = 0; i < MAX + 2; i++)
		ck_assert_uint_eq(askers[i].n_answers, i < MAX ? 0 : 1);
	ck_assert_int_eq(askers[MAX].code, DYNDNS_911);
	/* In the order in which they came. */
	ck_assert_uint_lt(askers[MAX].place, askers[MAX + 1].place);
	close_updates();
}
END_TEST

/* Answered, it takes its place until nothing refers to it. */
START_TEST(there_is_room_again_when_one_is_gone)
{
	size_t i;

	open_updates();
	for (i = 0; i < MAX; i++)
		ask(i);
	answer(&made[0], DYNDNS_GOOD);
	ask(MAX);
	kit_settle();
	ck_assert_uint_eq(askers[MAX].n_answers, 1);
	ck_assert_int_eq(askers[MAX].code, DYNDNS_911);
	gone(0);
	ask(MAX + 1);
	kit_settle();
	ck_assert_uint_eq(n_made, MAX + 1);
	ck_assert_uint_eq(askers[MAX + 1].n_answers, 0);
	/* Or at once. */
	is_gone = true;
	answer(&made[1], DYNDNS_GOOD);
	is_gone = false;
	ask(MAX + 2);
	kit_settle();
	ck_assert_uint_eq(n_made, MAX + 2);
	close_updates();
}
END_TEST

START_TEST(one_that_cannot_be_begun_is_refused_and_takes_no_place)
{
	size_t i;

	open_updates();
	new_err = ERR_NOMEM;
	for (i = 0; i < MAX + 1; i++) {
		ask(i);
		kit_settle();
		ck_assert_uint_eq(askers[i].n_answers, 1);
		ck_assert_int_eq(askers[i].code, DYNDNS_911);
	}
	new_err = 0;
	ask(MAX + 1);
	ck_assert_uint_eq(n_made, 1);
	ck_assert_uint_eq(updates_answered(updates), MAX + 1);
	close_updates();
}
END_TEST

START_TEST(each_expires_at_its_own_deadline)
{
	open_updates();
	ask(0);
	kit_advance(1000);
	ask(1);
	kit_advance(DEADLINE_MS - 1001);
	ck_assert_uint_eq(askers[0].n_answers, 0);
	kit_advance(1);
	ck_assert_uint_eq(askers[0].n_answers, 1);
	ck_assert_int_eq(askers[0].code, DYNDNS_DNSERR);
	kit_advance(999);
	ck_assert_uint_eq(askers[1].n_answers, 0);
	kit_advance(1);
	ck_assert_uint_eq(askers[1].n_answers, 1);
	ck_assert_uint_eq(updates_answered(updates), 2);
	close_updates();
}
END_TEST

START_TEST(who_is_hurried_is_answered_at_once_and_nobody_else)
{
	open_updates();
	ask(0);
	ask(1);
	ask(2);
	updates_hurry(updates, 1);
	ck_assert_uint_eq(askers[1].n_answers, 1);
	ck_assert_int_eq(askers[1].code, DYNDNS_DNSERR);
	ck_assert_uint_eq(updates_pending(updates), 2);
	/* Answered already, or never asked. */
	updates_hurry(updates, 1);
	updates_hurry(updates, MAX);
	ck_assert_uint_eq(n_answers, 1);
	close_updates();
}
END_TEST

/* More than there is room for: the oldest is answered early, none is lost, none is told twice. */
START_TEST(no_refusal_is_lost_however_many_come_at_once)
{
	size_t i, round;

	for (round = 0; round < 2; round++) {
		open_updates();
		new_err = ERR_NOMEM;
		/* The second time the ring begins somewhere in the middle. */
		for (i = 0; round == 1 && i < 5; i++)
			ask(i);
		kit_settle();
		memset(askers, 0, sizeof(askers));
		n_answers = 0;
		for (i = 0; i < UPDATES_REFUSED_MAX; i++)
			ask(i);
		ck_assert_uint_eq(n_answers, 0);
		ck_assert_uint_eq(updates_pending(updates), UPDATES_REFUSED_MAX);
		for (; i < ASKERS; i++)
			ask(i);
		ck_assert_uint_eq(n_answers, ASKERS - UPDATES_REFUSED_MAX);
		ck_assert_uint_eq(updates_pending(updates), UPDATES_REFUSED_MAX);
		kit_settle();
		for (i = 0; i < ASKERS; i++) {
			ck_assert_uint_eq(askers[i].n_answers, 1);
			ck_assert_uint_eq(askers[i].place, i);
		}
		close_updates();
	}
}
END_TEST

START_TEST(who_is_refused_may_ask_again)
{
	open_updates();
	new_err = ERR_NOMEM;
	askers[0].asks_again = true;
	ask(0);
	kit_settle();
	ck_assert_uint_eq(askers[0].n_answers, 1);
	ck_assert_uint_eq(askers[1].n_answers, 1);
	close_updates();
}
END_TEST

START_TEST(when_it_stops_all_are_answered_and_who_comes_is_refused)
{
	size_t i;

	open_updates();
	for (i = 0; i < MAX + 1; i++)
		ask(i);
	updates_stop(updates);
	for (i = 0; i < MAX + 1; i++) {
		ck_assert_uint_eq(askers[i].n_answers, 1);
		ck_assert_int_eq(askers[i].code, i < MAX ? DYNDNS_DNSERR : DYNDNS_911);
	}
	ck_assert_uint_eq(updates_pending(updates), 0);
	ck_assert_uint_eq(updates_answered(updates), MAX + 1);
	/* Each answer may have been the last one. */
	ck_assert_uint_eq(n_drained, MAX);
	gone(0);
	ask(MAX + 1);
	ck_assert_uint_eq(updates_pending(updates), 1);
	kit_settle();
	ck_assert_uint_eq(n_made, MAX);
	ck_assert_uint_eq(askers[MAX + 1].n_answers, 1);
	ck_assert_uint_gt(n_drained, MAX);
	ck_assert_uint_eq(updates_pending(updates), 0);
	close_updates();
}
END_TEST

START_TEST(a_refusal_needs_no_memory)
{
	bool was_refused;

	open_updates();
	new_err = ERR_NOMEM;
	fake_malloc_fail_at(1);
	ask(0);
	kit_settle();
	was_refused = fake_malloc_off();
	ck_assert(!was_refused);
	ck_assert_uint_eq(askers[0].n_answers, 1);
	close_updates();
}
END_TEST

START_TEST(what_was_never_opened_can_be_closed)
{
	updates_stop(NULL);
	updates_close(NULL);
	updates_free(NULL);
}
END_TEST

START_TEST(without_memory_there_are_none)
{
	const struct updates_parts parts = {.calls = NULL};
	const struct updates_conf conf = {.deadline_ms = DEADLINE_MS, .max = MAX};
	struct updates *none = NULL;
	int err;

	kit_open();
	n_handles = 0;
	fake_malloc_fail_at(1);
	err = updates_new(&kit_loop, &parts, &conf, on_drained, NULL, &none);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(n_handles, 0);
	kit_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_of_failures_that_were_left_out_are_told_when_their_second_is_over,
		those_begun_and_answered_are_counted,
		one_too_many_is_refused_in_a_later_turn_of_the_loop,
		there_is_room_again_when_one_is_gone,
		one_that_cannot_be_begun_is_refused_and_takes_no_place,
		each_expires_at_its_own_deadline,
		who_is_hurried_is_answered_at_once_and_nobody_else,
		no_refusal_is_lost_however_many_come_at_once,
		who_is_refused_may_ask_again,
		when_it_stops_all_are_answered_and_who_comes_is_refused,
		a_refusal_needs_no_memory,
		what_was_never_opened_can_be_closed,
		without_memory_there_are_none,
	};

	return unit_run("updates", tests, N_ELEMENTS(tests));
}
