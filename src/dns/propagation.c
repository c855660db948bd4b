/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/propagation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "aws/aws_route53.h"
#include "aws/route53_change.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"
#include "dns/pace.h"

struct propagation {
	uv_timer_t timer;
	struct aws_route53 *r53;
	struct pace *pace;
	unsigned every; /* 0: no more samples, the permission is missing */
	unsigned n_skipped;
	uint64_t poll_ms;
	bool has_sample;
	bool is_asking; /* on_status() will be called */
	bool is_closed;
	bool is_timer_closed;
	int64_t accepted_ms;
	char change_id[AWS_ROUTE53_ID_SIZE];
};

static void on_poll(uv_timer_t *timer);

int propagation_new(struct uv_loop_s *loop, struct aws_route53 *r53, struct pace *pace,
		    unsigned every, struct propagation **ret)
{
	struct propagation *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	uv_timer_init(loop, &p->timer); /* cannot fail */
	p->timer.data = p;
	p->r53 = r53;
	p->pace = pace;
	p->every = every;
	p->n_skipped = every; /* makes the first batch after the start a sample */
	p->poll_ms = PROPAGATION_POLL_MS;
	*ret = p;
	return 0;
}

void propagation_set_poll_ms(struct propagation *p, uint64_t poll_ms)
{
	p->poll_ms = poll_ms;
}

static void free_when_done(struct propagation *p)
{
	if (p->is_timer_closed && !p->is_asking)
		free(p);
}

static void on_propagation_timer_closed(uv_handle_t *handle)
{
	struct propagation *p = handle->data;

	p->is_timer_closed = true;
	free_when_done(p);
}

void propagation_close(struct propagation *p)
{
	if (p == NULL)
		return;
	p->is_closed = true;
	uv_close((uv_handle_t *)&p->timer, on_propagation_timer_closed);
}

static void ask_again(struct propagation *p)
{
	uv_timer_start(&p->timer, on_poll, p->poll_ms, 0);
}

void propagation_accepted(struct propagation *p, const char *change_id)
{
	if (p->every == 0 || p->has_sample || ++p->n_skipped < p->every)
		return;
	if (str_copy(p->change_id, sizeof(p->change_id), slice_of(change_id)) != 0)
		return;
	p->n_skipped = 0;
	p->has_sample = true;
	p->accepted_ms = clock_mono_ms();
	ask_again(p);
}

static void end_sample(struct propagation *p, enum metric result)
{
	p->has_sample = false;
	metric_add(result, 1);
}

static void take_insync(struct propagation *p)
{
	int64_t took_ms = clock_mono_ms() - p->accepted_ms;

	metric_set(METRIC_ROUTE53_PROPAGATION, (took_ms + 500) / 1000);
	log_debug("Route 53: change %s is in sync after %lld ms", p->change_id, (long long)took_ms);
	end_sample(p, METRIC_ROUTE53_SAMPLES_INSYNC);
}

/* Without permission for GetChange nothing can be sampled; everything else works. */
static void stop_sampling(struct propagation *p)
{
	log_info(
		"no samples are taken of how fast Route 53 is: the permission route53:GetChange is "
		"missing");
	p->every = 0;
	p->has_sample = false;
}

static void ask_again_or_end(struct propagation *p)
{
	if (clock_mono_ms() - p->accepted_ms < PROPAGATION_GIVE_UP_MS) {
		ask_again(p);
		return;
	}
	log_warn("Route 53: change %s is still not in sync after %d s", p->change_id,
		 PROPAGATION_GIVE_UP_MS / 1000);
	end_sample(p, METRIC_ROUTE53_SAMPLES_LATE);
}

/* After a failover of Route 53's control plane, accepted changes may be unknown to it: they have to
 * be sent again, and mooringctl verify finds them.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/accelerated-recovery.html */
static void take_lost(struct propagation *p)
{
	log_warn("Route 53 does not know of change %s any more, which it accepted: run mooringctl "
		 "verify",
		 p->change_id);
	end_sample(p, METRIC_ROUTE53_SAMPLES_LOST);
}

static void on_status(void *arg, int err, bool is_insync, const struct aws_error *error)
{
	struct propagation *p = arg;

	(void)error;
	p->is_asking = false;
	if (p->is_closed)
		free_when_done(p);
	else if (err == 0 && is_insync)
		take_insync(p);
	else if (err == ERR_DENIED)
		stop_sampling(p);
	else if (err == ERR_NOTFOUND)
		take_lost(p);
	else if (err_is_passing(err)) /* GetChange is called again, until it is over */
		ask_again(p);
	else
		ask_again_or_end(p);
}

/* GetChange counts against the same quota as a change, so it is charged to the pace. */
static void on_poll(uv_timer_t *timer)
{
	struct propagation *p = timer->data;

	if (aws_route53_get_change(p->r53, p->change_id, on_status, p) != 0) {
		ask_again(p);
		return;
	}
	p->is_asking = true;
	if (p->pace != NULL)
		pace_spend(p->pace, &(struct pace_ticket){0}, 0, clock_mono_ms());
}
