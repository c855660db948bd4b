/* SPDX-License-Identifier: BSD-2-Clause
 * The queue of repetitions, with changes and zones that do as the test says. */
#include "engine/repeat.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "engine/calls.h"
#include "engine/change.h"
#include "engine/plan.h"
#include "engine/publish.h"
#include "engine/zones.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"

enum { READ_AT = 7, CHANGES_MAX = 64 };

/* A change, and what was asked of it. */
struct change {
	const struct change_events *events;
	void *arg;
	char user[16];
	size_t n_items;
	bool is_gone; /* change_go() was called */
	bool is_ended;
};

static struct change changes[CHANGES_MAX];
static size_t n_changes;
static int new_err, plan_err;
static bool is_decided; /* in change_go() already */
static bool is_storing; /* change_end() says so */
static bool has_room[2], is_in_trouble[2];
static int n_handles;
static struct repeats *repeats;

/* In the place of engine/calls.c, zones.c, publish.c and change.c. */

void calls_add_handle(struct calls *c)
{
	ck_assert_ptr_eq(c, &n_handles);
	n_handles++;
}

void calls_drop_handle(struct calls *c)
{
	ck_assert_ptr_eq(c, &n_handles);
	n_handles--;
}

struct publish *zones_queue(const struct zones *z, size_t zone)
{
	ck_assert_ptr_eq(z, &changes);
	return (struct publish *)&has_room[zone];
}

bool publish_has_room(const struct publish *p)
{
	return *(const bool *)p;
}

bool publish_is_in_trouble(const struct publish *p)
{
	return is_in_trouble[(const bool *)p - has_room];
}

int change_new(const struct change_parts *p, const char *user, const struct change_events *events,
	       void *arg, struct change **ret)
{
	struct change *c = &changes[n_changes];

	KIT_CHECK(p->calls == (struct calls *)&n_handles);
	if (new_err != 0)
		return new_err;
	KIT_CHECK(n_changes < CHANGES_MAX);
	c->events = events;
	c->arg = arg;
	snprintf(c->user, sizeof(c->user), "%s", user);
	n_changes++;
	*ret = c;
	return 0;
}

int change_go(struct change *c, const struct plan_item *items, size_t n, uint64_t read_at)
{
	size_t i;

	KIT_CHECK(read_at == READ_AT);
	for (i = 0; i < n; i++)
		KIT_CHECK(items[i].repeats);
	c->n_items = n;
	if (plan_err != 0)
		return plan_err;
	c->is_gone = true;
	c->is_ended = is_decided;
	if (is_decided)
		c->events->decided(c->arg, NULL);
	return 0;
}

bool change_end(struct change *c)
{
	KIT_CHECK(!c->is_ended);
	c->is_ended = true;
	return !is_storing;
}

static void open_repeats(void)
{
	struct change_parts parts = {.calls = (struct calls *)&n_handles};

	kit_open();
	memset(changes, 0, sizeof(changes));
	n_changes = 0;
	new_err = 0;
	plan_err = 0;
	is_decided = false;
	is_storing = false;
	memset(is_in_trouble, 0, sizeof(is_in_trouble));
	has_room[0] = has_room[1] = true;
	ck_assert_int_eq(repeats_new(&kit_loop, &parts, (struct zones *)&changes, &repeats), 0);
	ck_assert_int_eq(n_handles, 1);
}

static void close_repeats(void)
{
	repeats_close(repeats);
	kit_close();
	ck_assert_int_eq(n_handles, 0);
	repeats_free(repeats);
}

/* zones: a digit for each item, whose host has its place in the line. */
static void add(const char *user, const char *zones)
{
	static const char *const names[] = {"home.dyn.example.com", "shop.dyn.example.com",
					    "pump.dyn.example.com"};
	struct plan_item items[N_ELEMENTS(names)];
	size_t n = 0;

	memset(items, 0, sizeof(items));
	for (; zones[n] != '\0'; n++) {
		items[n].name = value_name(names[n]);
		items[n].zone = (size_t)(zones[n] - '0');
		items[n].repeats = true;
	}
	repeats_add(repeats, user, items, n, READ_AT);
}

static void add_numbered(size_t i)
{
	char user[16];

	snprintf(user, sizeof(user), "u%zu", i);
	add(user, "0");
}

static void stored(size_t i)
{
	changes[i].events->idle(changes[i].arg);
}

START_TEST(what_is_added_begins_in_the_next_turn)
{
	const int64_t before = metric_get(METRIC_REPUBLICATIONS);

	open_repeats();
	add("a", "0");
	add("b", "");
	add("c", "01");
	ck_assert_uint_eq(n_changes, 0);
	ck_assert_uint_eq(repeats_count(repeats), 2);
	kit_settle();
	ck_assert_uint_eq(n_changes, 2);
	ck_assert_uint_eq(repeats_count(repeats), 0);
	ck_assert_str_eq(changes[0].user, "a");
	ck_assert_str_eq(changes[1].user, "c");
	ck_assert_uint_eq(changes[1].n_items, 2);
	ck_assert(changes[0].is_gone && changes[0].is_ended);
	/* Each host of it counts. */
	ck_assert_int_eq(metric_get(METRIC_REPUBLICATIONS) - before, 3);
	close_repeats();
}
END_TEST

START_TEST(one_that_is_decided_at_once_has_ended)
{
	open_repeats();
	is_decided = true;
	add("a", "0");
	kit_settle();
	ck_assert(changes[0].is_gone && changes[0].is_ended);
	close_repeats();
}
END_TEST

START_TEST(a_zone_in_trouble_takes_none)
{
	open_repeats();
	is_in_trouble[0] = true;
	add("a", "0");
	add("b", "01");
	ck_assert_uint_eq(repeats_count(repeats), 1);
	kit_settle();
	ck_assert_uint_eq(n_changes, 1);
	ck_assert_uint_eq(changes[0].n_items, 1);
	close_repeats();
}
END_TEST

START_TEST(without_room_it_waits_and_holds_up_nobody_else)
{
	open_repeats();
	has_room[0] = false;
	add("a", "0");
	add("b", "10");
	add("c", "1");
	kit_settle();
	ck_assert_uint_eq(n_changes, 1);
	ck_assert_str_eq(changes[0].user, "c");
	ck_assert_uint_eq(repeats_count(repeats), 2);
	kit_advance(10 * REPEATS_LOOK_MS);
	ck_assert_uint_eq(n_changes, 1);
	has_room[0] = true;
	kit_advance(REPEATS_LOOK_MS);
	ck_assert_uint_eq(n_changes, 3);
	ck_assert_str_eq(changes[1].user, "a");
	close_repeats();
}
END_TEST

/* Whether it waits or is being stored; another host of the same login does, and another login's. */
START_TEST(a_host_on_its_way_is_not_taken_again)
{
	open_repeats();
	is_storing = true;
	add("a", "0");
	add("a", "0");
	ck_assert_uint_eq(repeats_count(repeats), 1);
	kit_settle();
	add("a", "0");
	ck_assert_uint_eq(repeats_count(repeats), 0);
	add("a", "01");
	add("b", "0");
	kit_settle();
	ck_assert_uint_eq(n_changes, 3);
	ck_assert_uint_eq(changes[1].n_items, 1);
	ck_assert_str_eq(changes[2].user, "b");
	stored(0);
	add("a", "01");
	kit_settle();
	ck_assert_uint_eq(n_changes, 4);
	ck_assert_uint_eq(changes[3].n_items, 1);
	stored(1);
	stored(2);
	stored(3);
	add("a", "01");
	kit_settle();
	ck_assert_uint_eq(changes[4].n_items, 2);
	stored(4);
	close_repeats();
}
END_TEST

START_TEST(only_so_many_are_stored_at_once)
{
	size_t i;

	open_repeats();
	is_storing = true;
	for (i = 0; i < REPEATS_AT_ONCE + 2; i++)
		add_numbered(i);
	kit_settle();
	ck_assert_uint_eq(n_changes, REPEATS_AT_ONCE);
	stored(0);
	kit_settle();
	ck_assert_uint_eq(n_changes, REPEATS_AT_ONCE + 1);
	for (i = 1; i < n_changes; i++)
		stored(i);
	kit_settle();
	ck_assert_uint_eq(n_changes, REPEATS_AT_ONCE + 2);
	stored(n_changes - 1);
	close_repeats();
}
END_TEST

START_TEST(only_so_many_wait)
{
	size_t i;

	open_repeats();
	has_room[0] = false;
	for (i = 0; i < REPEATS_MAX + 1; i++)
		add_numbered(i);
	ck_assert_uint_eq(repeats_count(repeats), REPEATS_MAX);
	close_repeats();
}
END_TEST

START_TEST(a_stopped_queue_begins_none)
{
	open_repeats();
	add("a", "0");
	repeats_stop(repeats);
	add("b", "0");
	kit_advance(10 * REPEATS_LOOK_MS);
	ck_assert_uint_eq(n_changes, 0);
	ck_assert_uint_eq(repeats_count(repeats), 1);
	close_repeats();
}
END_TEST

/* The engine is closed: the change tells it, and nothing of the queue is touched. */
START_TEST(one_that_is_being_stored_outlives_the_queue)
{
	open_repeats();
	is_storing = true;
	add("a", "0");
	kit_settle();
	close_repeats();
	changes[0].events->closed(changes[0].arg);
}
END_TEST

START_TEST(without_memory_it_is_left_to_the_next_request)
{
	struct plan_item item = {.repeats = true};
	const int64_t before = metric_get(METRIC_REPUBLICATIONS);

	open_repeats();
	fake_malloc_fail_at(1);
	repeats_add(repeats, "a", &item, 1, READ_AT);
	ck_assert(fake_malloc_off());
	ck_assert_uint_eq(repeats_count(repeats), 0);
	new_err = ERR_NOMEM;
	add("a", "0");
	kit_settle();
	new_err = 0;
	plan_err = ERR_LIMIT;
	add("a", "0");
	kit_settle();
	ck_assert_uint_eq(n_changes, 1);
	ck_assert(!changes[0].is_gone && changes[0].is_ended);
	ck_assert_uint_eq(repeats_count(repeats), 0);
	ck_assert_int_eq(metric_get(METRIC_REPUBLICATIONS), before);
	close_repeats();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_added_begins_in_the_next_turn,
		one_that_is_decided_at_once_has_ended,
		a_zone_in_trouble_takes_none,
		without_room_it_waits_and_holds_up_nobody_else,
		a_host_on_its_way_is_not_taken_again,
		only_so_many_are_stored_at_once,
		only_so_many_wait,
		a_stopped_queue_begins_none,
		one_that_is_being_stored_outlives_the_queue,
		without_memory_it_is_left_to_the_next_request,
	};

	return unit_run("repeat", tests, N_ELEMENTS(tests));
}
