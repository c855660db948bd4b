/* SPDX-License-Identifier: BSD-2-Clause */
#include "suite/dns_suite.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "dns/dns.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { CASE_TIMEOUT_S = 60, BATCH_MAX = 50, TTL = 60 };

static const struct dns_subject *subject;
static uv_loop_t loop;
static struct dns *dns;
static struct fqdn zone;

/* --- submitting --- */

struct answer {
	unsigned n_calls;
	int err;
};

static void on_done(void *arg, int err, const struct errinfo *why)
{
	struct answer *a = arg;

	a->n_calls++;
	a->err = err;
	ck_assert_msg(err == 0 || (why != NULL && why->text[0] != '\0'),
		      "error %d came without a sentence", err);
}

static void on_late(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static void await(const struct answer *a)
{
	bool is_late = false;
	uv_timer_t timer;

	ck_assert_int_eq(uv_timer_init(&loop, &timer), 0);
	timer.data = &is_late;
	ck_assert_int_eq(uv_timer_start(&timer, on_late, subject->timeout_ms, 0), 0);
	while (a->n_calls == 0 && !is_late)
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_msg(!is_late, "%s did not answer in %u ms", subject->name, subject->timeout_ms);
	ck_assert_msg(a->n_calls == 1, "done was called %u times", a->n_calls);
}

static int submit(const struct dns_change *changes, size_t n)
{
	struct answer a = {0};
	int err = dns_submit(dns, changes, n, on_done, &a);

	ck_assert_msg(a.n_calls == 0, "done was called from inside of submit()");
	if (err < 0)
		return err;
	await(&a);
	return a.err;
}

/* --- values --- */

/* label NULL: the apex. */
static struct fqdn name_of(const char *label)
{
	char text[2 * FQDN_TEXT_MAX];
	struct fqdn name;

	if (label == NULL)
		return zone;
	snprintf(text, sizeof(text), "%s.%s", label, zone.text);
	ck_assert_int_eq(fqdn_parse(slice_of(text), &name), 0);
	return name;
}

static struct dns_change change_of(enum dns_action action, const char *label, const char *addr,
				   uint32_t ttl)
{
	return (struct dns_change){
		.action = action, .name = name_of(label), .addr = value_addr(addr), .ttl = ttl};
}

static void upsert(const char *label, const char *addr, uint32_t ttl)
{
	struct dns_change change = change_of(DNS_UPSERT, label, addr, ttl);

	ck_assert_int_eq(submit(&change, 1), 0);
}

/* addr NULL: there must be no such record set. */
static void assert_record(const char *label, enum addr_family family, const char *addr,
			  uint32_t ttl)
{
	struct fqdn name = name_of(label);
	char shown[ADDR_TEXT_MAX];
	struct addr got, want;
	uint32_t got_ttl;
	int err = subject->read(subject->ctx, &name, family, &got, &got_ttl);

	if (addr == NULL) {
		ck_assert_msg(err == ERR_NOTFOUND, "%s: %s instead of nothing", name.text,
			      err == 0 ? addr_format(&got, shown) : err_str(err));
		return;
	}
	ck_assert_msg(err == 0, "%s: %s", name.text, err_str(err));
	want = value_addr(addr);
	ck_assert_msg(addr_equal(&got, &want), "%s is %s instead of %s", name.text,
		      addr_format(&got, shown), addr);
	ck_assert_uint_eq(got_ttl, ttl);
}

/* --- fixture --- */

static void setup(void)
{
	struct errinfo ei = ERRINFO_INIT;
	int err;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(fqdn_parse(slice_of(subject->zone), &zone), 0);
	err = subject->open(subject->ctx, &loop, &zone, &dns, &ei);
	ck_assert_msg(err == 0, "%s: %s", subject->name, ei.text);
}

static void close_all(void)
{
	if (dns == NULL)
		return;
	dns_close(dns);
	dns = NULL;
	if (subject->shut != NULL)
		subject->shut(subject->ctx);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void teardown(void)
{
	close_all();
	ck_assert_msg(uv_loop_close(&loop) == 0, "a handle was left open");
}

/* --- submit --- */

START_TEST(backend_says_what_it_is)
{
	ck_assert_uint_ge(dns->ops->max_changes, 1);
	ck_assert_int_eq(dns->ops->is_volatile, subject->is_volatile);
	ck_assert_str_ne(dns->ops->name, "");
	assert_record("a", ADDR_V4, NULL, 0);
}
END_TEST

START_TEST(upsert_creates_a_record_set)
{
	upsert("a", "192.0.2.1", TTL);
	assert_record("a", ADDR_V4, "192.0.2.1", TTL);
	assert_record("a", ADDR_V6, NULL, 0);
	assert_record("b", ADDR_V4, NULL, 0);
}
END_TEST

START_TEST(upsert_replaces_address_and_ttl)
{
	upsert("a", "192.0.2.1", TTL);
	upsert("a", "192.0.2.2", 300);
	assert_record("a", ADDR_V4, "192.0.2.2", 300);
	upsert("a", "192.0.2.2", 300);
	assert_record("a", ADDR_V4, "192.0.2.2", 300);
}
END_TEST

START_TEST(families_are_record_sets_of_their_own)
{
	struct dns_change delete = change_of(DNS_DELETE, "a", "192.0.2.1", TTL);

	upsert("a", "192.0.2.1", TTL);
	upsert("a", "2001:db8::1", 120);
	assert_record("a", ADDR_V4, "192.0.2.1", TTL);
	assert_record("a", ADDR_V6, "2001:db8::1", 120);
	ck_assert_int_eq(submit(&delete, 1), 0);
	assert_record("a", ADDR_V4, NULL, 0);
	assert_record("a", ADDR_V6, "2001:db8::1", 120);
}
END_TEST

START_TEST(delete_of_what_is_gone_is_accepted)
{
	struct dns_change delete = change_of(DNS_DELETE, "a", "192.0.2.1", TTL);

	ck_assert_int_eq(submit(&delete, 1), 0);
	upsert("a", "192.0.2.1", TTL);
	ck_assert_int_eq(submit(&delete, 1), 0);
	ck_assert_int_eq(submit(&delete, 1), 0);
	assert_record("a", ADDR_V4, NULL, 0);
}
END_TEST

/* The name may have a new owner by now. */
START_TEST(delete_of_an_older_address_leaves_the_newer_one)
{
	struct dns_change delete = change_of(DNS_DELETE, "a", "192.0.2.1", TTL);
	int err;

	upsert("a", "192.0.2.2", TTL);
	err = submit(&delete, 1);
	ck_assert_msg(err == 0 || err == ERR_REFUSED, "%s", err_str(err));
	assert_record("a", ADDR_V4, "192.0.2.2", TTL);
}
END_TEST

static const char *const odd_labels[] = {
	"*",
	"*.home",
	"a.b.c.d.e",
	"_dmarc",
	"home_pc",
	"-a-",
	"a--b",
	"-",
	"_",
	"xn--a",
	"0",
	"xn--mnchen-3ya",
	"a-very-long-label-that-has-sixty-three-characters-in-all-of-it1",
};

START_TEST(odd_names_are_published)
{
	upsert(odd_labels[_i], "192.0.2.1", TTL);
	upsert(odd_labels[_i], "2001:db8::1", TTL);
	assert_record(odd_labels[_i], ADDR_V4, "192.0.2.1", TTL);
	assert_record(odd_labels[_i], ADDR_V6, "2001:db8::1", TTL);
}
END_TEST

START_TEST(wildcard_and_its_neighbour_are_different_names)
{
	upsert("*", "192.0.2.1", TTL);
	upsert("a", "192.0.2.2", TTL);
	assert_record("*", ADDR_V4, "192.0.2.1", TTL);
	assert_record("a", ADDR_V4, "192.0.2.2", TTL);
}
END_TEST

static const char *const addresses[] = {
	"0.0.0.1",
	"255.255.255.254",
	"::1",
	"2001:db8::",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff",
	"1:0:0:2::3",
};

START_TEST(every_address_comes_back_as_it_was)
{
	struct addr addr = value_addr(addresses[_i]);

	upsert("a", addresses[_i], TTL);
	assert_record("a", (enum addr_family)addr.family, addresses[_i], TTL);
}
END_TEST

START_TEST(batch_of_many_names_is_applied_as_a_whole)
{
	size_t i, n = dns->ops->max_changes < BATCH_MAX ? dns->ops->max_changes : BATCH_MAX;
	struct dns_change changes[BATCH_MAX] = {{0}};
	char label[16], addr[32];

	for (i = 0; i < n; i++) {
		snprintf(label, sizeof(label), "h%zu", i / 2);
		snprintf(addr, sizeof(addr), i % 2 == 0 ? "192.0.2.%zu" : "2001:db8::%zu", i);
		changes[i] = change_of(DNS_UPSERT, label, addr, TTL);
	}
	ck_assert_int_eq(submit(changes, n), 0);
	for (i = 0; i < n; i++) {
		snprintf(label, sizeof(label), "h%zu", i / 2);
		snprintf(addr, sizeof(addr), i % 2 == 0 ? "192.0.2.%zu" : "2001:db8::%zu", i);
		assert_record(label, (enum addr_family)changes[i].addr.family, addr, TTL);
	}
}
END_TEST

START_TEST(batch_may_delete_one_name_and_upsert_another)
{
	struct dns_change changes[2];

	upsert("old", "192.0.2.1", TTL);
	changes[0] = change_of(DNS_DELETE, "old", "192.0.2.1", TTL);
	changes[1] = change_of(DNS_UPSERT, "new", "192.0.2.1", TTL);
	ck_assert_int_eq(submit(changes, 2), 0);
	assert_record("old", ADDR_V4, NULL, 0);
	assert_record("new", ADDR_V4, "192.0.2.1", TTL);
}
END_TEST

START_TEST(close_answers_what_is_pending)
{
	struct dns_change change = change_of(DNS_UPSERT, "a", "192.0.2.1", TTL);
	struct answer a = {0};

	ck_assert_int_eq(dns_submit(dns, &change, 1, on_done, &a), 0);
	ck_assert_uint_eq(a.n_calls, 0);
	close_all();
	ck_assert_uint_eq(a.n_calls, 1);
	ck_assert_int_eq(a.err, ERR_CANCELED);
}
END_TEST

/* --- reconciliation --- */

static void keep(const char *label, const char *v4, const char *v6, uint32_t ttl)
{
	struct addr_pair pair = {.v4.family = ADDR_NONE};
	struct fqdn name = name_of(label);

	if (v4 != NULL)
		pair.v4 = value_addr(v4);
	if (v6 != NULL)
		pair.v6 = value_addr(v6);
	ck_assert_int_eq(dns->ops->reconcile_keep(dns, &name, &pair, ttl), 0);
}

START_TEST(reconciliation_loads_keeps_and_drops)
{
	upsert("stays", "192.0.2.1", TTL);
	upsert("goes", "192.0.2.2", TTL);
	upsert("differs", "192.0.2.3", TTL);
	upsert("differs", "2001:db8::3", TTL);
	dns->ops->reconcile_begin(dns);
	keep("stays", "192.0.2.1", NULL, TTL);
	keep("differs", "192.0.2.33", NULL, 300);
	keep("comes", "192.0.2.4", "2001:db8::4", TTL);
	assert_record("goes", ADDR_V4, "192.0.2.2", TTL);
	dns->ops->reconcile_end(dns, true);
	assert_record("stays", ADDR_V4, "192.0.2.1", TTL);
	assert_record("goes", ADDR_V4, NULL, 0);
	assert_record("differs", ADDR_V4, "192.0.2.33", 300);
	assert_record("differs", ADDR_V6, NULL, 0);
	assert_record("comes", ADDR_V4, "192.0.2.4", TTL);
	assert_record("comes", ADDR_V6, "2001:db8::4", TTL);
}
END_TEST

START_TEST(reconciliation_never_rolls_back_what_changed_since_it_began)
{
	struct dns_change delete = change_of(DNS_DELETE, "removed", "192.0.2.5", TTL);

	upsert("changed", "192.0.2.1", TTL);
	upsert("removed", "192.0.2.5", TTL);
	dns->ops->reconcile_begin(dns);
	upsert("changed", "192.0.2.2", TTL);
	upsert("new", "192.0.2.3", TTL);
	ck_assert_int_eq(submit(&delete, 1), 0);
	keep("changed", "192.0.2.1", NULL, TTL);
	keep("removed", "192.0.2.5", NULL, TTL);
	dns->ops->reconcile_end(dns, true);
	assert_record("changed", ADDR_V4, "192.0.2.2", TTL);
	assert_record("new", ADDR_V4, "192.0.2.3", TTL);
	assert_record("removed", ADDR_V4, NULL, 0);
}
END_TEST

START_TEST(incomplete_reconciliation_drops_nothing)
{
	upsert("a", "192.0.2.1", TTL);
	dns->ops->reconcile_begin(dns);
	keep("b", "192.0.2.2", NULL, TTL);
	dns->ops->reconcile_end(dns, false);
	assert_record("a", ADDR_V4, "192.0.2.1", TTL);
	assert_record("b", ADDR_V4, "192.0.2.2", TTL);
	dns->ops->reconcile_begin(dns);
	dns->ops->reconcile_end(dns, true);
	assert_record("a", ADDR_V4, NULL, 0);
	assert_record("b", ADDR_V4, NULL, 0);
}
END_TEST

START_TEST(name_is_dropped_by_the_reconciliation_after_the_one_it_changed_in)
{
	dns->ops->reconcile_begin(dns);
	upsert("a", "192.0.2.1", TTL);
	dns->ops->reconcile_end(dns, true);
	assert_record("a", ADDR_V4, "192.0.2.1", TTL);
	dns->ops->reconcile_begin(dns);
	dns->ops->reconcile_end(dns, true);
	assert_record("a", ADDR_V4, NULL, 0);
}
END_TEST

/* --- the suite --- */

static TCase *new_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, CASE_TIMEOUT_S);
	suite_add_tcase(s, tc);
	return tc;
}

static void add_submit(Suite *s)
{
	TCase *tc = new_case(s, "submit");

	tcase_add_test(tc, backend_says_what_it_is);
	tcase_add_test(tc, upsert_creates_a_record_set);
	tcase_add_test(tc, upsert_replaces_address_and_ttl);
	tcase_add_test(tc, families_are_record_sets_of_their_own);
	tcase_add_test(tc, delete_of_what_is_gone_is_accepted);
	tcase_add_test(tc, delete_of_an_older_address_leaves_the_newer_one);
	tcase_add_loop_test(tc, odd_names_are_published, 0,
			    sizeof(odd_labels) / sizeof(odd_labels[0]));
	tcase_add_test(tc, wildcard_and_its_neighbour_are_different_names);
	tcase_add_loop_test(tc, every_address_comes_back_as_it_was, 0,
			    sizeof(addresses) / sizeof(addresses[0]));
	tcase_add_test(tc, batch_of_many_names_is_applied_as_a_whole);
	tcase_add_test(tc, batch_may_delete_one_name_and_upsert_another);
	tcase_add_test(tc, close_answers_what_is_pending);
}

static void add_reconcile(Suite *s)
{
	TCase *tc = new_case(s, "reconcile");

	tcase_add_test(tc, reconciliation_loads_keeps_and_drops);
	tcase_add_test(tc, reconciliation_never_rolls_back_what_changed_since_it_began);
	tcase_add_test(tc, incomplete_reconciliation_drops_nothing);
	tcase_add_test(tc, name_is_dropped_by_the_reconciliation_after_the_one_it_changed_in);
}

void dns_suite_add(Suite *s, const struct dns_subject *of)
{
	subject = of;
	add_submit(s);
	if (of->is_volatile)
		add_reconcile(s);
}
