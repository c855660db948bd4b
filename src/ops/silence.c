/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/silence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "account/account.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "engine/view.h"
#include "notify/notify.h"
#include "store/store.h"

enum { DAY_S = 24 * 60 * 60, HOUR_S = 60 * 60 };

struct silence {
	const struct conf *conf;
	struct store *store;
	struct notify *notify;
	const struct view *view;
	uv_timer_t timer;
	struct view_place place;
	/* The present look tells of what became silent in between. */
	int64_t after_s, until_s;
	unsigned n_lookups;
	bool is_looking, is_stopped;
};

/* A host that is silent as far as this daemon saw. */
struct suspect {
	struct silence *all;
	int64_t asked_s, after_s, until_s;
	char from[ADDR_TEXT_MAX];
	struct fqdn name;
	char user[ACCOUNT_USER_MAX + 1];
};

bool silence_began(int64_t asked_s, unsigned days, int64_t after_s, int64_t until_s)
{
	const int64_t silent_s = asked_s + (int64_t)days * DAY_S;

	return silent_s > after_s && silent_s <= until_s;
}

static bool begins_for_any(const struct silence *s, int64_t asked_s)
{
	size_t i;

	for (i = 0; i < s->conf->n_notifies; i++)
		if (silence_began(asked_s, s->conf->notifies[i].silent_days, s->after_s,
				  s->until_s))
			return true;
	return false;
}

static void tell_target(const struct suspect *p, size_t target)
{
	const struct silence *s = p->all;
	const unsigned days = s->conf->notifies[target].silent_days;
	struct event e = {.kind = CONF_EVENT_HOST_SILENT, .at_s = clock_wall_s()};

	str_copy(e.host, sizeof(e.host), slice_of(p->name.text));
	str_copy(e.user, sizeof(e.user), slice_of(p->user));
	event_set_text(&e, "no update of %s for %u day%s; the last one came from %s", e.host, days,
		       days == 1 ? "" : "s", p->from);
	if (event_set_id(&e, "", (uint64_t)p->asked_s + days) == 0)
		notify_say_to(s->notify, target, &e);
}

/* published_s: when it was last published, whoever asked for that. */
static void tell_silence(const struct suspect *p, int64_t published_s)
{
	const struct silence *s = p->all;
	size_t i;

	for (i = 0; i < s->conf->n_notifies; i++) {
		const unsigned days = s->conf->notifies[i].silent_days;

		if (silence_began(p->asked_s, days, p->after_s, p->until_s) &&
		    published_s <= p->until_s - (int64_t)days * DAY_S)
			tell_target(p, i);
	}
}

/* What the store does not say, or an account that is gone, is no silence. */
static void on_found(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct suspect *p = arg;
	const struct account_host *host;

	(void)why;
	p->all->n_lookups--;
	host = err == 0 ? account_find_host(account, &p->name) : NULL;
	if (host != NULL && !p->all->is_stopped)
		tell_silence(p, host->state.time_s);
	account_free(account);
	free(p);
}

static void suspect_host(void *arg, const struct view_host *h)
{
	struct silence *s = arg;
	struct suspect *p;

	if (h->asked_s == 0 || s->n_lookups >= SILENCE_LOOKUPS_MAX ||
	    !begins_for_any(s, h->asked_s))
		return;
	p = calloc(1, sizeof(*p));
	if (p == NULL || fqdn_parse(h->name, &p->name) != 0) {
		free(p);
		return;
	}
	p->all = s;
	p->asked_s = h->asked_s;
	p->after_s = s->after_s;
	p->until_s = s->until_s;
	addr_format(&h->from, p->from);
	str_copy(p->user, sizeof(p->user), slice_of(h->user));
	s->n_lookups++;
	if (store_lookup(s->store, p->user, on_found, p) != 0) {
		s->n_lookups--;
		free(p);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct silence *s = timer->data;

	if (!s->is_looking) {
		s->is_looking = true;
		s->place = (struct view_place){0};
		s->until_s = clock_wall_s();
	}
	if (view_tell(s->view, &s->place, SILENCE_SLICE, suspect_host, s)) {
		uv_timer_start(&s->timer, on_timer, 1, 0);
		return;
	}
	s->is_looking = false;
	s->after_s = s->until_s;
	uv_timer_start(&s->timer, on_timer, SILENCE_LOOK_MS, 0);
}

int silence_new(struct uv_loop_s *loop, const struct conf *conf, struct store *store,
		struct notify *notify, struct silence **ret)
{
	struct silence *s;
	size_t i = 0;

	while (i < conf->n_notifies &&
	       !conf_notify_wants(&conf->notifies[i], CONF_EVENT_HOST_SILENT))
		i++;
	if (i == conf->n_notifies)
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ERR_NOMEM;
	s->conf = conf;
	s->store = store;
	s->notify = notify;
	uv_timer_init(loop, &s->timer); /* cannot fail */
	s->timer.data = s;
	*ret = s;
	return 0;
}

/* What became silent in the hour before may have been told by the process before, with the same id.
 */
void silence_start(struct silence *s, const struct view *view)
{
	if (s == NULL)
		return;
	s->view = view;
	s->after_s = clock_wall_s() - HOUR_S;
	uv_timer_start(&s->timer, on_timer, SILENCE_FIRST_MS, 0);
}

void silence_stop(struct silence *s)
{
	if (s == NULL)
		return;
	s->is_stopped = true;
	uv_timer_stop(&s->timer);
}

void silence_close(struct silence *s)
{
	if (s == NULL)
		return;
	silence_stop(s);
	uv_close((uv_handle_t *)&s->timer, NULL);
}

void silence_free(struct silence *s)
{
	free(s);
}
