/* SPDX-License-Identifier: BSD-2-Clause
 * The whole engine: what is published once more though its router has nothing new. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/engine_world.h"

enum { DAY_MS = 86400 * 1000 };

#define ADDR  "81.2.69.1"
#define OTHER "81.2.69.2"

static struct engine_zone zone;

/* The same store and records, and an engine whose zone is another hosted zone. */
static void move_to(const char *id)
{
	kit_stop(engine);
	zone = conf.zones[0];
	str_copy(zone.id, sizeof(zone.id), slice_of(id));
	conf.zones = &zone;
	engine = kit_engine(&conf, &fault->store);
}

static void open_in(const char *id)
{
	world_open(false);
	move_to(id);
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "good " ADDR);
	kit_rest(engine);
}

static void set_ttl(uint32_t ttl)
{
	struct account *a = kit_read_account(store, "router");

	a->ttl = ttl;
	kit_rewrite_account(store, a);
	account_free(a);
}

/* While Route 53 is away nothing is repeated, and nobody waits for it. */
START_TEST(an_outage_of_the_zone_does_not_concern_an_unchanged_router)
{
	size_t i;

	open_in("Z1");
	kit_advance(DAY_MS);
	for (i = 0; i < FAKE_SCRIPT_MAX; i++)
		dns->script[i] = ERR_UNAVAILABLE;
	dns->n_script = FAKE_SCRIPT_MAX;
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	kit_advance(5000);
	/* The repetition is owed, and known to be one: also to an engine that starts now. */
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 2);
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 1);
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	move_to("Z1");
	kit_advance(1000);
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	/* It has taken it over as one. */
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 3);
	ck_assert_uint_eq(kit_state(store, "router", HOME).repeats, 3);
	/* A change is owed as any other. */
	kit_update(engine, "router", "secret", ASK_HOME OTHER, "911");
	kit_update(engine, "router", "secret", ASK_HOME OTHER, "911");
	dns->n_script = 0;
	kit_rest(engine);
	ck_assert_str_eq(fake_dns_get(dns, HOME), OTHER);
	world_close();
}
END_TEST

START_TEST(in_trouble_nothing_is_repeated)
{
	open_in("Z1");
	kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=" ADDR, "good " ADDR);
	kit_advance(DAY_MS);
	dns->script[0] = dns->script[1] = ERR_UNAVAILABLE;
	dns->n_script = 2;
	kit_update(engine, "router", "secret", ASK_HOME OTHER, "good " OTHER);
	dns->script[0] = ERR_DENIED;
	dns->n_script = 1;
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "dnserr-later");
	kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=" ADDR, "nochg " ADDR);
	kit_advance(1000);
	ck_assert_uint_eq(kit_state(store, "router", SECOND).seq, 1);
	kit_rest(engine);
	/* Its next request finds the zone well. */
	kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=" ADDR, "nochg " ADDR);
	kit_rest(engine);
	ck_assert_uint_eq(kit_state(store, "router", SECOND).seq, 2);
	ck_assert_uint_eq(kit_state(store, "router", SECOND).pub, 2);
	world_close();
}
END_TEST

START_TEST(a_ttl_that_was_changed_in_the_table_is_published_behind_nochg)
{
	open_in("Z1");
	ck_assert_uint_eq(kit_state(store, "router", HOME).ttl, KIT_TTL);
	set_ttl(300);
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	kit_advance(1000);
	ck_assert_uint_eq(kit_state(store, "router", HOME).ttl, 300);
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 2);
	ck_assert_uint_eq(dns->n_batches, 2);
	/* Once. */
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	kit_advance(1000);
	ck_assert_uint_eq(dns->n_batches, 2);
	/* And back to the zone's. */
	set_ttl(0);
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	kit_advance(1000);
	ck_assert_uint_eq(kit_state(store, "router", HOME).ttl, KIT_TTL);
	world_close();
}
END_TEST

/* The router changes while the repetition waits or flies: it is answered for its own address. */
START_TEST(a_change_overtakes_the_repetition_of_its_host)
{
	struct kit_update u = {.n_answers = 0};

	open_in("Z1");
	kit_advance(DAY_MS);
	dns->latency_ms = 500;
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	kit_advance(50);
	kit_ask(engine, &u, "router", "secret", ASK_HOME OTHER);
	kit_expect(&u, "good " OTHER);
	kit_rest(engine);
	ck_assert_str_eq(fake_dns_get(dns, HOME), OTHER);
	world_close();
}
END_TEST

START_TEST(another_hosted_zone_gets_all_at_the_start)
{
	open_in("Z1");
	kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=" ADDR, "good " ADDR);
	kit_rest(engine);
	ck_assert_str_eq(kit_state(store, "router", HOME).zone, "Z1");
	/* The same one: nothing is owed. */
	move_to("Z1");
	dns->n_records = 0;
	kit_advance(5000);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "");
	move_to("Z2");
	kit_advance(1000);
	ck_assert_str_eq(fake_dns_get(dns, HOME), ADDR);
	ck_assert_str_eq(fake_dns_get(dns, SECOND), ADDR);
	ck_assert_str_eq(kit_state(store, "router", HOME).zone, "Z2");
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	world_close();
}
END_TEST

/* The listing at the start failed, or the state was written there since: the router is not told
 * nochg for a zone that does not have its address. */
START_TEST(what_another_hosted_zone_has_is_no_nochg)
{
	struct account *a;

	open_in("Z2");
	a = kit_read_account(store, "router");
	str_copy(a->hosts[0].state.zone, sizeof(a->hosts[0].state.zone), slice_of("Z1"));
	kit_rewrite_account(store, a);
	account_free(a);
	dns->n_records = 0;
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "good " ADDR);
	ck_assert_str_eq(fake_dns_get(dns, HOME), ADDR);
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	world_close();
}
END_TEST

/* A state of an earlier version does not say where it was published: it is believed. */
START_TEST(what_does_not_say_its_hosted_zone_is_in_this_one)
{
	open_in("");
	ck_assert_str_eq(kit_state(store, "router", HOME).zone, "");
	move_to("Z1");
	kit_rest(engine);
	kit_update(engine, "router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	ck_assert_uint_eq(dns->n_batches, 1);
	world_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_outage_of_the_zone_does_not_concern_an_unchanged_router,
		in_trouble_nothing_is_repeated,
		a_ttl_that_was_changed_in_the_table_is_published_behind_nochg,
		a_change_overtakes_the_repetition_of_its_host,
		another_hosted_zone_gets_all_at_the_start,
		what_another_hosted_zone_has_is_no_nochg,
		what_does_not_say_its_hosted_zone_is_in_this_one,
	};

	return unit_run("engine_repeat", tests, N_ELEMENTS(tests));
}
