/* SPDX-License-Identifier: BSD-2-Clause
 * The functions of the vtable, those that a backend may leave out, too. */
#include "dns/dns.h"

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

int main(void)
{
	const TTest *const tests[] = {
		each_call_reaches_its_backend,
		a_backend_without_a_rate_never_waits,
	};

	return unit_run("dns", tests, N_ELEMENTS(tests));
}
