/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/mailbox.h"
#include "store/notice.h"
#include "store/notice_set.h"
#include "store/store.h"
#include "store/store_verb.h"

/* One call of a verb: noted at once, carried out and answered in the next turn of the loop. */
struct job {
	enum store_verb verb;
	char user[ACCOUNT_USER_MAX + 1];
	char to[ACCOUNT_USER_MAX + 1];
	size_t n_intents;
	struct store_intent *intents; /* owned */
	struct store_confirm confirm;
	struct account *account;   /* owned: what is put, or what is found */
	char *old_secret, *secret; /* owned; of replace_secret */
	enum store_put_mode mode;
	uint64_t token;
	bool is_empty;
	struct fqdn name;
	struct store_owners *owners; /* owned */
	struct notice *notice;	     /* owned; of a claim or a removal what names it */
	int64_t now_s;
	struct errinfo why;
	store_each_fn *each;
	store_notice_fn *each_notice;
	union {
		store_lookup_fn *lookup;
		store_done_fn *done;
		store_version_fn *version;
		store_owners_fn *owners;
		store_decided_fn *decided;
	} answer;
	void *arg;
	TAILQ_ENTRY(job) link;
};

TAILQ_HEAD(job_list, job);

/* One name of an account, in the table of names. */
struct named {
	struct hash_node node;
	const struct fqdn *name; /* the account's */
	struct kept *kept;
};

struct kept {
	struct account *account; /* owned */
	struct named names[];	 /* one for each of its hosts */
};

struct memory {
	struct store store;
	struct mailbox *mailbox;
	struct mail mail;
	bool is_posted;
	bool is_running; /* inside memory_run(): a close frees when that returns */
	bool is_closed;
	struct job_list jobs;
	uint64_t version;
	size_t n_accounts, cap_accounts;
	struct kept **accounts;	    /* sorted by login; owned */
	struct hash_table names;    /* of all hosts: who else has a name is asked for each intent */
	struct notice_set *notices; /* owned */
};

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

/* The index of user, or where it belongs. */
static size_t memory_find(const struct memory *m, const char *user, bool *ret_found)
{
	size_t low = 0, high = m->n_accounts;

	*ret_found = false;
	while (low < high && !*ret_found) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(user, m->accounts[mid]->account->user);

		*ret_found = order == 0;
		if (order > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return high;
}

static struct account *find_account(const struct memory *m, const char *user)
{
	bool found;
	size_t i = memory_find(m, user, &found);

	return found ? m->accounts[i]->account : NULL;
}

static int lookup_now(struct memory *m, struct job *job)
{
	const struct account *a = find_account(m, job->user);

	return a != NULL ? account_copy(a, &job->account) : ERR_NOTFOUND;
}

/* A missing host counts as a conflict: the caller reads again and sees that it is gone. */
static int check_intents(const struct account *a, const struct job *job)
{
	size_t i;

	for (i = 0; i < job->n_intents; i++) {
		const struct account_host *h = account_find_host(a, &job->intents[i].name);

		if (h == NULL || !store_intent_fits(&job->intents[i], &h->state))
			return ERR_CONFLICT;
	}
	return 0;
}

/* The next account with the name after that one, NULL: the first. NULL: there are no more. */
static struct named *next_of_name(const struct memory *m, const struct fqdn *name,
				  const struct named *after)
{
	struct hash_node *node = after == NULL ? hash_table_first(&m->names, fqdn_hash(name, 0))
					       : hash_table_next(&after->node);

	for (; node != NULL; node = hash_table_next(node)) {
		struct named *n = CONTAINER_OF(node, struct named, node);

		if (fqdn_equal(n->name, name))
			return n;
	}
	return NULL;
}

/* The others that have the name, and want something else for it, are no longer the last who changed
 * it; but the one who asked for that later is. */
static void overtake(struct memory *m, const struct account *a, struct store_intent *intent)
{
	struct account_host *h;
	struct named *n;

	const struct fqdn *name = &intent->name;

	for (n = next_of_name(m, name, NULL); n != NULL; n = next_of_name(m, name, n)) {
		if (n->kept->account == a)
			continue;
		h = account_find_host(n->kept->account, name);
		if (store_intent_is_earlier(intent, &h->state))
			intent->is_over = true;
		else if (store_intent_clashes(intent, &h->state.want))
			h->state.over = h->state.seq;
	}
}

static int intend_now(struct memory *m, const struct job *job)
{
	struct account *a = find_account(m, job->user);
	size_t i;
	int err;

	if (a == NULL)
		return ERR_NOTFOUND;
	err = check_intents(a, job);
	if (err != 0)
		return err;
	for (i = 0; i < job->n_intents; i++) {
		struct account_host *h = account_find_host(a, &job->intents[i].name);

		overtake(m, a, &job->intents[i]);
		store_intent_apply(&job->intents[i], &h->state);
	}
	m->version++;
	return 0;
}

static int confirm_now(struct memory *m, const struct job *job)
{
	struct account *a = find_account(m, job->user);
	struct account_host *h;

	if (a == NULL)
		return ERR_NOTFOUND;
	h = account_find_host(a, &job->confirm.name);
	if (h == NULL)
		return ERR_NOTFOUND;
	if (!store_confirm_fits(&job->confirm, &h->state))
		return ERR_CONFLICT;
	store_confirm_apply(&job->confirm, &h->state);
	m->version++;
	return 0;
}

/* Takes account. NULL: out of memory. */
static struct kept *kept_new(struct memory *m, struct account *account)
{
	struct kept *k = calloc(1, sizeof(*k) + account->n_hosts * sizeof(k->names[0]));
	size_t i;

	if (k == NULL)
		return NULL;
	k->account = account;
	for (i = 0; i < account->n_hosts; i++) {
		struct named *n = &k->names[i];

		n->name = &account->hosts[i].name;
		n->kept = k;
		hash_table_add(&m->names, &n->node, fqdn_hash(n->name, 0));
	}
	return k;
}

static void kept_free(struct memory *m, struct kept *k)
{
	size_t i;

	for (i = 0; i < k->account->n_hosts; i++)
		hash_table_remove(&m->names, &k->names[i].node);
	account_free(k->account);
	free(k);
}

static int memory_reserve(struct memory *m)
{
	size_t cap = m->cap_accounts * 2 + 16;
	struct kept **more;

	if (m->n_accounts < m->cap_accounts)
		return 0;
	more = reallocarray(m->accounts, cap, sizeof(struct kept *));
	if (more == NULL)
		return ERR_NOMEM;
	m->accounts = more;
	m->cap_accounts = cap;
	return 0;
}

/* There is room. */
static void memory_insert(struct memory *m, size_t i, struct kept *k)
{
	memmove(&m->accounts[i + 1], &m->accounts[i], (m->n_accounts - i) * sizeof(struct kept *));
	m->accounts[i] = k;
	m->n_accounts++;
}

static struct kept *memory_take_out(struct memory *m, size_t i)
{
	struct kept *k = m->accounts[i];

	m->n_accounts--;
	memmove(&m->accounts[i], &m->accounts[i + 1], (m->n_accounts - i) * sizeof(struct kept *));
	return k;
}

static void keep_states(struct account *a, const struct account *old)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *h = account_find_host(old, &a->hosts[i].name);

		if (h != NULL)
			a->hosts[i].state = h->state;
	}
}

static void find_owners(const struct memory *m, const struct fqdn *name, struct store_owners *ret)
{
	struct named *n;

	for (n = next_of_name(m, name, NULL); n != NULL; n = next_of_name(m, name, n))
		store_owners_add(ret, n->kept->account->user);
}

/* old: the account as it was, or NULL. */
static int check_alone(const struct memory *m, struct job *job, const struct account *old)
{
	const struct account *a = job->account;
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		struct store_owners owners = {.n = 0};

		if (old != NULL && account_find_host(old, &a->hosts[i].name) != NULL)
			continue;
		find_owners(m, &a->hosts[i].name, &owners);
		if (owners.n > 0)
			return store_owners_refuse(&owners, a->user, &a->hosts[i].name, &job->why);
	}
	return 0;
}

static int put_now(struct memory *m, struct job *job)
{
	bool found;
	size_t i = memory_find(m, job->user, &found);
	struct kept *k = NULL;
	int err = 0;

	if (found && store_put_creates(job->mode))
		return ERR_EXISTS;
	if (!found && !store_put_creates(job->mode))
		return ERR_NOTFOUND;
	if (store_put_is_alone(job->mode))
		err = check_alone(m, job, found ? m->accounts[i]->account : NULL);
	if (err == 0)
		err = memory_reserve(m);
	if (err == 0) {
		k = kept_new(m, job->account);
		err = k == NULL ? ERR_NOMEM : 0;
	}
	if (err != 0)
		return err;
	if (found) {
		keep_states(job->account, m->accounts[i]->account);
		kept_free(m, memory_take_out(m, i));
	}
	memory_insert(m, i, k);
	job->account = NULL;
	m->version++;
	return 0;
}

static int remove_now(struct memory *m, const struct job *job)
{
	bool found;
	size_t i = memory_find(m, job->user, &found);

	if (!found)
		return ERR_NOTFOUND;
	kept_free(m, memory_take_out(m, i));
	m->version++;
	return 0;
}

static int rename_now(struct memory *m, const struct job *job)
{
	bool found;
	size_t from = memory_find(m, job->user, &found), at, i;
	struct account *a;
	struct kept *k;

	if (!found)
		return ERR_NOTFOUND;
	a = m->accounts[from]->account;
	memory_find(m, job->to, &found);
	if (found)
		return ERR_EXISTS;
	for (i = 0; i < a->n_hosts; i++)
		if (a->hosts[i].state.pub < a->hosts[i].state.seq)
			return ERR_CONFLICT;
	k = memory_take_out(m, from);
	str_copy(a->user, sizeof(a->user), slice_of(job->to));
	at = memory_find(m, a->user, &found);
	memory_insert(m, at, k);
	m->version++;
	return 0;
}

static int replace_secret_now(struct memory *m, struct job *job)
{
	struct account *a = find_account(m, job->user);
	char *old;

	if (a == NULL)
		return ERR_NOTFOUND;
	if (strcmp(a->secret, job->old_secret) != 0)
		return ERR_CONFLICT;
	old = a->secret;
	a->secret = job->secret;
	job->secret = old;
	m->version++;
	return 0;
}

/* each() may close the store. The other calls that it makes are carried out in a later turn. */
static int list_now(struct memory *m, const struct job *job)
{
	size_t i;

	for (i = 0; i < m->n_accounts; i++) {
		if (m->is_closed)
			return ERR_CANCELED;
		job->each(job->arg, m->accounts[i]->account);
	}
	return 0;
}

/* The same. */
static int list_notices_now(struct memory *m, struct job *job)
{
	const struct notice *n;

	for (n = notice_set_next(m->notices, NULL); n != NULL && !m->is_closed;
	     n = notice_set_next(m->notices, n))
		job->each_notice(job->arg, n);
	return m->is_closed ? ERR_CANCELED : 0;
}

static int carry_out_notice(struct memory *m, struct job *job)
{
	const struct notice *n = job->notice;

	switch (job->verb) {
	case VERB_PUT_NOTICE:
		return notice_set_put(m->notices, n);
	case VERB_LIST_NOTICES:
		return list_notices_now(m, job);
	case VERB_CLAIM_NOTICE:
		return notice_set_claim(m->notices, n->id, n->target, n->holder, job->now_s,
					n->held_until_s);
	case VERB_UPDATE_NOTICE:
		return notice_set_update(m->notices, n);
	default:
		return notice_set_remove(m->notices, n->id, n->target, n->holder);
	}
}

static int carry_out(struct memory *m, struct job *job)
{
	switch (job->verb) {
	case VERB_LOOKUP:
	case VERB_CREDENTIAL:
		return lookup_now(m, job);
	case VERB_INTEND:
		return intend_now(m, job);
	case VERB_CONFIRM:
		return confirm_now(m, job);
	case VERB_LIST:
		return list_now(m, job);
	case VERB_PUT:
		return put_now(m, job);
	case VERB_REMOVE:
		return remove_now(m, job);
	case VERB_RENAME:
		return rename_now(m, job);
	case VERB_REPLACE_SECRET:
		return replace_secret_now(m, job);
	case VERB_OWNERS:
		find_owners(m, &job->name, job->owners);
		return 0;
	case VERB_IS_EMPTY:
		job->is_empty = m->n_accounts == 0;
		return 0;
	case VERB_ADD_HISTORY:
	case VERB_READ_HISTORY:
	case VERB_PRUNE_HISTORY:
		return ERR_INVAL; /* it keeps no history */
	case VERB_PUT_NOTICE:
	case VERB_LIST_NOTICES:
	case VERB_CLAIM_NOTICE:
	case VERB_UPDATE_NOTICE:
	case VERB_REMOVE_NOTICE:
		return carry_out_notice(m, job);
	case VERB_VERSION:
	case VERB_PUT_SEEN:
	case VERB_LIST_SEEN:
		break;
	}
	job->token = m->version;
	return 0;
}

/* What it owns. */
static void fini_job(const struct job *job)
{
	account_free(job->account);
	str_free_secret(job->old_secret);
	str_free_secret(job->secret);
	free(job->intents);
	free(job->owners);
	free(job->notice);
}

static void free_job(struct job *job)
{
	fini_job(job);
	free(job);
}

static void memory_answer(struct job *job, int err)
{
	struct errinfo ei = ERRINFO_INIT;
	const struct errinfo *why = NULL;

	if (err != 0) {
		err_set(&ei, err, "the store in memory: %s", err_str(err));
		why = job->why.code != 0 ? &job->why : &ei;
	}
	if (job->verb == VERB_LOOKUP) {
		struct account *found = err == 0 ? job->account : NULL;

		job->account = NULL;
		job->answer.lookup(job->arg, err, found, why);
	} else if (job->verb == VERB_VERSION) {
		struct store_version version = {.token = err == 0 ? job->token : 0};

		job->answer.version(job->arg, err, version, why);
	} else if (job->verb == VERB_OWNERS) {
		job->answer.owners(job->arg, err, err == 0 ? job->owners : NULL, why);
	} else if (job->verb == VERB_IS_EMPTY) {
		job->answer.decided(job->arg, err, err == 0 && job->is_empty, why);
	} else {
		job->answer.done(job->arg, err, why);
	}
	free_job(job);
}

static void free_memory(struct memory *m)
{
	while (m->n_accounts > 0)
		kept_free(m, memory_take_out(m, m->n_accounts - 1));
	hash_table_fini(&m->names);
	notice_set_free(m->notices);
	free(m->accounts);
	free(m);
}

static void memory_run(struct mail *mail)
{
	struct memory *m = CONTAINER_OF(mail, struct memory, mail);
	struct job_list now;
	struct job *job;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &m->jobs, link);
	m->is_posted = false;
	m->is_running = true;
	while ((job = TAILQ_FIRST(&now)) != NULL) {
		TAILQ_REMOVE(&now, job, link);
		memory_answer(job, m->is_closed ? ERR_CANCELED : carry_out(m, job));
	}
	m->is_running = false;
	if (m->is_closed)
		free_memory(m);
}

static void memory_close(struct store *s)
{
	struct memory *m = memory_of(s);
	struct job *job;

	m->is_closed = true;
	mailbox_close(m->mailbox);
	while ((job = TAILQ_FIRST(&m->jobs)) != NULL) {
		TAILQ_REMOVE(&m->jobs, job, link);
		memory_answer(job, ERR_CANCELED);
	}
	if (!m->is_running)
		free_memory(m);
}

/* Takes what init owns, also on failure. */
static int enqueue(struct store *s, const struct job *init)
{
	struct memory *m = memory_of(s);
	struct job *job = m->is_closed ? NULL : malloc(sizeof(*job));

	if (job == NULL) {
		fini_job(init);
		return m->is_closed ? ERR_CANCELED : ERR_NOMEM;
	}
	*job = *init;
	TAILQ_INSERT_TAIL(&m->jobs, job, link);
	if (!m->is_posted)
		mailbox_post(m->mailbox, &m->mail, memory_run);
	m->is_posted = true;
	return 0;
}

/* A login that is too long belongs to no account. */
static void set_user(struct job *job, const char *user)
{
	str_copy(job->user, sizeof(job->user), slice_of(user));
}

static int memory_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	struct job job = {.verb = VERB_LOOKUP, .answer.lookup = done, .arg = arg};

	set_user(&job, user);
	return enqueue(s, &job);
}

static int memory_intend(struct store *s, const char *user, const struct store_intent *intents,
			 size_t n, store_done_fn *done, void *arg)
{
	struct job job = {.verb = VERB_INTEND, .n_intents = n, .answer.done = done, .arg = arg};

	set_user(&job, user);
	job.intents = calloc(n + 1, sizeof(*job.intents));
	if (job.intents == NULL)
		return ERR_NOMEM;
	memcpy(job.intents, intents, n * sizeof(*intents));
	return enqueue(s, &job);
}

static int memory_confirm(struct store *s, const char *user, const struct store_confirm *c,
			  store_done_fn *done, void *arg)
{
	struct job job = {.verb = VERB_CONFIRM, .confirm = *c, .answer.done = done, .arg = arg};

	set_user(&job, user);
	return enqueue(s, &job);
}

static int memory_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg)
{
	struct job job = {.verb = VERB_LIST, .each = each, .answer.done = done, .arg = arg};

	return enqueue(s, &job);
}

static int memory_put(struct store *s, const struct account *account, enum store_put_mode mode,
		      store_done_fn *done, void *arg)
{
	struct job job = {.verb = VERB_PUT, .mode = mode, .answer.done = done, .arg = arg};
	int err = account_copy(account, &job.account);

	if (err != 0)
		return err;
	set_user(&job, account->user);
	return enqueue(s, &job);
}

static int memory_remove(struct store *s, const char *user, store_done_fn *done, void *arg)
{
	struct job job = {.verb = VERB_REMOVE, .answer.done = done, .arg = arg};

	set_user(&job, user);
	return enqueue(s, &job);
}

static int memory_rename(struct store *s, const char *user, const char *to, store_done_fn *done,
			 void *arg)
{
	struct job job = {.verb = VERB_RENAME, .answer.done = done, .arg = arg};

	set_user(&job, user);
	str_copy(job.to, sizeof(job.to), slice_of(to));
	return enqueue(s, &job);
}

static int memory_replace_secret(struct store *s, const char *user, const char *old,
				 const char *secret, store_done_fn *done, void *arg)
{
	struct job job = {.verb = VERB_REPLACE_SECRET, .answer.done = done, .arg = arg};

	set_user(&job, user);
	job.old_secret = strdup(old);
	job.secret = strdup(secret);
	if (job.old_secret != NULL && job.secret != NULL)
		return enqueue(s, &job);
	fini_job(&job);
	return ERR_NOMEM;
}

static int memory_version(struct store *s, store_version_fn *done, void *arg)
{
	struct job job = {.verb = VERB_VERSION, .answer.version = done, .arg = arg};

	return enqueue(s, &job);
}

static int memory_owners(struct store *s, const struct fqdn *name, store_owners_fn *done, void *arg)
{
	struct job job = {.verb = VERB_OWNERS, .name = *name, .answer.owners = done, .arg = arg};

	job.owners = calloc(1, sizeof(*job.owners));
	return job.owners == NULL ? ERR_NOMEM : enqueue(s, &job);
}

static int memory_is_empty(struct store *s, store_decided_fn *done, void *arg)
{
	struct job job = {.verb = VERB_IS_EMPTY, .answer.decided = done, .arg = arg};

	return enqueue(s, &job);
}

/* Takes job->notice, of which notice is the value. */
static int enqueue_notice(struct store *s, struct job *job, const struct notice *notice)
{
	job->notice = malloc(sizeof(*job->notice));
	if (job->notice == NULL)
		return ERR_NOMEM;
	*job->notice = *notice;
	return enqueue(s, job);
}

static int memory_put_notice(struct store *s, const struct notice *n, store_done_fn *done,
			     void *arg)
{
	struct job job = {.verb = VERB_PUT_NOTICE, .answer.done = done, .arg = arg};
	int err = notice_check(n, NULL);

	return err == 0 ? enqueue_notice(s, &job, n) : err;
}

static int memory_list_notices(struct store *s, store_notice_fn *each, store_done_fn *done,
			       void *arg)
{
	struct job job = {
		.verb = VERB_LIST_NOTICES, .each_notice = each, .answer.done = done, .arg = arg};

	return enqueue(s, &job);
}

static int memory_claim_notice(struct store *s, const char *id, const char *target,
			       const char *holder, int64_t now_s, int64_t until_s,
			       store_done_fn *done, void *arg)
{
	struct job job = {
		.verb = VERB_CLAIM_NOTICE, .now_s = now_s, .answer.done = done, .arg = arg};
	struct notice n = {.held_until_s = until_s};
	int err = notice_name(&n, id, target, holder);

	return err == 0 ? enqueue_notice(s, &job, &n) : err;
}

static int memory_update_notice(struct store *s, const struct notice *n, store_done_fn *done,
				void *arg)
{
	struct job job = {.verb = VERB_UPDATE_NOTICE, .answer.done = done, .arg = arg};
	int err = notice_check_update(n);

	return err == 0 ? enqueue_notice(s, &job, n) : err;
}

static int memory_remove_notice(struct store *s, const char *id, const char *target,
				const char *holder, store_done_fn *done, void *arg)
{
	struct job job = {.verb = VERB_REMOVE_NOTICE, .answer.done = done, .arg = arg};
	struct notice n = {.made_s = 0};
	int err = notice_name(&n, id, target, holder);

	return err == 0 ? enqueue_notice(s, &job, &n) : err;
}

static const struct store_notice_ops memory_notice_ops = {
	.put = memory_put_notice,
	.list = memory_list_notices,
	.claim = memory_claim_notice,
	.update = memory_update_notice,
	.remove = memory_remove_notice,
	.max = NOTICES_MAX,
};

static const struct store_ops memory_ops = {
	.name = "memory",
	.close = memory_close,
	.lookup = memory_lookup,
	.intend = memory_intend,
	.confirm = memory_confirm,
	.list = memory_list,
	.is_empty = memory_is_empty,
	.put = memory_put,
	.remove = memory_remove,
	.rename = memory_rename,
	.replace_secret = memory_replace_secret,
	.version = memory_version,
	.owners = memory_owners,
	.notices = &memory_notice_ops,
};

int store_memory_open(struct uv_loop_s *loop, struct store **ret)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return ERR_NOMEM;
	m->notices = notice_set_new(NOTICES_MAX);
	if (m->notices == NULL || hash_table_init(&m->names, 64) != 0 ||
	    mailbox_new(loop, &m->mailbox) != 0) {
		notice_set_free(m->notices);
		hash_table_fini(&m->names);
		free(m);
		return ERR_NOMEM;
	}
	m->store.ops = &memory_ops;
	TAILQ_INIT(&m->jobs);
	*ret = &m->store;
	return 0;
}
