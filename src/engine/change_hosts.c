/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/change_hosts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/container_of.h"
#include "base/err.h"

/* The one that waits; NULL: none does. */
static const struct change_host *change_hosts_waiting(const struct change_hosts *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->at[i].turn.state == TURN_WAITING)
			return &all->at[i];
	return NULL;
}

bool change_hosts_are_waiting(const struct change_hosts *all)
{
	return change_hosts_waiting(all) != NULL;
}

static const struct change_host *change_hosts_find(const struct change_hosts *all,
						   const struct host *host)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->at[i].host == host && all->at[i].plan.intend)
			return &all->at[i];
	return NULL;
}

struct change_hosts *change_hosts_in_line(const struct change_hosts *all,
					  const struct change_hosts *after)
{
	const struct change_host *waiting = change_hosts_waiting(all);
	const struct turn *t;

	assert(waiting != NULL);
	if (after == NULL)
		t = host_first_turn(waiting->host);
	else
		t = turn_next(&change_hosts_find(after, waiting->host)->turn);
	return t != NULL ? CONTAINER_OF(t, struct change_host, turn)->all : NULL;
}

bool change_hosts_include(const struct change_hosts *newer, const struct change_hosts *older)
{
	size_t i;

	for (i = 0; i < older->n; i++)
		if (change_hosts_find(newer, older->at[i].host) == NULL)
			return false;
	return true;
}

void change_hosts_end_turns(struct change_hosts *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->at[i].turn.state == TURN_NOW)
			turn_end(all->turns, &all->at[i].turn);
}

void change_hosts_forget(struct change_hosts *all)
{
	free(all->at);
	all->at = NULL;
	all->n = 0;
}

void change_hosts_drop(struct change_hosts *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->at[i].host == NULL)
			continue;
		turn_end(all->turns, &all->at[i].turn);
		host_release(all->at[i].host);
	}
	change_hosts_forget(all);
}

static void change_hosts_on_turn(struct turn *t)
{
	struct change_hosts *all = CONTAINER_OF(t, struct change_host, turn)->all;

	all->come(all);
}

/* Of the plan before. */
static void change_hosts_keep_turn(struct change_hosts *all, struct change_host *h)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->at[i].host == h->host && all->at[i].turn.state == TURN_NOW)
			turn_pass(&all->at[i].turn, &h->turn);
}

/* Holds the host, and takes a turn in its line. Who has to wait in one enters no other. *turn is
 * that of all so far. */
static int change_hosts_add(struct change_hosts *all, struct change_host *h, const char *user,
			    const struct plan_item *plan, uint64_t read_at, enum host_turn *turn)
{
	enum host_turn here;
	int err;

	h->all = all;
	h->plan = *plan;
	h->turn.come = change_hosts_on_turn;
	err = host_hold(all->hosts, user, plan->zone, &plan->name, &h->host);
	if (err != 0)
		return err;
	/* OWN_INTENT: whoever owes it may be publishing it. */
	if (!plan->intend && !host_owns(h->host, plan))
		plan_take_over(&h->plan);
	if (all->n > 0)
		change_hosts_keep_turn(all, h);
	if (!h->plan.intend || *turn == HOST_TURN_WAITS)
		return 0;
	here = host_take_turn(h->host, &h->turn, read_at);
	if (here > *turn)
		*turn = here;
	return 0;
}

int change_hosts_enter(struct change_hosts *all, const char *user, const struct plan_item *plan,
		       size_t n, uint64_t read_at, enum host_turn *ret_turn)
{
	struct change_host *at = calloc(n, sizeof(*at));
	size_t n_added = 0;
	int err = at != NULL ? 0 : ERR_NOMEM;

	*ret_turn = HOST_TURN_READY;
	for (; n_added < n && err == 0; n_added++)
		err = change_hosts_add(all, &at[n_added], user, &plan[n_added], read_at, ret_turn);
	if (all->at != NULL)
		change_hosts_drop(all);
	all->at = at;
	all->n = n_added;
	if (err != 0)
		change_hosts_drop(all);
	return err;
}
