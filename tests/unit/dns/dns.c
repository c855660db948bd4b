/* SPDX-License-Identifier: BSD-2-Clause
 * The functions of the vtable, those that a backend may leave out, too. */
#include "dns/dns.h"

#include "base/err.h"
#include "kit/unit.h"

static struct dns *told; /* by the last call */
static const struct dns_change change;

static void fake_close(struct dns *d)
{
	told = d;
}

static size_t fake_batch_len(struct dns *d)
{
	told = d;
	return 7;
}

static uint32_t fake_wait_ms(struct dns *d, const struct dns_change *changes, size_t n)
{
	told = d;
	return changes == &change && n == 1 ? 11 : 0;
}

static void on_done(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)err;
	(void)why;
}

static int fake_submit(struct dns *d, const struct dns_change *changes, size_t n, dns_done_fn *done,
		       void *arg)
{
	told = d;
	return changes == &change && n == 1 && done == on_done && arg == &told ? 0 : ERR_INVAL;
}

START_TEST(each_call_reaches_its_backend)
{
	static const struct dns_ops ops = {
		.max_changes = 100,
		.close = fake_close,
		.submit = fake_submit,
		.batch_len = fake_batch_len,
		.wait_ms = fake_wait_ms,
	};
	struct dns d = {&ops};

	ck_assert_uint_eq(dns_batch_len(&d), 7);
	ck_assert_uint_eq(dns_wait_ms(&d, &change, 1), 11);
	ck_assert_int_eq(dns_submit(&d, &change, 1, on_done, &told), 0);
	ck_assert_ptr_eq(told, &d);
	told = NULL;
	dns_close(&d);
	ck_assert_ptr_eq(told, &d);
	dns_close(NULL);
}
END_TEST

START_TEST(a_backend_without_a_rate_never_waits)
{
	static const struct dns_ops ops = {.max_changes = 100, .submit = fake_submit};
	struct dns d = {&ops};

	ck_assert_uint_eq(dns_batch_len(&d), 100);
	ck_assert_uint_eq(dns_wait_ms(&d, &change, 1), 0);
}
END_TEST

static size_t fake_spare_len(struct dns *d)
{
	told = d;
	return 3;
}

static void fake_leave(struct dns *d)
{
	told = d;
}

static bool fake_was_lost(const struct dns *d)
{
	return d != NULL;
}

START_TEST(what_a_backend_knows_better_is_asked_of_it)
{
	static const struct dns_ops ops = {.max_changes = 100,
					   .spare_len = fake_spare_len,
					   .leave = fake_leave,
					   .was_lost = fake_was_lost};
	static const struct dns_ops none = {.max_changes = 100};
	struct dns d = {&ops}, plain = {&none};

	told = NULL;
	dns_leave(&plain);
	ck_assert_ptr_null(told);
	ck_assert_uint_eq(dns_spare_len(&plain), 100);
	dns_leave(&d);
	ck_assert_ptr_eq(told, &d);
	ck_assert_uint_eq(dns_spare_len(&d), 3);
	ck_assert(dns_was_lost(&d, 0) && dns_was_lost(&d, ERR_DENIED));
}
END_TEST

/* An answer that decides: nothing of the request lands any more. */
START_TEST(what_got_no_answer_may_be_carried_out_later)
{
	static const struct {
		int err;
		bool want;
	} rows[] = {
		{0, false},
		{ERR_REFUSED, false},
		{ERR_NOTFOUND, false},
		{ERR_DENIED, false},
		{ERR_THROTTLED, false},
		{ERR_TIMEOUT, true},
		{ERR_UNAVAILABLE, true},
		{ERR_PROTOCOL, true},
		{ERR_CANCELED, true},
	};
	static const struct dns_ops ops = {.max_changes = 100};
	struct dns d = {&ops};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(dns_was_lost(&d, rows[i].err) == rows[i].want, "row %zu", i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_a_backend_knows_better_is_asked_of_it,
		what_got_no_answer_may_be_carried_out_later,
		each_call_reaches_its_backend,
		a_backend_without_a_rate_never_waits,
	};

	return unit_run("dns", tests, N_ELEMENTS(tests));
}
