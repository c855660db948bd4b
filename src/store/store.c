/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store.h"

#include "base/str.h"

bool store_confirm_fits(const struct store_confirm *c, const struct host_state *s)
{
	bool compares = addr_is_set(&c->want.v4) || addr_is_set(&c->want.v6);

	return s->seq == c->seq && (!compares || addr_pair_equal(&s->want, &c->want));
}

bool store_intent_fits(const struct store_intent *intent, const struct host_state *s)
{
	/* COMPARE_STATE: what was confirmed meanwhile is less to be in doubt of. */
	return s->seq == intent->expect.seq && s->pub >= intent->expect.pub &&
	       addr_pair_equal(&s->want, &intent->expect.want);
}

uint64_t store_intent_seq(const struct store_intent *intent)
{
	return intent->seq != 0 ? intent->seq : intent->expect.seq + 1;
}

void store_intent_apply(const struct store_intent *intent, struct host_state *s)
{
	s->want = intent->want;
	s->seq = store_intent_seq(intent);
	s->repeats = intent->repeats ? s->seq : 0;
}

void store_confirm_apply(const struct store_confirm *c, struct host_state *s)
{
	s->pub = c->seq;
	s->time_s = c->time_s;
	s->ttl = c->ttl;
	str_copy(s->zone, sizeof(s->zone), slice_of(c->zone));
}

void store_close(struct store *s)
{
	if (s != NULL)
		s->ops->close(s);
}

int store_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	return s->ops->lookup(s, user, done, arg);
}

int store_intend(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		 store_done_fn *done, void *arg)
{
	return s->ops->intend(s, user, intents, n, done, arg);
}

int store_confirm(struct store *s, const char *user, const struct store_confirm *c,
		  store_done_fn *done, void *arg)
{
	return s->ops->confirm(s, user, c, done, arg);
}

int store_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg)
{
	return s->ops->list(s, each, done, arg);
}

int store_put(struct store *s, const struct account *account, enum store_put_mode mode,
	      store_done_fn *done, void *arg)
{
	return s->ops->put(s, account, mode, done, arg);
}

int store_remove(struct store *s, const char *user, store_done_fn *done, void *arg)
{
	return s->ops->remove(s, user, done, arg);
}

int store_rename(struct store *s, const char *user, const char *to, store_done_fn *done, void *arg)
{
	return s->ops->rename(s, user, to, done, arg);
}

bool store_is_remote(const struct store *s)
{
	return s->ops->is_remote;
}

bool store_has_version(const struct store *s)
{
	return s->ops->version != NULL;
}

int store_version(struct store *s, store_version_fn *done, void *arg)
{
	return s->ops->version(s, done, arg);
}
