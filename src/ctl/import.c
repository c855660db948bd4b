/* SPDX-License-Identifier: BSD-2-Clause
 * Each account is written by itself, and only where there is none of its login: an import that was
 * stopped goes on with what is left, and nothing that is there is changed. */
#include "ctl/import.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/pepper.h"
#include "account/secret.h"
#include "base/wiping.h"
#include "ctl/import_file.h"
#include "ctl/import_list.h"
#include "ctl/import_match.h"
#include "ctl/input.h"
#include "ctl/interrupt.h"
#include "ctl/listing.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/say.h"
#include "ctl/secrets_file.h"
#include "ctl/session.h"
#include "ctl/table.h"

struct importing {
	const struct ctl_args *args;
	struct session s;
	const struct peppers *peppers;
	struct import_list list;
	struct secrets_file *secrets; /* NULL: nobody named one */
	size_t n_seen;		      /* accounts of the store */
	bool is_new_table;	      /* it was listed, and held none */
	struct progress progress;
};

/* ---------------------------------------------------------------- what is there */

static void import_on_account(void *arg, const struct account *a)
{
	struct importing *im = arg;

	im->n_seen++;
	import_match_see(&im->list, a);
}

static int look_up_row(struct importing *im, struct import_row *row, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = 0;

	if (row->state == IMPORT_NEW)
		err = session_lookup(&im->s, row->account->user, &row->there, &why);
	return err == 0 || err == ERR_NOTFOUND ? 0 : err_set(ei, err, "%s", why.text);
}

/* Without the permission to list the store each login is looked up. */
static int look_up_rows(struct importing *im, struct errinfo *ei)
{
	struct import_list *l = &im->list;
	size_t i;
	int err = 0;

	progress_begin_late(&im->progress, "logins looked up", im->args->operand[0], l->n);
	for (i = 0; err == 0 && i < l->n; i++) {
		err = look_up_row(im, l->rows[i], ei);
		progress_add(&im->progress, 1);
		if (err == 0)
			err = interrupt_check(ei);
	}
	progress_wipe(&im->progress);
	return err;
}

static int see_store(struct importing *im, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = session_list(&im->s, import_on_account, im, &why);

	if (err == ERR_DENIED) {
		ctl_fail("warning: not checked whether other accounts have the names: %s",
			 why.text);
		return look_up_rows(im, ei);
	}
	im->is_new_table = err == 0 && im->n_seen == 0;
	return err == 0 ? 0 : err_set(ei, err, "%s", why.text);
}

static int match_rows(struct importing *im, struct errinfo *ei)
{
	struct import_list *l = &im->list;
	size_t i;
	int err = see_store(im, ei);

	progress_begin_late(&im->progress, "accounts compared", im->args->operand[0], l->n);
	for (i = 0; err == 0 && i < l->n; i++) {
		if (l->rows[i]->state == IMPORT_NEW)
			import_match_judge(l, l->rows[i], im->peppers);
		progress_add(&im->progress, 1);
		err = interrupt_check(ei);
	}
	progress_wipe(&im->progress);
	if (err == 0 && l->err != 0)
		err = err_set(ei, l->err, "out of memory");
	return err;
}

/* ---------------------------------------------------------------- one account */

/* The form in which the secret is stored, in the place of clear text or of none. */
static int store_secret(struct importing *im, struct import_row *row, enum secret_kind kind,
			struct slice secret, struct errinfo *ei)
{
	char stored[SECRET_STORED_MAX];
	int err = peppers_store(im->peppers, kind, secret, stored);

	if (err != 0)
		return err_set(ei, err, "the secret cannot be stored: %s", err_str(err));
	return account_set_secret(row->account, slice_of(stored), ei);
}

static int make_secret(struct importing *im, struct import_row *row, struct errinfo *ei)
{
	char text[SECRET_LEN + 1];
	int err;

	if (row->secret == IMPORT_SECRET_HASHED)
		return 0;
	if (row->secret == IMPORT_SECRET_CLEAR)
		return store_secret(im, row, SECRET_CRYPT, slice_of(row->account->secret), ei);
	secret_generate(text);
	err = store_secret(im, row, SECRET_SHA256, slice_of(text), ei);
	if (err == 0)
		err = secrets_file_add(im->secrets, row->account, text, ei);
	explicit_bzero(text, sizeof(text));
	return err;
}

/* What the store will never take refuses the row, and nothing was written; anything else ends the
 * import. */
static bool is_of_row(int err)
{
	return err == ERR_EXISTS || err == ERR_REFUSED || err == ERR_LIMIT || err == ERR_INVAL;
}

static int make_account(struct importing *im, struct import_row *row, struct errinfo *ei)
{
	const enum store_put_mode mode = im->args->shared ? STORE_CREATE : STORE_CREATE_ALONE;
	struct errinfo why = ERRINFO_INIT;
	int err = make_secret(im, row, ei);

	if (err != 0)
		return err;
	err = session_put(&im->s, row->account, mode, &why);
	if (err == 0) {
		row->state = IMPORT_MADE;
		return 0;
	}
	/* After any other failure the account may be there, its answer was lost: then this line is
	 * all that anybody has of its secret. */
	if (!is_of_row(err))
		return err_set(ei, err, "%s", why.text);
	if (row->secret == IMPORT_SECRET_MISSING)
		secrets_file_take_back(im->secrets);
	import_refuse(&im->list, row, "%s",
		      err == ERR_EXISTS ? "somebody else has made it meanwhile" : why.text);
	return 0;
}

static int make_accounts(struct importing *im, size_t n, struct errinfo *ei)
{
	struct import_list *l = &im->list;
	struct errinfo why = ERRINFO_INIT;
	size_t i;
	int err = 0;

	/* A new table has no name without a claim, and never needs to be searched. */
	if (im->is_new_table && store_has_claims(im->s.backends.store))
		session_set_claims_complete(&im->s, NULL);
	progress_begin_late(&im->progress, "accounts made", im->args->operand[0], n);
	for (i = 0; err == 0 && i < l->n; i++) {
		if (l->rows[i]->state != IMPORT_NEW)
			continue;
		err = interrupt_check(&why);
		if (err == 0)
			err = make_account(im, l->rows[i], &why);
		if (err == 0)
			progress_add(&im->progress, 1);
	}
	progress_wipe(&im->progress);
	return err == 0 ? 0 : err_set(ei, err, "%s; once more goes on with the rest", why.text);
}

/* ---------------------------------------------------------------- the report */

static const char *const state_words[IMPORT_STATES] = {
	[IMPORT_NEW] = "new",	      [IMPORT_MADE] = "made",	    [IMPORT_THERE] = "there",
	[IMPORT_DIFFERS] = "differs", [IMPORT_REFUSED] = "refused", [IMPORT_PASSED] = "passed over",
};

static const char *why_of(const struct import_row *row)
{
	if (row->state == IMPORT_NEW && row->secret == IMPORT_SECRET_MISSING)
		return "gets a new secret";
	return row->why != NULL ? row->why : "";
}

static void tell_row(struct listing *listing, const struct import_row *row)
{
	const char *why = why_of(row);
	char line[32];
	const char *const cells[] = {line, row->shown, state_words[row->state], why};

	snprintf(line, sizeof(line), "line %zu", row->line);
	if (listing->json != NULL)
		listing_add(
			listing,
			json_pack("{s:I, s:s, s:s, s:s*}", "line", (json_int_t)row->line, "user",
				  row->account != NULL ? row->account->user : row->shown, "result",
				  state_words[row->state], "why", *why != '\0' ? why : NULL));
	else
		listing->err = table_add(listing->table, cells);
}

static void tell_counts(const struct importing *im)
{
	const struct import_list *l = &im->list;

	if (im->args->json)
		return;
	printf("%zu made, %zu new, %zu there, %zu differ, %zu refused, %zu passed over\n",
	       import_count(l, IMPORT_MADE), import_count(l, IMPORT_NEW),
	       import_count(l, IMPORT_THERE), import_count(l, IMPORT_DIFFERS),
	       import_count(l, IMPORT_REFUSED), import_count(l, IMPORT_PASSED));
}

static int tell_rows(const struct importing *im)
{
	const struct import_list *l = &im->list;
	struct errinfo ei = ERRINFO_INIT;
	struct listing listing;
	size_t i;

	listing_begin(&listing, im->args->json, 4);
	for (i = 0; i < l->n && listing.err == 0; i++)
		tell_row(&listing, l->rows[i]);
	if (listing_end(&listing, 0, &ei) != 0)
		return ctl_fail("%s", ei.text);
	tell_counts(im);
	return CTL_OK;
}

/* 0 when the store has, or would have, all that the file says. */
static int import_status(const struct importing *im)
{
	const struct import_list *l = &im->list;

	return import_count(l, IMPORT_REFUSED) + import_count(l, IMPORT_DIFFERS) == 0 ? CTL_OK
										      : CTL_FAILED;
}

/* ---------------------------------------------------------------- all of it */

static size_t count_without_secret(const struct import_list *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		n += l->rows[i]->state == IMPORT_NEW && l->rows[i]->secret == IMPORT_SECRET_MISSING;
	return n;
}

/* What has to be so before anything is written. */
static int check_rows(const struct importing *im, struct errinfo *ei)
{
	size_t n_bad = import_count(&im->list, IMPORT_REFUSED);
	size_t n_without = count_without_secret(&im->list);

	if (n_bad > 0 && !im->args->skip_bad)
		return err_set(ei, ERR_INVAL,
			       "nothing is written, because of %zu refused: mend the file, or "
			       "--skip-bad goes on without",
			       n_bad);
	if (n_without > 0 && im->secrets == NULL)
		return err_set(ei, ERR_INVAL,
			       "nothing is written: %zu get a new secret, and --new-secrets FILE "
			       "says where to",
			       n_without);
	return 0;
}

/* Where nobody can be asked it stays with the report; so it does with --json, which is a program's.
 */
static bool may_ask(const struct ctl_args *args)
{
	return !args->yes && !args->dry_run && !args->json && isatty(STDIN_FILENO) &&
	       isatty(STDERR_FILENO);
}

static bool import_is_agreed(size_t n)
{
	print_flush();
	fprintf(stderr, "write %zu account%s? [y/N] ", n, n == 1 ? "" : "s");
	return input_agrees();
}

/* Each row is told once: before the question, or behind what was done without one. */
static int write_rows(struct importing *im, size_t n)
{
	struct errinfo ei = ERRINFO_INIT;
	int err = make_accounts(im, n, &ei);
	int status = CTL_OK;

	if (im->args->yes)
		status = tell_rows(im);
	else
		tell_counts(im);
	if (err != 0)
		return ctl_fail("%s", ei.text);
	return status != CTL_OK ? status : import_status(im);
}

/* A script that forgot to say so would take it for done. */
static void tell_nothing_written(const struct importing *im, size_t n)
{
	if (n > 0 && !im->args->dry_run && !im->args->json)
		fprintf(stderr, "mooringctl: nothing is written without --yes\n");
}

static int import_rows(struct importing *im)
{
	const size_t n = import_count(&im->list, IMPORT_NEW);
	const bool yes = im->args->yes;
	struct errinfo ei = ERRINFO_INIT;
	int err = check_rows(im, &ei);
	int status = yes && err == 0 ? CTL_OK : tell_rows(im);

	if (status != CTL_OK)
		return status;
	if (!yes && (!may_ask(im->args) || n == 0)) {
		tell_nothing_written(im, n);
		return import_status(im);
	}
	if (err != 0)
		return ctl_fail("%s", ei.text);
	return yes || import_is_agreed(n) ? write_rows(im, n) : import_status(im);
}

/* The file that is read has the same first line, if it is of logins without a secret. */
static int open_secrets(struct importing *im, struct errinfo *ei)
{
	const char *in = im->args->operand[0], *out = im->args->new_secrets;
	struct stat read, written;

	if ((strcmp(in, "-") == 0 ? fstat(STDIN_FILENO, &read) : stat(in, &read)) == 0 &&
	    stat(out, &written) == 0 && read.st_dev == written.st_dev &&
	    read.st_ino == written.st_ino)
		return err_set(ei, ERR_EXISTS,
			       "%s is the file that is read: name a new one for the secrets", out);
	return secrets_file_open(out, &im->secrets, ei);
}

static int import_begin(struct importing *im, struct errinfo *ei)
{
	const struct ctl_args *args = im->args;
	int err = session_load(&im->s, args, ei);

	if (err == 0 && import_list_init(&im->list, im->s.conf, args->shared) != 0)
		err = err_set(ei, ERR_NOMEM, "out of memory");
	if (err == 0)
		err = import_file_read(&im->list, args->operand[0], args->format, ei);
	/* Both as the one who runs the command, before that one becomes the store's owner. */
	if (err == 0 && args->new_secrets != NULL && (args->yes || may_ask(args)))
		err = open_secrets(im, ei);
	if (err == 0)
		err = session_open_store(&im->s, ei);
	if (err == 0)
		err = session_peppers(&im->s, &im->peppers, ei);
	if (err == 0 && import_judge(&im->list, im->peppers) != 0)
		err = err_set(ei, ERR_NOMEM, "out of memory");
	return err == 0 ? match_rows(im, ei) : err;
}

int ctl_import(const struct ctl_args *args)
{
	struct importing im = {.args = args};
	struct errinfo ei = ERRINFO_INIT;
	int status;

	if (args->yes && args->dry_run)
		return ctl_wrong_usage("--yes and --dry-run exclude each other");
	json_set_alloc_funcs(malloc, wiping_free);
	interrupt_guard_begin();
	if (import_begin(&im, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	else
		status = import_rows(&im);
	interrupt_guard_end();
	secrets_file_close(im.secrets);
	import_list_fini(&im.list);
	session_close(&im.s);
	return status;
}
