/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/zone_table.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

#define APEX "dyn.example.com"

static struct zone_table table;

static void open_table(void)
{
	struct fqdn apex = value_name(APEX);

	ck_assert_int_eq(zone_table_init(&table, &apex, 42), 0);
}

static struct zone_node *get(const char *text)
{
	struct fqdn name = value_name(text);

	return zone_table_get(&table, &name);
}

/* Gives the name an address (v4), or takes it away (NULL). */
static struct zone_node *set(const char *text, const char *v4)
{
	struct fqdn name = value_name(text);
	struct zone_node *node;
	bool had;

	ck_assert_int_eq(zone_table_reserve(&table, &name, &node), 0);
	had = zone_node_has_records(node);
	node->addrs = value_pair(v4, NULL);
	zone_table_note(&table, node, had);
	return node;
}

static void prune(const char *text, uint64_t keep)
{
	struct fqdn name = value_name(text);

	zone_table_prune(&table, &name, keep);
}

static size_t count(void)
{
	const struct zone_node *node;
	size_t n = 0;

	for (node = zone_table_walk(&table, NULL); node != NULL;
	     node = zone_table_walk(&table, node))
		n++;
	return n;
}

START_TEST(a_name_brings_its_parents_up_to_the_apex)
{
	open_table();
	ck_assert_ptr_null(get("b.a." APEX));
	set("b.a." APEX, "192.0.2.1");
	ck_assert_uint_eq(count(), 3);
	ck_assert_ptr_nonnull(get("b.a." APEX));
	ck_assert_ptr_nonnull(get("a." APEX));
	ck_assert_ptr_nonnull(get(APEX));
	ck_assert_ptr_null(get("example.com"));
	ck_assert_ptr_null(get("c.a." APEX));
	/* The same node, the second time. */
	ck_assert_ptr_eq(set("b.a." APEX, "192.0.2.2"), get("b.a." APEX));
	ck_assert_uint_eq(count(), 3);
	zone_table_fini(&table);
}
END_TEST

START_TEST(parents_count_the_names_below_them_that_have_records)
{
	open_table();
	set("b.a." APEX, "192.0.2.1");
	set("c.a." APEX, "192.0.2.1");
	set("d." APEX, "192.0.2.1");
	ck_assert_uint_eq(get(APEX)->n_below, 3);
	ck_assert_uint_eq(get("a." APEX)->n_below, 2);
	ck_assert_uint_eq(get("b.a." APEX)->n_below, 0);
	/* Another address is no other name. */
	set("b.a." APEX, "192.0.2.2");
	ck_assert_uint_eq(get("a." APEX)->n_below, 2);
	set("b.a." APEX, NULL);
	ck_assert_uint_eq(get("a." APEX)->n_below, 1);
	ck_assert_uint_eq(get(APEX)->n_below, 2);
	set("b.a." APEX, NULL);
	ck_assert_uint_eq(get("a." APEX)->n_below, 1);
	/* A name exists for what is below it (RFC 8020), without having records. */
	ck_assert(!zone_node_has_records(get("a." APEX)));
	ck_assert(zone_node_exists(get("a." APEX)));
	ck_assert(!zone_node_exists(get("b.a." APEX)));
	set("c.a." APEX, NULL);
	ck_assert(!zone_node_exists(get("a." APEX)));
	ck_assert(zone_node_exists(get(APEX)));
	zone_table_fini(&table);
}
END_TEST

START_TEST(records_are_addresses_and_glue)
{
	static const struct {
		const char *v4, *v6;
		bool is_glue;
		bool want;
	} rows[] = {
		{NULL, NULL, false, false},
		{"192.0.2.1", NULL, false, true},
		{NULL, "2001:db8::1", false, true},
		{NULL, NULL, true, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct zone_node node = {
			.addrs = value_pair(rows[i].v4, rows[i].v6),
			.is_glue = rows[i].is_glue,
		};

		ck_assert_msg(zone_node_has_records(&node) == rows[i].want, "row %zu", i);
		ck_assert_msg(zone_node_exists(&node) == rows[i].want, "row %zu", i);
	}
}
END_TEST

START_TEST(what_nothing_needs_is_pruned_up_to_what_exists)
{
	open_table();
	set("c.b.a." APEX, "192.0.2.1");
	set("a." APEX, "192.0.2.1");
	prune("c.b.a." APEX, 0);
	ck_assert_uint_eq(count(), 4);
	set("c.b.a." APEX, NULL);
	prune("c.b.a." APEX, 0);
	ck_assert_ptr_null(get("c.b.a." APEX));
	ck_assert_ptr_null(get("b.a." APEX));
	ck_assert_ptr_nonnull(get("a." APEX));
	ck_assert_ptr_nonnull(get(APEX));
	set("a." APEX, NULL);
	prune("a." APEX, 0);
	ck_assert_uint_eq(count(), 0);
	/* Nothing is there any more; nor does a name do harm that never was. */
	prune("a." APEX, 0);
	zone_table_fini(&table);
}
END_TEST

/* zone_table_reserve() that failed leaves a part of the way. */
START_TEST(parents_of_what_is_not_there_are_pruned_too)
{
	open_table();
	set("b.a." APEX, NULL);
	prune("d.c.b.a." APEX, 0);
	ck_assert_uint_eq(count(), 0);
	zone_table_fini(&table);
}
END_TEST

START_TEST(nodes_of_the_generation_to_keep_stay)
{
	open_table();
	set("b.a." APEX, NULL)->generation = 7;
	get("a." APEX)->generation = 6;
	prune("b.a." APEX, 7);
	ck_assert_ptr_nonnull(get("b.a." APEX));
	ck_assert_ptr_null(get("a." APEX));
	ck_assert_ptr_null(get(APEX));
	prune("b.a." APEX, 8);
	ck_assert_uint_eq(count(), 0);
	set("b.a." APEX, NULL)->generation = 7;
	prune("b.a." APEX, 0);
	ck_assert_uint_eq(count(), 0);
	zone_table_fini(&table);
}
END_TEST

START_TEST(all_that_nothing_needs_is_pruned)
{
	open_table();
	set("b.a." APEX, "192.0.2.1");
	set("d.c." APEX, NULL)->generation = 7;
	set("e." APEX, NULL);
	zone_table_prune_all(&table);
	ck_assert_uint_eq(count(), 3);
	ck_assert_ptr_nonnull(get("b.a." APEX));
	ck_assert_ptr_nonnull(get("a." APEX));
	zone_table_fini(&table);
}
END_TEST

START_TEST(the_apex_has_no_parent)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{"b.a." APEX, "a." APEX},
		{"a." APEX, APEX},
		{APEX, NULL},
		{"example.com", NULL},
	};
	size_t i;

	open_table();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fqdn name = value_name(rows[i].name);
		bool has = zone_table_parent(&table, &name, &name);

		ck_assert_msg(has == (rows[i].want != NULL), "row %zu", i);
		if (!has)
			continue;
		ck_assert_str_eq(name.text, rows[i].want);
		ck_assert_uint_eq(name.len, strlen(rows[i].want));
	}
	zone_table_fini(&table);
}
END_TEST

START_TEST(without_memory_nothing_stays_but_what_can_be_pruned)
{
	struct fqdn name = value_name("c.b.a." APEX), apex = value_name(APEX);
	struct zone_node *node;
	size_t n;
	int err;

	fake_malloc_fail_at(1);
	err = zone_table_init(&table, &apex, 1);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	for (n = 1;; n++) {
		open_table();
		fake_malloc_fail_at(n);
		err = zone_table_reserve(&table, &name, &node);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		zone_table_prune(&table, &name, 0);
		ck_assert_uint_eq(count(), 0);
		zone_table_fini(&table);
	}
	ck_assert_uint_eq(n, 5);
	ck_assert_uint_eq(count(), 4);
	zone_table_fini(&table);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_brings_its_parents_up_to_the_apex,
		parents_count_the_names_below_them_that_have_records,
		records_are_addresses_and_glue,
		what_nothing_needs_is_pruned_up_to_what_exists,
		parents_of_what_is_not_there_are_pruned_too,
		nodes_of_the_generation_to_keep_stay,
		all_that_nothing_needs_is_pruned,
		the_apex_has_no_parent,
		without_memory_nothing_stays_but_what_can_be_pruned,
	};

	return unit_run("zone_table", tests, N_ELEMENTS(tests));
}
