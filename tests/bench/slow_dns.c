/* SPDX-License-Identifier: BSD-2-Clause */
#include "slow_dns.h"

#include <stddef.h>

static void on_latency(uv_timer_t *timer)
{
	struct slow_dns *d = timer->data;
	dns_done_fn *done = d->done;

	d->done = NULL;
	done(d->arg, 0, NULL);
}

static int slow_submit(struct dns *dns, const struct dns_change *changes, size_t n,
		       dns_done_fn *done, void *arg)
{
	struct slow_dns *d = (struct slow_dns *)dns;

	(void)changes;
	(void)n;
	d->done = done;
	d->arg = arg;
	if (!d->is_holding)
		uv_timer_start(&d->timer, on_latency, d->latency_ms, 0);
	return 0;
}

static const struct dns_ops slow_ops = {
	.name = "slow",
	.max_changes = SLOW_DNS_CHANGES,
	.submit = slow_submit,
};

void slow_dns_open(struct slow_dns *d, uv_loop_t *loop, uint64_t latency_ms, bool is_holding)
{
	d->dns.ops = &slow_ops;
	d->latency_ms = latency_ms;
	d->is_holding = is_holding;
	uv_timer_init(loop, &d->timer);
	d->timer.data = d;
}

void slow_dns_release(struct slow_dns *d)
{
	d->is_holding = false;
	if (d->done != NULL)
		uv_timer_start(&d->timer, on_latency, d->latency_ms, 0);
}

void slow_dns_close(struct slow_dns *d)
{
	uv_close((uv_handle_t *)&d->timer, NULL);
}
