/* SPDX-License-Identifier: BSD-2-Clause
 * Each account is read again and written by itself, if its secret is still the one that was read:
 * a run that was stopped goes on with what is left, and no change of somebody else is undone. */
#include "ctl/rehash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/pepper.h"
#include "account/secret.h"
#include "conf/conf.h"
#include "ctl/frame.h"
#include "ctl/interrupt.h"
#include "ctl/listing.h"
#include "ctl/progress.h"
#include "ctl/say.h"
#include "ctl/secret_need.h"
#include "ctl/table.h"

#define CLEAR_TEXT_IS_GONE                                                                         \
	"passwords in clear text are gone for good then, and the serverless stack knows no hash: " \
	"there every such router would be refused"

struct rehashing {
	struct session *s;
	const struct peppers *peppers;
	bool is_dry;
	struct listing listing;
	struct progress progress;
	size_t n_fine, n_rehashed, n_left;
	char (*clear)[ACCOUNT_USER_MAX + 1]; /* logins with clear text; owned */
	size_t n, cap;
};

static const char *why_left(enum secret_need need)
{
	static const char *const texts[SECRET_NEEDS] = {
		[SECRET_NEEDS_NOTHING] = "somebody has changed it meanwhile",
		[SECRET_IS_CLEAR] = "somebody has changed it meanwhile",
		[SECRET_WITHOUT_PEPPER] = "a hash without pepper: user passwd gives a new secret",
		[SECRET_OF_OLD_PEPPER] = "of an older pepper: user passwd gives a new secret",
		[SECRET_OF_LOST_PEPPER] = "its pepper is not in pepper-file: nobody can log in",
		[SECRET_UNUSABLE] = "it cannot be used as it is stored: nobody can log in",
	};

	return texts[need];
}

static void rehash_tell(struct rehashing *r, const char *user, const char *result, const char *why)
{
	const char *const cells[] = {user, result, why};
	json_t *line;

	if (r->listing.err != 0)
		return;
	if (r->listing.json == NULL) {
		r->listing.err = table_add(r->listing.table, cells);
		return;
	}
	line = json_pack("{s:s, s:s}", "user", user, "result", result);
	if (line != NULL && *why != '\0' && json_object_set_new(line, "why", json_string(why)) != 0)
		json_decref(line);
	else
		listing_add(&r->listing, line);
}

static void rehash_leave(struct rehashing *r, const char *user, enum secret_need need)
{
	r->n_left++;
	rehash_tell(r, user, "left", why_left(need));
}

static int rehash_note(struct rehashing *r, const char *user)
{
	size_t cap = 2 * r->cap + 64;
	void *more;

	if (r->n == r->cap) {
		more = reallocarray(r->clear, cap, sizeof(*r->clear));
		if (more == NULL)
			return ERR_NOMEM;
		r->clear = more;
		r->cap = cap;
	}
	str_copy(r->clear[r->n++], sizeof(*r->clear), slice_of(user));
	return 0;
}

static void rehash_sort(void *arg, const struct account *a)
{
	struct rehashing *r = arg;
	enum secret_need need = secret_need_of(a, r->peppers);

	if (need == SECRET_NEEDS_NOTHING)
		r->n_fine++;
	else if (need != SECRET_IS_CLEAR)
		rehash_leave(r, a->user, need);
	else if (rehash_note(r, a->user) != 0)
		r->listing.err = ERR_NOMEM;
}

/* ---------------------------------------------------------------- one account */

/* ERR_CONFLICT, ERR_NOTFOUND: somebody else was here. */
static int rehash_account(struct rehashing *r, const struct account *a, struct errinfo *ei)
{
	char stored[SECRET_STORED_MAX];
	int err = peppers_store(r->peppers, SECRET_CRYPT, slice_of(a->secret), stored);

	if (err != 0)
		return err_set(ei, err, "the secret of user \"%s\" cannot be stored: %s", a->user,
			       err_str(err));
	return session_replace_secret(r->s, a->user, a->secret, stored, ei);
}

static int rehash_one(struct rehashing *r, const char *user, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	enum secret_need need = SECRET_IS_CLEAR;
	struct account *a = NULL;
	int err = session_lookup(r->s, user, &a, &why);

	if (err == 0)
		need = secret_need_of(a, r->peppers);
	if (err == 0 && need == SECRET_IS_CLEAR && !r->is_dry)
		err = rehash_account(r, a, &why);
	account_free(a);
	if (err == ERR_CONFLICT || err == ERR_NOTFOUND || (err == 0 && need != SECRET_IS_CLEAR)) {
		rehash_leave(r, user, need);
		return 0;
	}
	if (err != 0)
		return err_set(ei, err, "%s", why.text);
	r->n_rehashed++;
	rehash_tell(r, user, r->is_dry ? "would be rehashed" : "rehashed", "");
	return 0;
}

static int rehash_each(struct rehashing *r, struct errinfo *ei)
{
	size_t i;
	int err = 0;

	interrupt_guard_begin();
	progress_begin_late(&r->progress, "accounts", "user rehash", r->n);
	for (i = 0; err == 0 && i < r->n; i++) {
		err = interrupt_check(ei);
		if (err == 0)
			err = rehash_one(r, r->clear[i], ei);
		progress_add(&r->progress, 1);
	}
	progress_wipe(&r->progress);
	interrupt_guard_end();
	return err;
}

/* ---------------------------------------------------------------- all of it */

/* What was done is told, however it ended. */
static int rehash_end(struct rehashing *r, int err, const struct errinfo *why)
{
	struct errinfo ei = ERRINFO_INIT;
	const bool is_text = r->listing.json == NULL;

	if (listing_end(&r->listing, 0, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (is_text)
		printf("%zu %s, %zu left as they are, %zu need nothing\n", r->n_rehashed,
		       r->is_dry ? "would be rehashed" : "rehashed", r->n_left, r->n_fine);
	if (err != 0)
		return ctl_fail("%zu of %zu rehashed: %s; once more goes on with the rest",
				r->n_rehashed, r->n, why->text);
	if (r->is_dry && r->n_rehashed > 0)
		ctl_fail("warning: " CLEAR_TEXT_IS_GONE);
	return CTL_OK;
}

static int user_rehash(struct session *s, const struct ctl_args *args, struct account *a)
{
	struct rehashing r = {.s = s, .is_dry = args->dry_run};
	struct errinfo ei = ERRINFO_INIT;
	int status, err = session_peppers(s, &r.peppers, &ei);

	if (err != 0)
		return ctl_fail("%s", ei.text);
	listing_begin(&r.listing, args->json, 3);
	if (a != NULL)
		rehash_sort(&r, a);
	else
		err = session_list(s, rehash_sort, &r, &ei);
	if (err == 0 && r.listing.err != 0)
		err = err_set(&ei, r.listing.err, "out of memory");
	if (err == 0)
		err = rehash_each(&r, &ei);
	status = rehash_end(&r, err, &ei);
	free(r.clear);
	return status;
}

int ctl_user_rehash(const struct ctl_args *args)
{
	if ((args->n == 0) != args->all)
		return ctl_wrong_usage("user rehash needs a NAME, or --all");
	if (!args->yes && !args->dry_run)
		return ctl_wrong_usage("user rehash needs --yes: " CLEAR_TEXT_IS_GONE
				       "; --dry-run shows what it would do");
	return frame_run(args, args->all ? FRAME_STORE : FRAME_ACCOUNT, user_rehash);
}
