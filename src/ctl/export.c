/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/export.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/wiping.h"
#include "ctl/csv.h"
#include "ctl/fields.h"
#include "ctl/frame.h"
#include "ctl/import_json.h"
#include "ctl/print.h"
#include "ctl/say.h"

enum { FIELD_TEXT_MAX = ACCOUNT_HOSTS_MAX * (FQDN_TEXT_MAX + 1) + 16384, NAMES_MAX = 128 };

struct exporting {
	bool is_csv;
	size_t n, n_incomplete; /* accounts; those of which something is missing, or all */
	int err;
};

/* ---------------------------------------------------------------- one account */

static void print_csv(struct exporting *e, const struct account *a)
{
	struct buf line, text;
	enum field f;

	buf_init(&line, FIELDS * FIELD_TEXT_MAX);
	buf_init(&text, FIELD_TEXT_MAX);
	for (f = FIELD_USER; f < FIELDS && e->err == 0; f++) {
		buf_reset(&text);
		e->err = field_print(a, f, &text);
		csv_add(&line, f == FIELD_USER, buf_str(&text));
	}
	if (e->err == 0)
		e->err = buf_err(&line);
	if (e->err == 0)
		puts(buf_str(&line));
	buf_fini_secret(&text);
	buf_fini_secret(&line);
}

/* The elements of a list as an array. */
static json_t *array_of(struct slice text)
{
	json_t *array = json_array();
	struct slice word;
	bool more = true;

	while (more) {
		more = slice_cut(text, ' ', &word, &text);
		json_array_append_new(array, json_stringn(word.p, word.len));
	}
	return array;
}

static json_t *member_of(const struct account *a, enum field f, const struct buf *text)
{
	if (f == FIELD_TTL)
		return json_integer(a->ttl);
	if (f == FIELD_DISABLED)
		return json_true();
	if (field_is_list(f))
		return array_of((struct slice){buf_str(text), text->len});
	return json_string(buf_str(text));
}

/* What an account has as every account has it is left out. */
static void print_object(struct exporting *e, const struct account *a)
{
	json_t *object = json_object();
	struct buf text;
	enum field f;

	buf_init(&text, FIELD_TEXT_MAX);
	for (f = FIELD_USER; f < FIELDS && e->err == 0; f++) {
		buf_reset(&text);
		e->err = field_print(a, f, &text);
		if (text.len > 0 &&
		    json_object_set_new(object, field_name(f), member_of(a, f, &text)) != 0)
			e->err = ERR_NOMEM;
	}
	fputs(e->n > 0 ? ",\n" : "\n", stdout);
	if (e->err == 0 && json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) != 0 &&
	    !ferror(stdout))
		e->err = ERR_NOMEM;
	buf_fini_secret(&text);
	json_decref(object);
}

static const struct {
	enum account_flaw flaw;
	enum field field;
} lossy[] = {
	{ACCOUNT_FLAW_TTL, FIELD_TTL},	     {ACCOUNT_FLAW_DISABLED, FIELD_DISABLED},
	{ACCOUNT_FLAW_QUIRKS, FIELD_QUIRKS}, {ACCOUNT_FLAW_UNTIL, FIELD_UNTIL},
	{ACCOUNT_FLAW_SOURCES, FIELD_FROM},  {ACCOUNT_FLAW_INTERFACE_IDS, FIELD_IDS},
};

/* An account that was bound, or had an end, would have neither where it is imported. */
static void warn_of_loss(struct exporting *e, const struct account *a)
{
	struct buf names;
	size_t i;

	buf_init(&names, NAMES_MAX);
	for (i = 0; i < sizeof(lossy) / sizeof(lossy[0]); i++)
		if ((a->flaws & lossy[i].flaw) != 0)
			buf_addf(&names, "%s%s", names.len > 0 ? ", " : "",
				 field_name(lossy[i].field));
	if (names.len > 0) {
		ctl_fail("warning: what of its %s cannot be read is left out: %s", buf_str(&names),
			 a->flaw_text);
		e->n_incomplete++;
	}
	if (e->err == 0)
		e->err = buf_err(&names);
	buf_fini(&names);
}

static void export_account(void *arg, const struct account *a)
{
	struct exporting *e = arg;

	if ((a->flaws & ACCOUNT_MALFORMED) != 0) {
		ctl_fail("left out: %s", a->flaw_text);
		e->n_incomplete++;
		return;
	}
	if (e->err != 0)
		return;
	warn_of_loss(e, a);
	if (e->is_csv)
		print_csv(e, a);
	else
		print_object(e, a);
	e->n++;
}

/* ---------------------------------------------------------------- all of them */

static void print_head(const struct exporting *e)
{
	enum field f;

	if (!e->is_csv) {
		printf("{\"version\":%d,\"" IMPORT_JSON_ACCOUNTS "\":[", IMPORT_JSON_VERSION);
		return;
	}
	for (f = FIELD_USER; f < FIELDS; f++)
		printf("%s%s", f == FIELD_USER ? "" : ",", field_name(f));
	putchar('\n');
}

static void warn_of_readers(void)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		ctl_fail("warning: the file holds secrets and can be read by others: chmod 600");
}

static int export_all(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct exporting e = {.is_csv = args->format != NULL && strcmp(args->format, "csv") == 0};
	struct errinfo ei = ERRINFO_INIT;
	int err;

	(void)none;
	warn_of_readers();
	print_head(&e);
	err = session_list(s, export_account, &e, &ei);
	if (err == 0 && e.err != 0)
		err = err_set(&ei, e.err, "%s", err_str(e.err));
	if (err == 0 && !e.is_csv)
		puts("\n]}");
	if (err == 0)
		err = print_finish(&ei);
	if (err != 0)
		return ctl_fail("%s", ei.text);
	return e.n_incomplete == 0 ? CTL_OK : CTL_FAILED;
}

int ctl_export(const struct ctl_args *args)
{
	if (args->format != NULL && strcmp(args->format, "csv") != 0 &&
	    strcmp(args->format, "json") != 0)
		return ctl_wrong_usage("export writes --format json or csv");
	if (isatty(STDOUT_FILENO))
		return ctl_fail("an export holds secrets and is not for a terminal: redirect it to "
				"a file");
	json_set_alloc_funcs(malloc, wiping_free);
	return frame_run(args, FRAME_STORE, export_all);
}
