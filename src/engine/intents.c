/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/intents.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "net/hash.h"

/* What is known of the owners of a name. */
struct intents_name {
	uint64_t hash; /* of account and name; 0: a free place */
	/* The last intent of the account, when there was no other owner. Another daemon's intent of
	 * the account makes it void: that one may have seen an owner. 0: the others were told. */
	uint64_t alone_seq;
};

struct intents {
	struct store *store;
	uint64_t seed;
	bool is_closed;
	int64_t denied_until_ms;
	struct intents_name names[INTENTS_NAMES_MAX];
};

/* Intents of one account that are being stored; freed when done is called. */
struct storing {
	struct intents *all;
	char user[ACCOUNT_USER_MAX + 1];
	store_done_fn *done;
	void *arg;
	struct store_owners *owners; /* of each name; nobody: the claim need not be read */
	size_t at;		     /* the intent whose claim is being read */
	bool is_claimed;	     /* a claim was read */
	size_t n;
	struct store_intent intents[];
};

int intents_new(struct store *store, uint64_t seed, struct intents **ret)
{
	struct intents *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return ERR_NOMEM;
	in->store = store;
	in->seed = seed;
	*ret = in;
	return 0;
}

void intents_close(struct intents *in)
{
	if (in != NULL)
		in->is_closed = true;
}

void intents_free(struct intents *in)
{
	free(in);
}

/* ---------------------------------------------------------------- claims that are known */

/* Never 0. */
static uint64_t intents_hash(const struct intents *in, const char *user, const struct fqdn *name)
{
	return hash_bytes(user, strlen(user), fqdn_hash(name, in->seed)) | 1;
}

/* By the upper bits: the lowest one is set. */
static size_t intents_place(uint64_t hash)
{
	return (size_t)(hash >> 32) % INTENTS_NAMES_MAX;
}

/* NULL: nothing is known of it. */
static struct intents_name *intents_find(struct intents *in, const char *user,
					 const struct fqdn *name)
{
	uint64_t hash = intents_hash(in, user, name);
	struct intents_name *there = &in->names[intents_place(hash)];

	return there->hash == hash ? there : NULL;
}

static bool intents_is_alone(struct intents *in, const char *user,
			     const struct store_intent *intent)
{
	const struct intents_name *known = intents_find(in, user, &intent->name);

	return known != NULL && known->alone_seq > 0 && known->alone_seq == intent->expect.seq;
}

/* alone_seq 0: the others were told. */
static void intents_note(struct intents *in, const char *user, const struct fqdn *name,
			 uint64_t alone_seq)
{
	uint64_t hash = intents_hash(in, user, name);

	in->names[intents_place(hash)] = (struct intents_name){hash, alone_seq};
}

static void intents_forget(struct intents *in, const char *user, const struct fqdn *name)
{
	struct intents_name *known = intents_find(in, user, name);

	if (known != NULL)
		known->hash = 0;
}

/* What is only repeated leaves everybody where they are. */
static bool intents_need_claim(struct intents *in, const char *user,
			       const struct store_intent *intent)
{
	const struct host_state *s = &intent->expect;

	if (s->seq == 0 || host_state_is_over(s))
		return true;
	return !intent->repeats && !intents_is_alone(in, user, intent);
}

/* ---------------------------------------------------------------- one after the other */

static void storing_free(struct storing *st)
{
	free(st->owners);
	free(st);
}

static void storing_end(struct storing *st, int err, const struct errinfo *why)
{
	store_done_fn *done = st->done;
	void *arg = st->arg;

	storing_free(st);
	done(arg, err, why);
}

static void storing_note(struct storing *st, const struct store_intent *intent,
			 const struct store_owners *owners, int err)
{
	struct intents *in = st->all;

	/* A claim may have been changed or taken away. */
	if (err == ERR_CONFLICT)
		intents_forget(in, st->user, &intent->name);
	else if (err == 0 && owners->n > 1)
		intents_note(in, st->user, &intent->name, 0);
	else if (err == 0 && (owners->n == 1 || intents_is_alone(in, st->user, intent)))
		intents_note(in, st->user, &intent->name, store_intent_seq(intent));
}

static void storing_on_stored(void *arg, int err, const struct errinfo *why)
{
	struct storing *st = arg;
	size_t i;

	for (i = 0; i < st->n; i++)
		storing_note(st, &st->intents[i], &st->owners[i], err);
	storing_end(st, err, why);
}

/* Without claims, as the store does it alone. */
static void storing_go_plain(struct storing *st)
{
	size_t i;
	int err;

	for (i = 0; i < st->n; i++)
		st->owners[i].n = 0;
	err = store_intend(st->all->store, st->user, st->intents, st->n, storing_on_stored, st);
	if (err != 0)
		storing_end(st, err, NULL);
}

/* True: st has ended, or goes on without claims. */
static bool storing_is_over(struct storing *st, int err, const struct errinfo *why)
{
	if (err == 0 && !st->all->is_closed)
		return false;
	if (st->all->is_closed) {
		storing_end(st, ERR_CANCELED, NULL);
	} else if (err == ERR_DENIED) {
		st->all->denied_until_ms = clock_mono_ms() + INTENTS_DENIED_MS;
		storing_go_plain(st);
	} else if (err == ERR_LIMIT) {
		/* The claim is full: an address that is published counts more than that the other
		 * owners hear of it. */
		storing_go_plain(st);
	} else {
		storing_end(st, err, why);
	}
	return true;
}

static int storing_next(struct storing *st);

static void storing_take(struct storing *st, const struct store_owners *owners)
{
	const struct intents_name *known =
		intents_find(st->all, st->user, &st->intents[st->at].name);
	int err;

	st->owners[st->at] = *owners;
	/* As after it joined: nobody knows whether an intent followed that. */
	if (known == NULL || known->alone_seq > 0)
		st->owners[st->at].has_joined = true;
	st->at++;
	st->is_claimed = true;
	err = storing_next(st);
	if (err != 0)
		storing_end(st, err, NULL);
}

static void storing_on_claimed(void *arg, int err, const struct store_owners *owners,
			       const struct errinfo *why)
{
	struct storing *st = arg;

	if (!storing_is_over(st, err, why))
		storing_take(st, owners);
}

static void storing_on_owners(void *arg, int err, const struct store_owners *owners,
			      const struct errinfo *why)
{
	struct storing *st = arg;
	const struct fqdn *name = &st->intents[st->at].name;

	if (storing_is_over(st, err, why))
		return;
	if (store_owners_have(owners, st->user)) {
		storing_take(st, owners);
		return;
	}
	err = store_claim(st->all->store, name, st->user, storing_on_claimed, st);
	if (err != 0)
		storing_end(st, err, NULL);
}

static int storing_next(struct storing *st)
{
	struct store *store = st->all->store;

	while (st->at < st->n && !intents_need_claim(st->all, st->user, &st->intents[st->at]))
		st->at++;
	if (st->at < st->n)
		return store_owners(store, &st->intents[st->at].name, storing_on_owners, st);
	if (!st->is_claimed)
		return store_intend(store, st->user, st->intents, st->n, storing_on_stored, st);
	return store_intend_claimed(store, st->user, st->intents, st->owners, st->n,
				    storing_on_stored, st);
}

static int storing_new(struct intents *in, const char *user, const struct store_intent *intents,
		       size_t n, struct storing **ret)
{
	struct storing *st = calloc(1, sizeof(*st) + n * sizeof(*intents));

	if (st == NULL)
		return ERR_NOMEM;
	st->owners = calloc(n, sizeof(*st->owners));
	if (st->owners == NULL) {
		free(st);
		return ERR_NOMEM;
	}
	st->all = in;
	st->n = n;
	str_copy(st->user, sizeof(st->user), slice_of(user));
	memcpy(st->intents, intents, n * sizeof(*intents));
	*ret = st;
	return 0;
}

int intents_store(struct intents *in, const char *user, const struct store_intent *intents,
		  size_t n, store_done_fn *done, void *arg)
{
	struct storing *st;
	int err;

	if (clock_mono_ms() < in->denied_until_ms)
		return store_intend(in->store, user, intents, n, done, arg);
	err = storing_new(in, user, intents, n, &st);
	if (err != 0)
		return err;
	st->done = done;
	st->arg = arg;
	err = storing_next(st);
	if (err != 0)
		storing_free(st);
	return err;
}
