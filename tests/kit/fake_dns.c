/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/fake_dns.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/engine_kit.h"

static struct fake_record *find_record(struct fake_dns *f, const struct fqdn *name, bool make)
{
	size_t i;

	for (i = 0; i < f->n_records; i++)
		if (fqdn_equal(&f->records[i].name, name))
			return &f->records[i];
	if (!make)
		return NULL;
	KIT_CHECK(f->n_records < FAKE_RECORDS_MAX);
	memset(&f->records[i], 0, sizeof(f->records[i]));
	f->records[i].name = *name;
	f->n_records++;
	return &f->records[i];
}

static void apply(struct fake_dns *f)
{
	size_t i;

	for (i = 0; i < f->n_changes; i++) {
		const struct dns_change *c = &f->changes[i];
		struct fake_record *r = find_record(f->zone, &c->name, true);
		struct addr *at = c->addr.family == ADDR_V4 ? &r->addrs.v4 : &r->addrs.v6;

		r->is_touched = true;
		if (c->action == DNS_UPSERT)
			*at = c->addr;
		else if (addr_equal(at, &c->addr))
			memset(at, 0, sizeof(*at));
	}
}

static bool is_poisoned(const struct fake_dns *f)
{
	size_t i;

	for (i = 0; i < f->n_changes && f->poison != NULL; i++)
		if (strcmp(f->changes[i].name.text, f->poison) == 0 &&
		    (f->poison_family == ADDR_NONE ||
		     f->poison_family == f->changes[i].addr.family))
			return true;
	return false;
}

static int next_error(struct fake_dns *f)
{
	int err;

	if (f->n_script > 0) {
		err = f->script[0];
		memmove(f->script, f->script + 1, --f->n_script * sizeof(f->script[0]));
		return err;
	}
	if (f->error_percent > 0 && kit_random(100) < f->error_percent) {
		f->applies_errors = kit_random(2) == 0;
		return kit_trouble();
	}
	return 0;
}

static void tell_changes(const struct fake_dns *f, int err)
{
	size_t i;

	for (i = 0; f->on_change != NULL && i < f->n_changes; i++)
		f->on_change(f->change_arg, &f->changes[i], err);
}

static void answer_batch(void *arg)
{
	struct fake_dns *f = arg;
	struct errinfo ei = ERRINFO_INIT;
	int err = next_error(f);

	if (err == 0 && is_poisoned(f))
		err = ERR_REFUSED;
	if (!is_poisoned(f) && (err == 0 || f->applies_errors))
		apply(f);
	f->is_busy = false;
	tell_changes(f, err);
	if (err == 0 && f->on_accepted != NULL)
		f->on_accepted(f->hook_arg);
	err_set(&ei, err, "the fake says: %s", err_str(err));
	f->done(f->arg, err, err != 0 ? &ei : NULL);
}

/* What Route 53 would refuse, or what the contract forbids. */
static void check_batch(const struct fake_dns *f, const struct dns_change *changes, size_t n)
{
	size_t i, k;

	/* Two batches in flight? */
	KIT_CHECK(!f->is_busy);
	KIT_CHECK(n >= 1 && n <= f->ops.max_changes);
	for (i = 0; i < n; i++) {
		KIT_CHECK(addr_is_set(&changes[i].addr) && changes[i].ttl > 0);
		for (k = 0; k < i; k++)
			if (changes[i].addr.family == changes[k].addr.family &&
			    fqdn_equal(&changes[i].name, &changes[k].name))
				ck_abort_msg("%s twice in a batch", changes[i].name.text);
	}
}

static int fake_submit(struct dns *d, const struct dns_change *changes, size_t n, dns_done_fn *done,
		       void *arg)
{
	struct fake_dns *f = (struct fake_dns *)d;

	check_batch(f, changes, n);
	if (f->pace != NULL) {
		/* It came in its turn. */
		KIT_CHECK(f->ticket.is_held);
		KIT_CHECK(pace_wait_ms(f->pace, &f->ticket, kit_now_ms()) == 0);
	}
	if (f->n_script > 0 && f->script[0] > 0)
		return -next_error(f);
	if (f->pace != NULL)
		pace_spend(f->pace, &f->ticket, 2 * (uint32_t)n, kit_now_ms());
	if (f->on_submit != NULL)
		f->on_submit(f->hook_arg);
	f->is_busy = true;
	f->changes = changes;
	f->n_changes = n;
	f->done = done;
	f->arg = arg;
	tell_changes(f, 1);
	KIT_CHECK(f->n_batches < FAKE_BATCHES_MAX);
	f->batch_len[f->n_batches] = n;
	f->batch_ms[f->n_batches++] = kit_now_ms();
	kit_after(f->latency_ms, answer_batch, f);
	return 0;
}

static void fake_begin(struct dns *d)
{
	struct fake_dns *f = (struct fake_dns *)d;
	size_t i;

	ck_assert(!f->is_reconciling);
	f->is_reconciling = true;
	for (i = 0; i < f->n_records; i++)
		f->records[i].is_kept = f->records[i].is_touched = false;
}

static int fake_keep(struct dns *d, const struct fqdn *name, const struct addr_pair *addrs,
		     uint32_t ttl)
{
	struct fake_dns *f = (struct fake_dns *)d;
	struct fake_record *r = find_record(f, name, true);

	ck_assert(f->is_reconciling);
	ck_assert_uint_gt(ttl, 0);
	if (!r->is_touched && !r->is_kept)
		r->addrs = *addrs;
	r->is_kept = true;
	return 0;
}

static void fake_end(struct dns *d, bool complete)
{
	struct fake_dns *f = (struct fake_dns *)d;
	size_t i;

	ck_assert(f->is_reconciling);
	f->is_reconciling = false;
	f->n_reconciled++;
	for (i = 0; i < f->n_records && complete; i++)
		if (!f->records[i].is_kept && !f->records[i].is_touched)
			memset(&f->records[i].addrs, 0, sizeof(f->records[i].addrs));
}

struct fake_dns *fake_dns_new(size_t max_changes, bool is_volatile)
{
	struct fake_dns *f = calloc(1, sizeof(*f));

	ck_assert_ptr_nonnull(f);
	f->zone = f;
	f->latency_ms = 10;
	f->ops.name = "fake";
	f->ops.max_changes = max_changes;
	f->ops.is_volatile = is_volatile;
	f->ops.submit = fake_submit;
	if (is_volatile) {
		f->ops.reconcile_begin = fake_begin;
		f->ops.reconcile_keep = fake_keep;
		f->ops.reconcile_end = fake_end;
	}
	f->dns.ops = &f->ops;
	return f;
}

static size_t fake_batch_len(struct dns *d)
{
	struct fake_dns *f = (struct fake_dns *)d;
	size_t n = pace_allowance(f->pace, kit_now_ms()) / 2;

	return n < f->ops.max_changes ? n : f->ops.max_changes;
}

static size_t fake_spare_len(struct dns *d)
{
	struct fake_dns *f = (struct fake_dns *)d;
	size_t n = (pace_spare(f->pace, kit_now_ms()) + 1) / 2;

	return n < f->ops.max_changes ? n : f->ops.max_changes;
}

static uint32_t fake_wait_ms(struct dns *d, const struct dns_change *changes, size_t n)
{
	struct fake_dns *f = (struct fake_dns *)d;

	KIT_CHECK(!f->is_busy && addr_is_set(&changes[n - 1].addr));
	if (!f->ticket.is_held)
		pace_reserve(f->pace, 2 * (uint32_t)n, kit_now_ms(), &f->ticket);
	return pace_wait_ms(f->pace, &f->ticket, kit_now_ms());
}

void fake_dns_set_pace(struct fake_dns *f, struct pace *pace)
{
	f->pace = pace;
	f->ops.batch_len = fake_batch_len;
	f->ops.spare_len = fake_spare_len;
	f->ops.wait_ms = fake_wait_ms;
}

void fake_dns_free(struct fake_dns *f)
{
	ck_assert(!f->is_busy);
	free(f);
}

const char *fake_dns_get(const struct fake_dns *f, const char *name)
{
	static char text[2 * ADDR_TEXT_MAX + 1];
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < f->n_records; i++) {
		const struct fake_record *r = &f->records[i];

		if (strcmp(r->name.text, name) == 0)
			snprintf(text, sizeof(text), "%s%s%s", addr_format(&r->addrs.v4, v4),
				 addr_is_set(&r->addrs.v6) ? "," : "",
				 addr_format(&r->addrs.v6, v6));
	}
	return text;
}
