/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl user ... */
#include "ctl/user.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "account/pepper.h"
#include "account/secret.h"
#include "account/text.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/frame.h"
#include "ctl/hosts.h"
#include "ctl/input.h"
#include "ctl/listing.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/removal.h"
#include "ctl/say.h"
#include "ctl/secret_given.h"
#include "dyndns/basic_auth.h"
#include "dyndns/query.h"

_Static_assert((int)ACCOUNT_USER_MAX == (int)QUERY_USER_MAX, "what can be made can be sent");

/* A rename is tried for ten seconds in all. */
enum { RENAME_TRIES = 100, RENAME_PAUSE_NS = 100000000 };

/* A new secret. One that was generated is shown; one that was given is not. */
struct new_secret {
	char text[QUERY_PASSWORD_MAX + 2]; /* what a client can send, and a newline */
	bool given;
};

/* What is not ASCII may reach us in a character set that is neither UTF-8 nor Latin-1. */
static void warn_unless_ascii(const char *what, const char *text)
{
	if (!text_is_ascii(slice_of(text)))
		ctl_fail("warning: the %s is not ASCII: not every client sends it as it is meant",
			 what);
}

static int set_given_secret(const struct peppers *peppers, struct account *a, struct new_secret *ns,
			    struct errinfo *ei)
{
	char stored[SECRET_STORED_MAX];
	int err = input_secret("Secret: ", ns->text, sizeof(ns->text), ei);

	if (err != 0)
		return err;
	err = secret_given_check(slice_of(ns->text), ei);
	if (err != 0)
		return err;
	err = peppers_store(peppers, SECRET_CRYPT, slice_of(ns->text), stored);
	if (err != 0)
		return err_set(ei, err, "the secret cannot be stored: %s", err_str(err));
	warn_unless_ascii("secret", ns->text);
	return account_set_secret(a, slice_of(stored), ei);
}

static int set_secret(struct session *s, struct account *a, bool from_stdin, struct new_secret *ns,
		      struct errinfo *ei)
{
	char stored[SECRET_STORED_MAX];
	const struct peppers *peppers;
	int err = session_peppers(s, &peppers, ei);

	if (err != 0)
		return err;
	ns->given = from_stdin;
	if (from_stdin)
		return set_given_secret(peppers, a, ns, ei);
	secret_generate(ns->text);
	err = peppers_store(peppers, SECRET_SHA256, slice_of(ns->text), stored);
	if (err != 0)
		return err_set(ei, err, "the secret cannot be stored: %s", err_str(err));
	return account_set_secret(a, slice_of(stored), ei);
}

static int apply_until(struct account *a, const char *until, struct errinfo *ei)
{
	if (until == NULL)
		return 0;
	account_mend(a, ACCOUNT_FLAW_UNTIL);
	a->bounds.until_s = 0;
	return strcmp(until, "never") == 0 ? 0 : bounds_set_until(&a->bounds, slice_of(until), ei);
}

/* They replace those that there were. */
static int apply_sources(struct account *a, const struct ctl_values *from, struct errinfo *ei)
{
	unsigned i;
	int err = 0;

	if (from->n == 0)
		return 0;
	account_mend(a, ACCOUNT_FLAW_SOURCES);
	a->bounds.n_sources = 0;
	if (from->n == 1 && strcmp(from->at[0], "anywhere") == 0)
		return 0;
	for (i = 0; err == 0 && i < from->n; i++)
		err = strcmp(from->at[i], "anywhere") == 0
			      ? err_set(ei, ERR_INVAL, "--from anywhere stands alone")
			      : bounds_add_source(&a->bounds, slice_of(from->at[i]), ei);
	return err;
}

/* Applies the options of an account, whose values were checked with the command line. */
static int apply_options(struct account *a, const struct ctl_args *args, struct errinfo *ei)
{
	unsigned i;
	int err = apply_until(a, args->valid_until, ei);

	if (err == 0)
		err = apply_sources(a, &args->from, ei);
	if (err != 0)
		return err;

	if (args->quirks.n > 0)
		account_mend(a, ACCOUNT_FLAW_QUIRKS);
	for (i = 0; i < args->quirks.n; i++) {
		const char *word = args->quirks.at[i];

		if (word[0] == '-')
			a->quirks &= ~account_quirk_parse(slice_of(word + 1));
		else
			a->quirks |= account_quirk_parse(slice_of(word));
	}
	if (args->ttl == NULL)
		return 0;
	if (strcmp(args->ttl, "default") != 0)
		return account_set_ttl(a, slice_of(args->ttl), ei);
	a->ttl = 0;
	account_mend(a, ACCOUNT_FLAW_TTL);
	return 0;
}

static int make_account(struct session *s, const struct ctl_args *args, struct new_secret *ns,
			struct account **ret, struct errinfo *ei)
{
	int err = account_new(slice_of(args->operand[0]), ret, ei);

	if (err == 0)
		err = apply_options(*ret, args, ei);
	if (err == 0)
		err = hosts_add(s, *ret, args, ei);
	if (err == 0)
		err = set_secret(s, *ret, args->secret_stdin, ns, ei);
	if (err != 0)
		return err;
	warn_unless_ascii("login", (*ret)->user);
	err = session_put(s, *ret, args->shared ? STORE_CREATE : STORE_CREATE_ALONE, ei);
	if (err == ERR_EXISTS) {
		err_reset(ei);
		return err_set(ei, err, "user \"%s\" exists already", args->operand[0]);
	}
	return err;
}

/* The secret could not be shown, so nobody could use the account: it is removed again, or a second
 * try would find its login taken. */
static int take_back(struct session *s, const struct account *a, const struct errinfo *why)
{
	struct errinfo ei = ERRINFO_INIT;

	if (session_remove(s, a->user, &ei) != 0)
		return ctl_fail("%s; the account \"%s\" is made all the same: %s", why->text,
				a->user, ei.text);
	return ctl_fail("%s; the account \"%s\" is taken back", why->text, a->user);
}

/* The account does not exist yet, so the frame has none to pass. */
static int user_add(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct new_secret ns = {.given = false};
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = NULL;
	int status = CTL_OK;

	(void)none;
	if (make_account(s, args, &ns, &a, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	if (status == CTL_OK) {
		print_secret(a, ns.given ? NULL : ns.text, args->json);
		if (print_finish(&ei) != 0)
			status = take_back(s, a, &ei);
	}
	explicit_bzero(&ns, sizeof(ns));
	account_free(a);
	return status;
}

int ctl_user_add(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, user_add);
}

static void list_account(void *arg, const struct account *a)
{
	struct listing *list = arg;

	if (list->err != 0)
		return;
	if (list->json != NULL)
		listing_add(list, print_account_json(a, false));
	else
		list->err = print_account_line(list->table, a);
}

static int user_list(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct errinfo ei = ERRINFO_INIT;
	struct listing list;

	(void)none;
	listing_begin(&list, args->json, 3);
	if (listing_end(&list, session_list(s, list_account, &list, &ei), &ei) != 0)
		return ctl_fail("%s", ei.text);
	return CTL_OK;
}

int ctl_user_list(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, user_list);
}

static int user_show(struct session *s, const struct ctl_args *args, struct account *a)
{
	(void)s;
	print_account(a, args->json);
	return CTL_OK;
}

int ctl_user_show(const struct ctl_args *args)
{
	return frame_run(args, FRAME_ACCOUNT, user_show);
}

/* The new secret could not be shown: puts the old one back, unless somebody else has changed the
 * secret meanwhile. */
static int put_back(struct session *s, const struct account *changed, const char *old,
		    const struct errinfo *why)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = NULL;
	int err;

	if (*old == '\0')
		return ctl_fail("%s; nobody knows the new secret, and the old one was none that "
				"could be used: try again",
				why->text);
	err = session_lookup(s, changed->user, &a, &ei);
	if (err == 0 && strcmp(a->secret, changed->secret) == 0) {
		err = account_set_secret(a, slice_of(old), &ei);
		err = err == 0 ? session_put(s, a, STORE_REPLACE, &ei) : err;
	}
	account_free(a);
	if (err != 0)
		return ctl_fail("%s; and the old secret could not be put back: %s", why->text,
				ei.text);
	return ctl_fail("%s; the old secret stays", why->text);
}

static int change_secret(struct session *s, const struct ctl_args *args, struct account *a,
			 struct new_secret *ns)
{
	struct errinfo ei = ERRINFO_INIT;
	char *old = strdup(a->secret);
	int status = CTL_OK;

	if (old == NULL)
		return ctl_fail("out of memory");
	if (set_secret(s, a, args->secret_stdin, ns, &ei) != 0 ||
	    session_put(s, a, STORE_REPLACE, &ei) != 0) {
		status = ctl_fail("%s", ei.text);
	} else {
		print_secret(a, ns->given ? NULL : ns->text, args->json);
		if (print_finish(&ei) != 0)
			status = put_back(s, a, old, &ei);
	}
	str_free_secret(old);
	return status;
}

static int user_passwd(struct session *s, const struct ctl_args *args, struct account *a)
{
	struct new_secret ns = {.given = false};
	int status = change_secret(s, args, a, &ns);

	explicit_bzero(&ns, sizeof(ns));
	return status;
}

int ctl_user_passwd(const struct ctl_args *args)
{
	return frame_run(args, FRAME_ACCOUNT, user_passwd);
}

/* A quirk that has no effect looks like one that does not work. */
static void warn_of_idle_quirk(const struct account *a)
{
	if ((a->quirks & ACCOUNT_ANY_HOSTNAME) != 0 && a->n_hosts > 1)
		ctl_fail("warning: any-hostname does nothing while the account has several hosts");
}

static int user_set(struct session *s, const struct ctl_args *args, struct account *a)
{
	struct errinfo ei = ERRINFO_INIT;

	if (apply_options(a, args, &ei) != 0 || session_put(s, a, STORE_REPLACE, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (args->quirks.n > 0)
		warn_of_idle_quirk(a);
	return CTL_OK;
}

int ctl_user_set(const struct ctl_args *args)
{
	if (args->ttl == NULL && args->quirks.n == 0 && args->valid_until == NULL &&
	    args->from.n == 0)
		return ctl_wrong_usage("user set needs --ttl, --quirk, --valid-until or --from");
	return frame_run(args, FRAME_CHANGE, user_set);
}

static int set_disabled(struct session *s, struct account *a, bool disabled)
{
	struct errinfo ei = ERRINFO_INIT;

	a->disabled = disabled;
	account_mend(a, ACCOUNT_FLAW_DISABLED);
	return session_put(s, a, STORE_REPLACE, &ei) == 0 ? CTL_OK : ctl_fail("%s", ei.text);
}

static int user_disable(struct session *s, const struct ctl_args *args, struct account *a)
{
	(void)args;
	return set_disabled(s, a, true);
}

static int user_enable(struct session *s, const struct ctl_args *args, struct account *a)
{
	(void)args;
	return set_disabled(s, a, false);
}

int ctl_user_disable(const struct ctl_args *args)
{
	return frame_run(args, FRAME_CHANGE, user_disable);
}

int ctl_user_enable(const struct ctl_args *args)
{
	return frame_run(args, FRAME_CHANGE, user_enable);
}

/* Renames the account when none of its hosts is being published. A publication is confirmed under
 * the old login, normally within a second; if it takes longer its zone is out of reach, and waiting
 * does not help. */
static int rename_at_rest(struct session *s, const struct account *a, const char *to,
			  struct errinfo *ei)
{
	static const struct timespec pause = {.tv_nsec = RENAME_PAUSE_NS};
	struct progress progress = {.is_shown = false};
	struct errinfo why = ERRINFO_INIT;
	int tries, err = ERR_CONFLICT;

	progress_begin_late(&progress, "tries while it is published", a->user, RENAME_TRIES);
	for (tries = 0; err == ERR_CONFLICT && tries < RENAME_TRIES; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		err_reset(&why);
		err = session_rename(s, a->user, to, &why);
		progress_add(&progress, 1);
	}
	progress_wipe(&progress);
	if (err == ERR_EXISTS)
		return err_set(ei, err, "user \"%s\" exists already", to);
	if (err == ERR_CONFLICT)
		return err_set(ei, err,
			       "a host of \"%s\" waits to be published: try again when it is (see "
			       "mooringctl user show)",
			       a->user);
	return err == 0 ? 0 : err_set(ei, err, "%s", why.text);
}

static int rename_account(struct session *s, const struct ctl_args *args, struct account *a)
{
	struct errinfo ei = ERRINFO_INIT;
	const char *to = args->operand[1];

	if (rename_at_rest(s, a, to, &ei) != 0)
		return ctl_fail("%s", ei.text);
	str_copy(a->user, sizeof(a->user), slice_of(to));
	warn_unless_ascii("login", to);
	return CTL_OK;
}

/* Checks the new login before the account is looked up. */
static int user_rename(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct errinfo ei = ERRINFO_INIT;

	(void)none;
	if (account_check_user(slice_of(args->operand[1]), &ei) != 0)
		return ctl_fail("%s", ei.text);
	return frame_work(s, args, FRAME_CHANGE, rename_account);
}

int ctl_user_rename(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, user_rename);
}

static int user_remove(struct session *s, const struct ctl_args *args, struct account *a)
{
	(void)args;
	return removal_of_user(s, a);
}

int ctl_user_remove(const struct ctl_args *args)
{
	return frame_run(args, FRAME_CHANGE, user_remove);
}
