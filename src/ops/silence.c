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
#include "net/pseudonym.h"
#include "notify/notify.h"
#include "store/store.h"

enum { DAY_S = 24 * 60 * 60, HOUR_S = 60 * 60 };

enum silence_state {
	SILENCE_RESTS,	  /* until the next look */
	SILENCE_MEASURES, /* the first time: since when nobody can have been told */
	SILENCE_LOOKS,
};

/* A host that is silent as far as this daemon saw. */
struct suspect {
	struct silence *all;
	bool is_over; /* the store said what there is of it */
	int64_t asked_s;
	char from[ADDR_TEXT_MAX];
	struct fqdn name;
	char user[ACCOUNT_USER_MAX + 1];
};

struct silence {
	const struct conf *conf;
	struct store *store;
	struct notify *notify;
	const struct view *view;
	uv_timer_t timer;
	enum silence_state state;
	struct view_place place;
	int64_t start_s, newest_s; /* the last request before the start, of all hosts */
	/* The present look tells of what became silent in between. */
	int64_t after_s, until_s;
	/* Of the present slice; the next one waits until each is over. */
	struct suspect suspects[SILENCE_SLICE];
	size_t n_suspects, n_over, n_lookups;
	bool has_more; /* slices */
	bool is_stopped;
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

/* What is the same for each daemon of the store and in no other silence of the host: of several
 * each saw another request last, but all find the publication before it. One that is older than so
 * many days may have been before an earlier silence, too. */
static int64_t silence_mark_s(int64_t asked_s, int64_t published_s, unsigned days)
{
	return published_s > asked_s - (int64_t)days * DAY_S ? published_s : asked_s;
}

static void tell_target(const struct suspect *p, int64_t published_s, size_t target)
{
	const struct silence *s = p->all;
	const unsigned days = s->conf->notifies[target].silent_days;
	struct event e = {.kind = CONF_EVENT_HOST_SILENT, .at_s = clock_wall_s()};

	str_copy(e.host, sizeof(e.host), slice_of(p->name.text));
	str_copy(e.user, sizeof(e.user), slice_of(p->user));
	event_set_text(&e, "no update of %s for %u day%s%s%s", e.host, days, days == 1 ? "" : "s",
		       p->from[0] != '\0' ? "; the last one came from " : "", p->from);
	if (event_set_id(&e, "", (uint64_t)silence_mark_s(p->asked_s, published_s, days) + days) ==
	    0)
		notify_say_to(s->notify, target, &e);
}

/* published_s: when it was last published, whoever asked for that. */
static void tell_silence(const struct suspect *p, int64_t published_s)
{
	const struct silence *s = p->all;
	size_t i;

	for (i = 0; i < s->conf->n_notifies; i++) {
		const unsigned days = s->conf->notifies[i].silent_days;

		if (silence_began(p->asked_s, days, s->after_s, s->until_s) &&
		    published_s <= s->until_s - (int64_t)days * DAY_S)
			tell_target(p, published_s, i);
	}
}

static void on_timer(uv_timer_t *timer);

static void look_on(struct silence *s, int64_t wait_ms)
{
	if (!s->is_stopped)
		uv_timer_start(&s->timer, on_timer, (uint64_t)wait_ms, 0);
}

/* The answer is about this account, and will be no other one soon. */
static bool is_answer(int err)
{
	return err == 0 || err == ERR_NOTFOUND || err == ERR_INVAL || err == ERR_REFUSED ||
	       err == ERR_PROTOCOL;
}

/* An account that is gone, or that cannot be read, is no silence. */
static void on_found(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct suspect *p = arg;
	struct silence *s = p->all;
	const struct account_host *host;

	(void)why;
	s->n_lookups--;
	host = err == 0 ? account_find_host(account, &p->name) : NULL;
	if (host != NULL && !s->is_stopped)
		tell_silence(p, host->state.time_s);
	account_free(account);
	if (is_answer(err)) {
		p->is_over = true;
		s->n_over++;
	}
	if (s->n_lookups == 0)
		look_on(s, s->n_over < s->n_suspects ? SILENCE_TROUBLE_MS : 1);
}

static void suspect_host(void *arg, const struct view_host *h)
{
	struct silence *s = arg;
	struct suspect *p = &s->suspects[s->n_suspects];

	/* Nobody asked for one that is beyond the slice: it is at work alone. */
	if (h->asked_s == 0 || s->n_suspects == SILENCE_SLICE || !begins_for_any(s, h->asked_s))
		return;
	*p = (struct suspect){.all = s, .asked_s = h->asked_s};
	if (fqdn_parse(h->name, &p->name) != 0)
		return;
	/* The other events tell real addresses: a pseudonym would be taken for one. */
	if (!pseudonym_is_one(&h->from))
		addr_format(&h->from, p->from);
	str_copy(p->user, sizeof(p->user), slice_of(h->user));
	s->n_suspects++;
}

/* Those whose lookup failed are asked for again. */
static void ask_store(struct silence *s)
{
	size_t i;

	/* While this one counts, none of those that are answered in here goes on. */
	s->n_lookups++;
	for (i = 0; i < s->n_suspects; i++) {
		struct suspect *p = &s->suspects[i];

		if (p->is_over)
			continue;
		s->n_lookups++;
		if (store_lookup(s->store, p->user, on_found, p) != 0)
			s->n_lookups--;
	}
	if (--s->n_lookups == 0)
		look_on(s, s->n_over < s->n_suspects ? SILENCE_TROUBLE_MS : 1);
}

static void look(struct silence *s)
{
	if (s->n_over < s->n_suspects) {
		ask_store(s);
		return;
	}
	s->n_suspects = s->n_over = 0;
	if (s->has_more) {
		s->has_more = view_tell(s->view, &s->place, SILENCE_SLICE, suspect_host, s);
		ask_store(s);
		return;
	}
	s->state = SILENCE_RESTS;
	s->after_s = s->until_s;
	look_on(s, SILENCE_LOOK_MS);
}

static void begin_look(struct silence *s)
{
	s->state = SILENCE_LOOKS;
	s->place = (struct view_place){0};
	s->has_more = true;
	s->until_s = clock_wall_s();
	look(s);
}

static void measure_host(void *arg, const struct view_host *h)
{
	struct silence *s = arg;

	if (h->asked_s > s->newest_s && h->asked_s < s->start_s)
		s->newest_s = h->asked_s;
}

/* A process that heard of a host was there to tell of the silence of others. */
static void measure(struct silence *s)
{
	const int64_t first_s = s->start_s - (int64_t)SILENCE_BACK_DAYS * DAY_S;

	if (view_tell(s->view, &s->place, SILENCE_SLICE, measure_host, s)) {
		look_on(s, 1);
		return;
	}
	s->after_s = s->start_s - HOUR_S;
	if (s->newest_s - HOUR_S < s->after_s)
		s->after_s = s->newest_s - HOUR_S;
	if (s->after_s < first_s)
		s->after_s = first_s;
	begin_look(s);
}

static void on_timer(uv_timer_t *timer)
{
	struct silence *s = timer->data;

	switch (s->state) {
	case SILENCE_RESTS:
		begin_look(s);
		break;
	case SILENCE_MEASURES:
		measure(s);
		break;
	case SILENCE_LOOKS:
		look(s);
	}
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

void silence_start(struct silence *s, const struct view *view)
{
	if (s == NULL)
		return;
	s->view = view;
	s->start_s = clock_wall_s();
	s->state = SILENCE_MEASURES;
	look_on(s, SILENCE_FIRST_MS);
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
