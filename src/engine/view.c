/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "engine/host.h"
#include "engine/known.h"
#include "engine/seen.h"

struct view {
	const struct seen *seen;
	const struct hosts *hosts;
	const struct known *known;
};

int view_new(const struct seen *seen, const struct hosts *hosts, const struct known *known,
	     struct view **ret)
{
	struct view *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return ERR_NOMEM;
	*v = (struct view){.seen = seen, .hosts = hosts, .known = known};
	*ret = v;
	return 0;
}

void view_free(struct view *v)
{
	free(v);
}

bool view_is_complete(const struct view *v)
{
	return seen_is_complete(v->seen);
}

size_t view_count(const struct view *v)
{
	return seen_count(v->seen);
}

/* Of a host at rest. */
static void view_add_known(const struct view *v, const struct fqdn *name, struct view_host *row)
{
	const struct known_host k = known_get(v->known, row->user, name, NULL);

	if (k.state.seq == 0)
		return;
	row->addrs = k.state.want;
	row->published_s = k.state.time_s;
	row->since_s = k.state.since_ms / 1000;
	row->standing = k.state.pub == k.state.seq ? VIEW_PUBLISHED : VIEW_OWED;
}

/* What is at work is newer than what is known. */
static void view_add_work(const struct host_work *work, struct view_host *row)
{
	static const enum view_standing standings[] = {
		[HOST_WORK_DONE] = VIEW_PUBLISHED,
		[HOST_WORK_QUEUED] = VIEW_QUEUED,
		[HOST_WORK_STORE] = VIEW_UNSTORED,
	};

	row->addrs = work->want;
	row->standing = standings[work->stage];
	row->waits_ms = work->waits_ms;
	row->why = work->why;
	row->is_builtin = work->is_builtin;
}

struct view_teller {
	const struct view *v;
	view_host_fn *fn;
	void *arg;
};

static void view_tell_seen(const struct view_teller *t, size_t place, int64_t now_ms)
{
	struct seen_host seen;
	struct view_host row;
	struct host_work work;
	struct fqdn name;

	seen_at(t->v->seen, place, &seen);
	row = (struct view_host){
		.user = seen.user,
		.name = seen.name,
		.asked_s = seen.time_s,
		.from = seen.from,
		.agent = seen.agent,
	};
	name.len = (uint8_t)seen.name.len;
	memcpy(name.text, seen.name.p, seen.name.len + 1);
	view_add_known(t->v, &name, &row);
	if (hosts_find_work(t->v->hosts, seen.user, &name, now_ms, &work))
		view_add_work(&work, &row);
	t->fn(t->arg, &row);
}

/* One at work that nobody has asked for, as another daemon left it owed. */
static void view_on_work(void *arg, const struct host_work *work)
{
	const struct view_teller *t = arg;
	const struct slice name = {work->name->text, work->name->len};
	struct view_host row = {.user = work->user, .name = name, .agent = ""};

	if (seen_has(t->v->seen, work->user, name))
		return;
	view_add_known(t->v, work->name, &row);
	view_add_work(work, &row);
	t->fn(t->arg, &row);
}

bool view_tell(const struct view *v, struct view_place *place, size_t n, view_host_fn *fn,
	       void *arg)
{
	struct view_teller t = {v, fn, arg};
	const int64_t now_ms = clock_mono_ms();

	for (; n > 0 && place->n_seen < seen_count(v->seen); n--)
		view_tell_seen(&t, place->n_seen++, now_ms);
	return n == 0 || hosts_each_work(v->hosts, &place->n_chain, n, now_ms, view_on_work, &t);
}
