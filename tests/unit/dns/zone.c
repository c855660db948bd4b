/* SPDX-License-Identifier: BSD-2-Clause
 * The zone's table beyond what the conformance suite and the answers show: serials, refusals,
 * memory that runs out, and many names. */
#include "dns/zone.h"

#include <stdio.h>

#include "kit/dns_kit.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

static struct dns_zone *zone;

static void setup(void)
{
	struct dns_server_zone conf = dns_kit_zone_conf();

	ck_assert_int_eq(dns_zone_new(&conf, 7, 42, &zone), 0);
}

static void teardown(void)
{
	dns_zone_free(zone);
}

static struct dns_change change_of(enum dns_action action, const char *name, const char *addr)
{
	return (struct dns_change){
		.action = action, .name = value_name(name), .addr = value_addr(addr), .ttl = 60};
}

static struct dns_zone_view look(const char *text)
{
	struct fqdn name = value_name(text);
	struct dns_zone_view view;

	dns_zone_look(zone, &name, &view);
	return view;
}

START_TEST(serial_grows_with_every_change_and_skips_zero)
{
	struct dns_server_zone conf = dns_kit_zone_conf();

	dns_zone_free(zone);
	ck_assert_int_eq(dns_zone_new(&conf, UINT32_MAX - 1, 42, &zone), 0);
	dns_kit_upsert(zone, "a.dyn.example.com", "192.0.2.1", 60);
	ck_assert_uint_eq(dns_zone_serial(zone), UINT32_MAX);
	dns_kit_upsert(zone, "a.dyn.example.com", "192.0.2.2", 60);
	ck_assert_uint_eq(dns_zone_serial(zone), 1);
	dns_zone_free(zone);
	ck_assert_int_eq(dns_zone_new(&conf, 0, 42, &zone), 0);
	ck_assert_uint_eq(dns_zone_serial(zone), 1);
}
END_TEST

START_TEST(a_name_is_in_its_zone_or_in_none)
{
	/* Of their own length: AddressSanitizer sees who reads behind them. */
	struct dns_zone **zones = malloc(sizeof(struct dns_zone *));
	struct fqdn inside = value_name("a.dyn.example.com"), outside = value_name("example.com");

	ck_assert_ptr_nonnull(zones);
	zones[0] = zone;
	ck_assert_ptr_eq(dns_zone_find(zones, 1, &inside), zone);
	ck_assert_ptr_null(dns_zone_find(zones, 1, &outside));
	ck_assert_ptr_null(dns_zone_find(zones, 0, &inside));
	free(zones);
}
END_TEST

START_TEST(reconciliation_without_a_difference_keeps_the_serial)
{
	struct addr_pair pair = {.v4 = value_addr("192.0.2.1")};
	struct fqdn name = value_name("a.dyn.example.com");
	uint32_t before;

	dns_kit_upsert(zone, "a.dyn.example.com", "192.0.2.1", 60);
	before = dns_zone_serial(zone);
	dns_zone_reconcile_begin(zone);
	ck_assert_int_eq(dns_zone_reconcile_keep(zone, &name, &pair, 60), 0);
	dns_zone_reconcile_end(zone, true);
	ck_assert_uint_eq(dns_zone_serial(zone), before);
	dns_zone_reconcile_begin(zone);
	dns_zone_reconcile_end(zone, true);
	ck_assert_uint_eq(dns_zone_serial(zone), before + 1);
}
END_TEST

static const struct {
	const char *v4, *v6;
	uint32_t old_ttl, new_ttl;
} ttl_rows[] = {
	{"192.0.2.1", NULL, 60, 300},	       {NULL, "2001:db8::1", 60, 300},
	{"192.0.2.1", "2001:db8::1", 60, 300}, {"192.0.2.1", NULL, 300, 60},
	{NULL, "2001:db8::1", 300, 60},	       {"192.0.2.1", "2001:db8::1", 300, 60},
	{NULL, "2001:db8::1", 60, 60},	       {"192.0.2.1", "2001:db8::1", 60, 60},
};

START_TEST(a_ttl_that_was_configured_anew_is_taken_in_every_family)
{
	const char *v4 = ttl_rows[_i].v4, *v6 = ttl_rows[_i].v6;
	struct fqdn name = value_name("a.dyn.example.com");
	struct addr_pair pair = {.v4.family = ADDR_NONE};
	struct dns_zone_view view;
	uint32_t before;
	size_t i;

	if (v4 != NULL) {
		dns_kit_upsert(zone, "a.dyn.example.com", v4, ttl_rows[_i].old_ttl);
		pair.v4 = value_addr(v4);
	}
	if (v6 != NULL) {
		dns_kit_upsert(zone, "a.dyn.example.com", v6, ttl_rows[_i].old_ttl);
		pair.v6 = value_addr(v6);
	}
	before = dns_zone_serial(zone);
	dns_zone_reconcile_begin(zone);
	ck_assert_int_eq(dns_zone_reconcile_keep(zone, &name, &pair, ttl_rows[_i].new_ttl), 0);
	dns_zone_reconcile_end(zone, true);
	view = look("a.dyn.example.com");
	ck_assert_uint_eq(view.n_rrs, (size_t)((v4 != NULL) + (v6 != NULL)));
	for (i = 0; i < view.n_rrs; i++)
		ck_assert_uint_eq(view.rrs[i].ttl, ttl_rows[_i].new_ttl);
	ck_assert_uint_eq(dns_zone_serial(zone),
			  before + (ttl_rows[_i].new_ttl != ttl_rows[_i].old_ttl));
}
END_TEST

/* Of two families one was published later, after the new TTL had come. */
START_TEST(a_family_with_the_old_ttl_is_noticed_beside_one_with_the_new)
{
	static const char *const addrs[] = {"192.0.2.1", "2001:db8::1"};
	struct fqdn name = value_name("a.dyn.example.com");
	struct addr_pair pair = {.v4 = value_addr(addrs[0]), .v6 = value_addr(addrs[1])};
	struct dns_zone_view view;

	dns_kit_upsert(zone, "a.dyn.example.com", addrs[_i], 60);
	dns_kit_upsert(zone, "a.dyn.example.com", addrs[1 - _i], 300);
	dns_zone_reconcile_begin(zone);
	ck_assert_int_eq(dns_zone_reconcile_keep(zone, &name, &pair, 300), 0);
	dns_zone_reconcile_end(zone, true);
	view = look("a.dyn.example.com");
	ck_assert_uint_eq(view.n_rrs, 2);
	ck_assert_uint_eq(view.rrs[0].ttl, 300);
	ck_assert_uint_eq(view.rrs[1].ttl, 300);
}
END_TEST

static const struct {
	const char *name, *sentence;
} refused[] = {
	{"a.example.com", "a.example.com is not within the zone dyn.example.com"},
	{"xdyn.example.com", "xdyn.example.com is not within the zone dyn.example.com"},
	{"ns1.dyn.example.com", "ns1.dyn.example.com is a name server of the zone dyn.example.com"},
};

START_TEST(batch_with_a_change_that_cannot_be_is_refused_as_a_whole)
{
	struct dns_change changes[2] = {change_of(DNS_UPSERT, "a.dyn.example.com", "192.0.2.1"),
					change_of(DNS_UPSERT, refused[_i].name, "192.0.2.1")};
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(dns_zone_apply(zone, changes, 2, &ei), ERR_REFUSED);
	ck_assert_str_eq(ei.text, refused[_i].sentence);
	ck_assert(!look("a.dyn.example.com").exists);
	ck_assert_uint_eq(dns_zone_serial(zone), 7);
}
END_TEST

START_TEST(batch_without_memory_changes_nothing)
{
	struct dns_change changes[3] = {
		change_of(DNS_UPSERT, "x.y.z.dyn.example.com", "192.0.2.1"),
		change_of(DNS_DELETE, "old.dyn.example.com", "192.0.2.9"),
		change_of(DNS_UPSERT, "v.w.z.dyn.example.com", "192.0.2.2")};
	size_t n;
	int err;

	dns_kit_upsert(zone, "old.dyn.example.com", "192.0.2.9", 60);
	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = dns_zone_apply(zone, changes, 3, NULL);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert(look("old.dyn.example.com").exists);
		ck_assert(!look("x.y.z.dyn.example.com").exists);
		ck_assert(!look("z.dyn.example.com").exists);
		ck_assert_uint_eq(dns_zone_serial(zone), 8);
	}
	ck_assert_uint_gt(n, 5);
	ck_assert_int_eq(err, 0);
	ck_assert(!look("old.dyn.example.com").exists);
	ck_assert(look("z.dyn.example.com").exists);
	ck_assert_uint_eq(look("v.w.z.dyn.example.com").n_rrs, 1);
}
END_TEST

START_TEST(new_zone_without_memory_is_refused)
{
	struct dns_server_zone conf = dns_kit_zone_conf();
	struct dns_zone *z = NULL;
	size_t n;
	int err;

	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = dns_zone_new(&conf, 1, 42, &z);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(z);
	}
	ck_assert_uint_gt(n, 2);
	dns_zone_free(z);
}
END_TEST

START_TEST(keep_without_memory_changes_nothing)
{
	struct fqdn name = value_name("x.y.dyn.example.com");
	struct addr_pair pair = {.v4 = value_addr("192.0.2.1")};
	size_t n;
	int err;

	dns_zone_reconcile_begin(zone);
	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = dns_zone_reconcile_keep(zone, &name, &pair, 60);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert(!look("y.dyn.example.com").exists);
	}
	ck_assert_uint_gt(n, 1);
	dns_zone_reconcile_end(zone, true);
	ck_assert_uint_eq(look("x.y.dyn.example.com").n_rrs, 1);
}
END_TEST

START_TEST(name_deleted_during_a_reconciliation_does_not_exist)
{
	struct dns_change delete = change_of(DNS_DELETE, "x.y.dyn.example.com", "192.0.2.1");

	dns_kit_upsert(zone, "x.y.dyn.example.com", "192.0.2.1", 60);
	dns_zone_reconcile_begin(zone);
	ck_assert_int_eq(dns_zone_apply(zone, &delete, 1, NULL), 0);
	ck_assert(!look("x.y.dyn.example.com").exists);
	ck_assert(!look("y.dyn.example.com").exists);
	dns_zone_reconcile_end(zone, true);
	ck_assert(!look("y.dyn.example.com").exists);
}
END_TEST

START_TEST(glue_is_never_reconciled_away)
{
	struct addr_pair pair = {.v4 = value_addr("192.0.2.1")};
	struct fqdn name = value_name("ns1.dyn.example.com");

	dns_zone_reconcile_begin(zone);
	ck_assert_int_eq(dns_zone_reconcile_keep(zone, &name, &pair, 60), 0);
	dns_zone_reconcile_end(zone, true);
	ck_assert_uint_eq(look("ns1.dyn.example.com").n_rrs, 2);
}
END_TEST

/* Deep names share their parents, which must come and go with them. */
START_TEST(thousands_of_names_come_and_go)
{
	enum { NAMES = 5000 };
	struct dns_change change;
	char name[64], parent[64];
	int round, i;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < NAMES; i++) {
			snprintf(name, sizeof(name), "h%d.g%d.dyn.example.com", i, i % 7);
			dns_kit_upsert(zone, name, "192.0.2.1", 60);
		}
		for (i = 0; i < NAMES; i++) {
			snprintf(name, sizeof(name), "h%d.g%d.dyn.example.com", i, i % 7);
			snprintf(parent, sizeof(parent), "g%d.dyn.example.com", i % 7);
			ck_assert_uint_eq(look(name).n_rrs, 1);
			ck_assert(look(parent).exists);
			change = change_of(DNS_DELETE, name, "192.0.2.1");
			ck_assert_int_eq(dns_zone_apply(zone, &change, 1, NULL), 0);
			ck_assert(!look(name).exists);
			ck_assert_int_eq(look(parent).exists, i < NAMES - 7);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("zone");
	TCase *tc = tcase_create("table");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, serial_grows_with_every_change_and_skips_zero);
	tcase_add_test(tc, reconciliation_without_a_difference_keeps_the_serial);
	tcase_add_loop_test(tc, a_ttl_that_was_configured_anew_is_taken_in_every_family, 0,
			    N_ELEMENTS(ttl_rows));
	tcase_add_loop_test(tc, a_family_with_the_old_ttl_is_noticed_beside_one_with_the_new, 0, 2);
	tcase_add_loop_test(tc, batch_with_a_change_that_cannot_be_is_refused_as_a_whole, 0,
			    N_ELEMENTS(refused));
	tcase_add_test(tc, batch_without_memory_changes_nothing);
	tcase_add_test(tc, new_zone_without_memory_is_refused);
	tcase_add_test(tc, a_name_is_in_its_zone_or_in_none);
	tcase_add_test(tc, keep_without_memory_changes_nothing);
	tcase_add_test(tc, name_deleted_during_a_reconciliation_does_not_exist);
	tcase_add_test(tc, glue_is_never_reconciled_away);
	tcase_add_test(tc, thousands_of_names_come_and_go);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
