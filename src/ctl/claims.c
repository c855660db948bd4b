/* SPDX-License-Identifier: BSD-2-Clause
 * The table is read once; then each difference is looked at again, as accounts may have come and
 * gone meanwhile, and mended. What was mended stays so: a run that was stopped goes on with what is
 * left. */
#include "ctl/claims.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ctl/claim_pairs.h"
#include "ctl/frame.h"
#include "ctl/interrupt.h"
#include "ctl/progress.h"
#include "ctl/say.h"

/* Differences that are mended at a time. A table of the smallest capacity throttles that, and the
 * AWS client then waits. */
enum { AT_ONCE = 16 };

struct mending {
	struct session *s;
	struct claim_pairs *pairs;
	struct progress progress;
	unsigned n_in_flight;
	struct claim_difference next; /* to be mended; its name is NULL: not asked for yet */
	const char *name;	      /* of the last one that was begun */
	size_t n_written, n_taken, n_refused;
	bool is_stopping, is_over;
	struct errinfo why; /* of what stops it */
};

/* One difference. */
struct mend {
	struct mending *m;
	struct fqdn name;
	bool is_missing;
	char user[ACCOUNT_USER_MAX + 1];
};

static void mend_more(struct mending *m);

static void end_mend(struct mend *mend)
{
	struct mending *m = mend->m;

	free(mend);
	m->n_in_flight--;
	progress_add(&m->progress, 1);
	mend_more(m);
}

/* A claim that is full tells that the name is taken, so the others are complete without this owner;
 * any other failure would meet them, too. */
static void fail_mend(struct mend *mend, int err, const struct errinfo *why)
{
	struct mending *m = mend->m;

	if (err == ERR_LIMIT) {
		m->n_refused++;
		progress_wipe(&m->progress);
		ctl_fail("%s", why->text);
	} else {
		m->is_stopping = true;
		err_set(&m->why, err, "%s", why != NULL ? why->text : err_str(err));
	}
	end_mend(mend);
}

static void on_claimed(void *arg, int err, const struct store_owners *owners,
		       const struct errinfo *why)
{
	struct mend *mend = arg;

	(void)owners;
	mend->m->n_written += err == 0;
	if (err == 0)
		end_mend(mend);
	else
		fail_mend(mend, err, why);
}

static void on_unclaimed(void *arg, int err, const struct errinfo *why)
{
	struct mend *mend = arg;

	mend->m->n_taken += err == 0;
	if (err == 0)
		end_mend(mend);
	else
		fail_mend(mend, err, why);
}

/* has_name: as the account is now. */
static int write_mend(struct mend *mend, bool has_name)
{
	struct store *store = mend->m->s->backends.store;

	if (has_name)
		return store_claim(store, &mend->name, mend->user, on_claimed, mend);
	return store_unclaim(store, &mend->name, mend->user, on_unclaimed, mend);
}

static void on_mend_account(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct mend *mend = arg;
	bool has_name = account != NULL && account_may_have_host(account, &mend->name);

	account_free(account);
	if (err != 0 && err != ERR_NOTFOUND) {
		fail_mend(mend, err, why);
		return;
	}
	/* Otherwise somebody has mended it, or it never was one: the account is newer than the
	 * claim that was read after it. */
	err = has_name == mend->is_missing ? write_mend(mend, has_name) : 0;
	if (err != 0)
		fail_mend(mend, err, NULL);
	else if (has_name != mend->is_missing)
		end_mend(mend);
}

static void start_mend(struct mending *m, const struct claim_difference *d)
{
	struct mend *mend = calloc(1, sizeof(*mend));
	int err = ERR_NOMEM;

	if (mend != NULL && fqdn_parse(slice_of(d->name), &mend->name) == 0 &&
	    str_copy(mend->user, sizeof(mend->user), slice_of(d->user)) == 0) {
		mend->m = m;
		mend->is_missing = d->is_missing;
		err = store_lookup(m->s->backends.store, mend->user, on_mend_account, mend);
	}
	if (err == 0) {
		m->n_in_flight++;
		return;
	}
	free(mend);
	m->is_stopping = true;
	err_set(&m->why, err, "%s", err_str(err));
}

/* Those of one name change one claim, so one is mended after the other; they come in a row. False:
 * none may be begun now. */
static bool take_difference(struct mending *m, struct claim_difference *ret)
{
	if (m->next.name == NULL && !claim_pairs_next(m->pairs, &m->next))
		return false;
	if (m->n_in_flight > 0 && strcmp(m->next.name, m->name) == 0)
		return false;
	*ret = m->next;
	m->name = ret->name;
	m->next.name = NULL;
	return true;
}

static void mend_more(struct mending *m)
{
	struct claim_difference d;

	if (interrupt_check(&m->why) != 0)
		m->is_stopping = true;
	while (!m->is_stopping && m->n_in_flight < AT_ONCE && take_difference(m, &d))
		start_mend(m, &d);
	m->is_over = m->n_in_flight == 0;
}

static int mend_all(struct session *s, struct claim_pairs *pairs, size_t n)
{
	struct mending m = {.s = s, .pairs = pairs};
	struct errinfo ei = ERRINFO_INIT;

	interrupt_guard_begin();
	progress_begin(&m.progress, "claims looked at", s->conf->store.table, n, AT_ONCE);
	mend_more(&m);
	session_run(s, &m.is_over);
	progress_wipe(&m.progress);
	interrupt_guard_end();
	if (m.is_stopping || session_set_claims_complete(s, &ei) != 0)
		return ctl_fail("%zu of %zu claims mended: %s; \"mooringctl claims\" goes on with "
				"the rest",
				m.n_written + m.n_taken, n, m.is_stopping ? m.why.text : ei.text);
	printf("%zu claims written, %zu taken away; they are complete\n", m.n_written, m.n_taken);
	return m.n_refused == 0 ? CTL_OK : CTL_FAILED;
}

static void add_account(void *arg, const struct account *a)
{
	claim_pairs_add_account(arg, a);
}

static void add_claim(void *arg, const struct fqdn *name, const struct store_owners *owners)
{
	claim_pairs_add_claim(arg, name, owners);
}

static int claims(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct errinfo ei = ERRINFO_INIT;
	struct claim_pairs *pairs = NULL;
	size_t missing = 0, stale = 0;
	int status;

	(void)args;
	(void)none;
	if (!store_has_claims(s->backends.store)) {
		puts("this store finds accounts by their names and needs no claims");
		return CTL_OK;
	}
	if (claim_pairs_new(&pairs) != 0)
		return ctl_fail("out of memory");
	if (session_list_claims(s, add_account, add_claim, pairs, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	else if (claim_pairs_compare(pairs, &missing, &stale) != 0)
		status = ctl_fail("out of memory");
	else
		status = mend_all(s, pairs, missing + stale);
	claim_pairs_free(pairs);
	return status;
}

int ctl_claims(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, claims);
}
