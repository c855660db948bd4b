/* SPDX-License-Identifier: BSD-2-Clause
 * Of an engine as a whole: its own reading of the store says which hosts there are. */
#include "engine/view.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "engine/engine.h"
#include "kit/engine_world.h"

static char told[1024];
static unsigned n_told;

static void on_host(void *arg, const struct view_host *h)
{
	static const char *const words[] = {
		[VIEW_UNKNOWN] = "unknown", [VIEW_PUBLISHED] = "published",
		[VIEW_QUEUED] = "queued",   [VIEW_UNSTORED] = "unstored",
		[VIEW_OWED] = "owed",
	};
	const size_t len = strlen(told);
	char v4[ADDR_TEXT_MAX];

	ck_assert_ptr_null(arg);
	n_told++;
	/* The order is that of coming: the tests ask of one host. */
	if (strcmp(h->name.p, HOME) == 0)
		snprintf(told + len, sizeof(told) - len, "%s %s %s %d%s%s%s", h->user,
			 words[h->standing], addr_format(&h->addrs.v4, v4),
			 (int)(h->waits_ms / 1000), h->why != NULL ? " " : "",
			 h->why != NULL ? h->why : "", h->asked_s != 0 ? " asked" : "");
}

/* With memory of hosts at rest. */
static void open_world(void)
{
	world_open(false);
	kit_stop(engine);
	conf.account_cache = 100;
	engine = kit_engine(&conf, &fault->store);
}

/* What is told of HOME, in slices of n. */
static const char *tell(size_t n)
{
	struct view_place place = {.n_seen = 0};
	unsigned turns = 0;

	told[0] = '\0';
	n_told = 0;
	while (view_tell(engine_view(engine), &place, n, on_host, NULL))
		ck_assert_uint_lt(turns++, 100000);
	return told;
}

START_TEST(a_host_is_there_before_anybody_asks)
{
	open_world();
	kit_settle();
	ck_assert_str_eq(tell(100), "router unknown  0");
	ck_assert_uint_eq(n_told, 2);
	ck_assert(view_is_complete(engine_view(engine)));
	ck_assert_uint_eq(view_count(engine_view(engine)), 2);
	world_close();
}
END_TEST

START_TEST(a_host_is_published_with_the_time_of_the_request)
{
	open_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ck_assert_str_eq(tell(100), "router published 81.2.69.1 0 asked");
	/* Slice by slice it is the same, and every host comes once. */
	ck_assert_str_eq(tell(1), "router published 81.2.69.1 0 asked");
	ck_assert_uint_eq(n_told, 2);
	/* Also once nothing is left to be done for it. */
	kit_advance(10 * KIT_SETTLE_MS);
	ck_assert_str_eq(tell(1), "router published 81.2.69.1 0 asked");
	world_close();
}
END_TEST

START_TEST(a_publisher_in_trouble_says_what_it_met)
{
	struct kit_update u = {.n_answers = 0};
	size_t i;

	open_world();
	for (i = 0; i < FAKE_SCRIPT_MAX; i++)
		dns->script[i] = ERR_THROTTLED;
	dns->n_script = FAKE_SCRIPT_MAX;
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
	kit_expect(&u, "911");
	kit_advance(4000);
	ck_assert_str_eq(tell(7), "router queued 81.2.69.1 12 the fake says: throttled asked");
	dns->n_script = 0;
	kit_advance(20000);
	ck_assert_str_eq(tell(7), "router published 81.2.69.1 0 asked");
	world_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_host_is_there_before_anybody_asks,
		a_host_is_published_with_the_time_of_the_request,
		a_publisher_in_trouble_says_what_it_met,
	};

	return unit_run("view", tests, N_ELEMENTS(tests));
}
