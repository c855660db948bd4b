/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/engine_world.h"

#include <stdio.h>

#include "store/memory.h"

struct store *store;
struct fault_store *fault;
struct fake_dns *dns;
struct engine_conf conf;
struct engine *engine;

void world_open(bool is_volatile)
{
	kit_open();
	ck_assert_int_eq(store_memory_open(&kit_loop, &store), 0);
	fault = fault_store_new(store);
	dns = fake_dns_new(500, is_volatile);
	conf = kit_conf(&dns->dns);
	kit_put_account(store, "router", "secret", HOME " " SECOND);
	engine = kit_engine(&conf, &fault->store);
}

void world_close(void)
{
	if (engine != NULL)
		kit_stop(engine);
	engine = NULL;
	store_close(store);
	kit_close();
	fault_store_free(fault);
	fake_dns_free(dns);
}

void misbehave(enum kit_verb verb, unsigned n, int err, bool is_applied)
{
	fault->faults[verb].n = n;
	fault->faults[verb].err = err;
	fault->faults[verb].is_applied = is_applied;
}

void assert_published(const char *host, const char *addrs)
{
	struct host_state s;
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], stored[2 * ADDR_TEXT_MAX + 1];

	kit_rest(engine);
	kit_advance(60000);
	s = kit_state(store, "router", host);
	snprintf(stored, sizeof(stored), "%s%s%s", addr_format(&s.want.v4, v4),
		 addr_is_set(&s.want.v6) ? "," : "", addr_format(&s.want.v6, v6));
	ck_assert_str_eq(stored, addrs);
	ck_assert_uint_eq(s.pub, s.seq);
	ck_assert_str_eq(fake_dns_get(dns, host), addrs);
}

void assert_at_rest(const char *host, const char *addr)
{
	assert_published(host, addr);
}
