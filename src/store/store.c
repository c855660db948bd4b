/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

bool store_confirm_fits(const struct store_confirm *c, const struct host_state *s)
{
	bool compares = addr_is_set(&c->want.v4) || addr_is_set(&c->want.v6);

	return s->seq == c->seq && (!compares || addr_pair_equal(&s->want, &c->want)) &&
	       !(c->is_last && host_state_is_over(s));
}

bool store_intent_fits(const struct store_intent *intent, const struct host_state *s)
{
	/* COMPARE_STATE: what was confirmed meanwhile is less to be in doubt of. */
	return s->seq == intent->expect.seq && s->pub >= intent->expect.pub &&
	       addr_pair_equal(&s->want, &intent->expect.want) &&
	       host_state_is_over(s) == host_state_is_over(&intent->expect);
}

static bool addrs_clash(const struct addr *a, const struct addr *b)
{
	return addr_is_set(a) && addr_is_set(b) && !addr_equal(a, b);
}

bool store_wants_clash(const struct addr_pair *a, const struct addr_pair *b)
{
	return addrs_clash(&a->v4, &b->v4) || addrs_clash(&a->v6, &b->v6);
}

static bool addr_is_taken(const struct addr *gone, const struct addr *other)
{
	return addr_is_set(gone) && addr_equal(gone, other);
}

bool store_intent_clashes(const struct store_intent *intent, const struct addr_pair *other)
{
	return store_wants_clash(&intent->want, other) ||
	       addr_is_taken(&intent->gone.v4, &other->v4) ||
	       addr_is_taken(&intent->gone.v6, &other->v6);
}

bool store_intent_is_earlier(const struct store_intent *intent, const struct host_state *other)
{
	return intent->is_again && intent->wanted_ms != 0 && other->wanted_ms > intent->wanted_ms &&
	       !host_state_is_over(other) && store_intent_clashes(intent, &other->want);
}

uint64_t store_intent_seq(const struct store_intent *intent)
{
	return intent->seq != 0 ? intent->seq : intent->expect.seq + 1;
}

void store_intent_apply(const struct store_intent *intent, struct host_state *s)
{
	s->want = intent->want;
	s->gone = intent->gone;
	s->wanted_ms = intent->wanted_ms;
	s->since_ms = intent->since_ms != 0 ? intent->since_ms : intent->wanted_ms;
	s->seq = store_intent_seq(intent);
	s->repeats = intent->repeats ? s->seq : 0;
	if (intent->is_over)
		s->over = s->seq;
}

void store_confirm_apply(const struct store_confirm *c, struct host_state *s)
{
	s->pub = c->seq;
	s->gone = (struct addr_pair){{0}, {0}};
	s->time_s = c->time_s;
	s->ttl = c->ttl;
	str_copy(s->zone, sizeof(s->zone), slice_of(c->zone));
}

bool store_put_creates(enum store_put_mode mode)
{
	return mode == STORE_CREATE || mode == STORE_CREATE_ALONE;
}

bool store_put_is_alone(enum store_put_mode mode)
{
	return mode == STORE_CREATE_ALONE || mode == STORE_REPLACE_ALONE;
}

size_t store_owners_others(const struct store_owners *owners, const char *user)
{
	size_t i, n = 0;

	for (i = 0; i < owners->n; i++)
		n += strcmp(owners->users[i], user) != 0;
	return n;
}

bool store_owners_have(const struct store_owners *owners, const char *user)
{
	return store_owners_others(owners, user) < owners->n;
}

void store_owners_add(struct store_owners *owners, const char *user)
{
	if (owners->n < STORE_OWNERS_MAX && !store_owners_have(owners, user) &&
	    str_copy(owners->users[owners->n], sizeof(owners->users[0]), slice_of(user)) == 0)
		owners->n++;
}

void store_owners_drop(struct store_owners *owners, const char *user)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		if (strcmp(owners->users[i], user) != 0)
			continue;
		owners->n--;
		memmove(owners->users[i], owners->users[owners->n], sizeof(owners->users[0]));
		return;
	}
}

int store_owners_refuse(const struct store_owners *owners, const char *user,
			const struct fqdn *name, struct errinfo *ei)
{
	char shown[ACCOUNT_USER_MAX + 1];
	size_t i = 0;

	while (i + 1 < owners->n && strcmp(owners->users[i], user) == 0)
		i++;
	return err_set(ei, ERR_REFUSED, "%s belongs to user \"%s\"; --shared gives it to both",
		       name->text, str_printable(shown, sizeof(shown), slice_of(owners->users[i])));
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

int store_credential(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	if (s->ops->credential == NULL)
		return s->ops->lookup(s, user, done, arg);
	return s->ops->credential(s, user, done, arg);
}

int store_read_rest(struct store *s, struct account *a)
{
	return a->rest != NULL ? s->ops->read_rest(s, a) : ERR_NOTFOUND;
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

int store_list_slowly(struct store *s, const struct store_listing *listing, void *arg)
{
	if (s->ops->list_slowly == NULL)
		return s->ops->list(s, listing->each, listing->done, arg);
	return s->ops->list_slowly(s, listing, arg);
}

int store_list_owed(struct store *s, const struct store_listing *listing, void *arg)
{
	return s->ops->list_owed(s, listing, arg);
}

bool store_has_owed(const struct store *s)
{
	return s->ops->list_owed != NULL;
}

void store_stop_listing(struct store *s)
{
	if (s->ops->stop_listing != NULL)
		s->ops->stop_listing(s);
}

int store_is_empty(struct store *s, store_decided_fn *done, void *arg)
{
	return s->ops->is_empty(s, done, arg);
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

int store_replace_secret(struct store *s, const char *user, const char *old, const char *secret,
			 store_done_fn *done, void *arg)
{
	return s->ops->replace_secret(s, user, old, secret, done, arg);
}

int store_owners(struct store *s, const struct fqdn *name, store_owners_fn *done, void *arg)
{
	return s->ops->owners(s, name, done, arg);
}

bool store_has_claims(const struct store *s)
{
	return s->ops->claims != NULL;
}

int store_claim(struct store *s, const struct fqdn *name, const char *user, store_owners_fn *done,
		void *arg)
{
	return s->ops->claims->claim(s, name, user, done, arg);
}

int store_unclaim(struct store *s, const struct fqdn *name, const char *user, store_done_fn *done,
		  void *arg)
{
	return s->ops->claims->unclaim(s, name, user, done, arg);
}

int store_intend_claimed(struct store *s, const char *user, const struct store_intent *intents,
			 const struct store_owners *owners, size_t n, store_done_fn *done,
			 void *arg)
{
	return s->ops->claims->intend(s, user, intents, owners, n, done, arg);
}

int store_list_claims(struct store *s, store_each_fn *each, store_claim_fn *claim,
		      store_done_fn *done, void *arg)
{
	return s->ops->claims->list(s, each, claim, done, arg);
}

int store_claims_are_complete(struct store *s, store_decided_fn *done, void *arg)
{
	return s->ops->claims->is_complete(s, done, arg);
}

int store_set_claims_complete(struct store *s, store_done_fn *done, void *arg)
{
	return s->ops->claims->set_complete(s, done, arg);
}

bool store_has_history(const struct store *s)
{
	return s->ops->history != NULL;
}

int store_add_history(struct store *s, const struct history_entry *entries, size_t n,
		      int64_t keep_s, store_done_fn *done, void *arg)
{
	return s->ops->history->add(s, entries, n, keep_s, done, arg);
}

int store_read_history(struct store *s, const struct fqdn *host, int64_t since_s, int64_t now_s,
		       size_t max, store_history_fn *done, void *arg)
{
	return s->ops->history->read(s, host, since_s, now_s, max, done, arg);
}

bool store_has_pruning(const struct store *s)
{
	return store_has_history(s) && s->ops->history->prune != NULL;
}

int store_prune_history(struct store *s, int64_t before_s, int64_t newest_s, store_decided_fn *done,
			void *arg)
{
	return s->ops->history->prune(s, before_s, newest_s, done, arg);
}

bool store_has_notices(const struct store *s)
{
	return s->ops->notices != NULL;
}

size_t store_notices_max(const struct store *s)
{
	return s->ops->notices->max;
}

int store_put_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg)
{
	return s->ops->notices->put(s, n, done, arg);
}

int store_list_notices(struct store *s, store_notice_fn *each, store_done_fn *done, void *arg)
{
	return s->ops->notices->list(s, each, done, arg);
}

int store_claim_notice(struct store *s, const char *id, const char *target, const char *holder,
		       int64_t now_s, int64_t until_s, store_done_fn *done, void *arg)
{
	return s->ops->notices->claim(s, id, target, holder, now_s, until_s, done, arg);
}

int store_update_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg)
{
	return s->ops->notices->update(s, n, done, arg);
}

int store_remove_notice(struct store *s, const char *id, const char *target, const char *holder,
			store_done_fn *done, void *arg)
{
	return s->ops->notices->remove(s, id, target, holder, done, arg);
}

bool store_is_remote(const struct store *s)
{
	return s->ops->is_remote;
}

bool store_keeps_seen(const struct store *s)
{
	return s->ops->put_seen != NULL;
}

int store_put_seen(struct store *s, const struct store_seen *seen, size_t n, bool forgets,
		   store_done_fn *done, void *arg)
{
	return s->ops->put_seen(s, seen, n, forgets, done, arg);
}

int store_list_seen(struct store *s, store_seen_fn *each, store_done_fn *done, void *arg)
{
	return s->ops->list_seen(s, each, done, arg);
}

bool store_has_version(const struct store *s)
{
	return s->ops->version != NULL;
}

int store_version(struct store *s, store_version_fn *done, void *arg)
{
	return s->ops->version(s, done, arg);
}
