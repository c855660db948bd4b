/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/history_print.h"
#include "ctl/print.h"
#include "ctl/status_gather.h"
#include "ctl/table.h"

enum { STATE_TEXT_MAX = ERR_TEXT_MAX + 128, AGE_TEXT_MAX = 64, PAIR_TEXT_MAX = 2 * ADDR_TEXT_MAX };

/* ECMA-48: bold, red, yellow. */
#define COLOUR_TROUBLE "\033[31m"
#define COLOUR_SILENT  "\033[33m"
#define COLOUR_NONE    "\033[0m"

static const char *pair_text(const struct addr_pair *a, char out[PAIR_TEXT_MAX])
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];

	addr_format(&a->v4, v4);
	addr_format(&a->v6, v6);
	snprintf(out, PAIR_TEXT_MAX, "%s%s%s", v4, *v4 != '\0' && *v6 != '\0' ? " " : "", v6);
	return *out != '\0' ? out : "-";
}

static void put_ago(int64_t time_s, int64_t now_s, struct buf *out)
{
	if (time_s == 0) {
		buf_addc(out, '-');
		return;
	}
	status_put_age(now_s - time_s, out);
	buf_adds(out, " ago");
}

static void put_asked(const struct status_row *row, int64_t now_s, struct buf *out)
{
	if (!row->is_asked_later) {
		put_ago(row->asked_s, now_s, out);
		return;
	}
	buf_adds(out, "within ");
	status_put_age(now_s - row->asked_s, out);
}

/* Which of the two moments is told: the first is not known of what was restored, nor of what an
 * earlier version wrote. */
static int64_t since_of(const struct status_row *row)
{
	return row->since_s != 0 ? row->since_s : row->published_s;
}

/* ---------------------------------------------------------------- the daemon */

static void print_unanswered(const struct status_facts *facts, FILE *out)
{
	struct buf age;

	buf_init(&age, AGE_TEXT_MAX);
	status_put_age(facts->store_age_s, &age);
	if (facts->not_stored.code != 0)
		fprintf(out, "%s\n", facts->unanswered.text);
	else if (facts->store_age_s > 0)
		fprintf(out, "%s; this is what the store said %s ago\n", facts->unanswered.text,
			buf_str(&age));
	else
		fprintf(out, "%s; this is what the store says\n", facts->unanswered.text);
	buf_fini(&age);
}

static void print_daemon(const struct status_facts *facts, FILE *out)
{
	const json_t *d = facts->daemon;
	const char *version = json_string_value(json_object_get(d, "version"));
	const int64_t queued = json_integer_value(json_object_get(d, "queued"));
	struct buf age;

	if (!facts->is_answered) {
		print_unanswered(facts, out);
		return;
	}
	buf_init(&age, AGE_TEXT_MAX);
	status_put_age(json_integer_value(json_object_get(d, "time")) -
			       json_integer_value(json_object_get(d, "started")),
		       &age);
	fprintf(out, "mooringd %s has been running for %s, pid %" PRId64 ": %zu host%s",
		version != NULL ? version : "?", buf_str(&age),
		(int64_t)json_integer_value(json_object_get(d, "pid")), facts->rows.n,
		facts->rows.n == 1 ? "" : "s");
	if (queued > 0)
		fprintf(out, ", %" PRId64 " change%s to be published", queued,
			queued == 1 ? "" : "s");
	fputc('\n', out);
	buf_fini(&age);
}

/* The daemon hears of what mooringctl did to them when it reads the store again. */
static void print_given_up(int64_t n, int64_t read_s, int64_t now_s, FILE *out)
{
	struct buf age;

	buf_init(&age, AGE_TEXT_MAX);
	put_ago(read_s, now_s, &age);
	fprintf(out, "%" PRId64 " notice%s given up%s%s: mooringctl notify list says why\n", n,
		n == 1 ? " was" : "s were", read_s != 0 ? ", as the store was read " : "",
		read_s != 0 ? buf_str(&age) : "");
	buf_fini(&age);
}

static void print_notices(const struct status_facts *facts, FILE *out)
{
	const json_t *d = facts->daemon;
	const int64_t waiting = facts->notices.waiting, dead = facts->notices.dead;

	if (waiting > 0)
		fprintf(out, "%" PRId64 " notice%s for %s target\n", waiting,
			waiting == 1 ? " waits" : "s wait", waiting == 1 ? "its" : "their");
	if (dead > 0)
		print_given_up(dead, json_integer_value(json_object_get(d, "notices-read")),
			       json_integer_value(json_object_get(d, "time")), out);
	if (json_is_false(json_object_get(d, "notices-kept")))
		fputs("notices are not kept: the store takes none\n", out);
	if (facts->notices.why.code != 0)
		fprintf(out, "notices cannot be read: %s\n", facts->notices.why.text);
}

static const char *explain(const char *reason)
{
	static const struct {
		const char *reason, *sentence;
	} rows[] = {
		{"draining", "it is stopping"},
		{"starting", "it is starting"},
		{"resuming", "what was owed at the start could not be read yet"},
		{"resuming: table-throttled",
		 "what was owed at the start could not be read yet: DynamoDB throttles"},
		{"credentials-unavailable", "there are no keys for AWS"},
		{"dynamodb-unavailable", "DynamoDB gives no usable answer"},
		{"table-missing", "there is no such table"},
		{"table-denied", "the table may not be read"},
		{"table-has-another-key", "the table has another key"},
		{"kms-refused", "KMS refuses the table's key"},
		{"route53-unavailable", "Route 53 gives no usable answer"},
		{"route53-denied", "Route 53 refuses a zone"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].reason, reason) == 0)
			return rows[i].sentence;
	return NULL;
}

static void print_trouble(const struct status_facts *facts, bool has_colours, FILE *out)
{
	const char *reason, *sentence;
	size_t i;

	for (i = 0; (reason = status_reason(facts, i)) != NULL; i++) {
		sentence = explain(reason);
		fprintf(out, "%strouble: %s%s%s%s\n", has_colours ? COLOUR_TROUBLE : "", reason,
			sentence != NULL ? ": " : "", sentence != NULL ? sentence : "",
			has_colours ? COLOUR_NONE : "");
	}
	if (!facts->is_answered && facts->not_stored.code != 0)
		fprintf(out, "trouble: the store cannot be read: %s\n", facts->not_stored.text);
	else if (!facts->is_complete)
		fputs("note: hosts that nobody has asked for since the start may be missing; "
		      "\"mooringctl host list\" has them all\n",
		      out);
}

/* ---------------------------------------------------------------- the rows */

static void put_coloured_state(const struct status_row *row, int64_t now_s, bool has_colours,
			       struct buf *out)
{
	const bool is_trouble = status_row_is_in_trouble(row, now_s);
	const bool is_coloured = has_colours && (is_trouble || status_row_is_silent(row, now_s));

	if (is_coloured)
		buf_adds(out, is_trouble ? COLOUR_TROUBLE : COLOUR_SILENT);
	status_row_put_state(row, now_s, out);
	if (is_coloured)
		buf_adds(out, COLOUR_NONE);
}

/* The state is last, as a table does not measure its last column: colours are no text. */
static int add_row(struct table *t, const struct status_row *row, int64_t now_s, bool has_colours)
{
	char addrs[PAIR_TEXT_MAX];
	const char *cells[6] = {row->host.text, row->user, pair_text(&row->addrs, addrs)};
	struct buf since, asked, state;
	int err;

	buf_init(&since, AGE_TEXT_MAX);
	buf_init(&asked, AGE_TEXT_MAX);
	buf_init(&state, STATE_TEXT_MAX);
	put_ago(since_of(row), now_s, &since);
	put_asked(row, now_s, &asked);
	put_coloured_state(row, now_s, has_colours, &state);
	cells[3] = buf_str(&since);
	cells[4] = buf_str(&asked);
	cells[5] = buf_str(&state);
	err = table_add(t, cells);
	buf_fini(&since);
	buf_fini(&asked);
	buf_fini(&state);
	return err;
}

static int print_rows(const struct status_facts *facts, bool has_colours, FILE *out)
{
	static const char *const head[] = {"HOST", "USER", "ADDRESS", "SINCE", "ASKED", "STATE"};
	struct table *t = table_new(sizeof(head) / sizeof(head[0]));
	int err = t != NULL ? table_add(t, head) : ERR_NOMEM;
	size_t i;

	for (i = 0; i < facts->rows.n && err == 0; i++)
		err = add_row(t, &facts->rows.at[i], facts->now_s, has_colours);
	if (err == 0)
		table_print(t, out);
	table_free(t);
	return err;
}

int status_print_all(const struct status_facts *facts, bool has_colours, FILE *out)
{
	print_daemon(facts, out);
	print_trouble(facts, has_colours, out);
	print_notices(facts, out);
	if (facts->rows.n == 0)
		return 0;
	fputc('\n', out);
	return print_rows(facts, has_colours, out);
}

/* ---------------------------------------------------------------- one host */

static void print_moment(const char *what, int64_t time_s, int64_t now_s, FILE *out)
{
	char text[PRINT_TIME_MAX];
	struct buf ago;

	buf_init(&ago, AGE_TEXT_MAX);
	put_ago(time_s, now_s, &ago);
	if (print_time(time_s, text) == text)
		fprintf(out, "%-10s%s, %s", what, text, buf_str(&ago));
	else
		fprintf(out, "%-10snot known", what);
	buf_fini(&ago);
}

static void print_one(const struct status_row *row, int64_t now_s, FILE *out)
{
	char addrs[PAIR_TEXT_MAX], from[ADDR_TEXT_MAX];
	struct buf state;

	buf_init(&state, STATE_TEXT_MAX);
	status_row_put_state(row, now_s, &state);
	fprintf(out, "host:     %s\nuser:     %s\naddress:  %s\nstate:    %s\n", row->host.text,
		row->user, pair_text(&row->addrs, addrs), buf_str(&state));
	print_moment("since:", since_of(row), now_s, out);
	fputc('\n', out);
	print_moment("asked:", row->asked_s, now_s, out);
	if (row->is_asked_later)
		fputs(" or later", out);
	if (row->asked_s != 0 && addr_is_set(&row->from))
		fprintf(out, ", from %s", addr_format(&row->from, from));
	if (row->asked_s != 0 && row->agent[0] != '\0')
		fprintf(out, ", by %s", row->agent);
	fputc('\n', out);
	buf_fini(&state);
}

static int print_changes(const struct status_facts *facts, FILE *out)
{
	struct table *t;
	size_t i;
	int err = 0;

	if (facts->no_changes.code != 0)
		fprintf(out, "\nits changes cannot be read: %s\n", facts->no_changes.text);
	if (facts->first == facts->n_entries)
		return 0;
	t = table_new(HISTORY_COLUMNS);
	if (t == NULL)
		return ERR_NOMEM;
	for (i = facts->first; i < facts->n_entries && err == 0; i++)
		if (history_is_change(&facts->entries[i]))
			err = history_print_line(t, facts->entries, i);
	if (err == 0) {
		fputc('\n', out);
		table_print(t, out);
	}
	table_free(t);
	return err;
}

int status_print_host(const struct status_facts *facts, FILE *out)
{
	size_t i;

	if (!facts->is_answered)
		print_daemon(facts, out);
	print_trouble(facts, false, out);
	for (i = 0; i < facts->rows.n; i++) {
		if (i > 0)
			fputc('\n', out);
		print_one(&facts->rows.at[i], facts->now_s, out);
	}
	return print_changes(facts, out);
}

/* ---------------------------------------------------------------- JSON */

static void set_daemon(json_t *o, const struct status_facts *facts)
{
	const json_t *d = facts->daemon;
	char when[PRINT_TIME_MAX];

	if (!facts->is_answered) {
		json_object_set_new(o, "why", json_string(facts->unanswered.text));
		return;
	}
	json_object_set(o, "version", json_object_get(d, "version"));
	json_object_set(o, "pid", json_object_get(d, "pid"));
	json_object_set_new(
		o, "started",
		json_string(print_time(json_integer_value(json_object_get(d, "started")), when)));
	json_object_set(o, "reasons", json_object_get(d, "trouble"));
	json_object_set(o, "queued", json_object_get(d, "queued"));
}

static void set_notices(json_t *o, const struct status_facts *facts)
{
	const bool is_in_memory = json_is_false(json_object_get(facts->daemon, "notices-kept"));
	json_t *notices;

	if (facts->notices.why.code != 0)
		json_object_set_new(o, "no-notices", json_string(facts->notices.why.text));
	if (!facts->notices.is_known)
		return;
	notices = json_object();
	json_object_set_new(notices, "waiting", json_integer(facts->notices.waiting));
	json_object_set_new(notices, "given-up", json_integer(facts->notices.dead));
	json_object_set_new(notices, "kept", json_boolean(!is_in_memory));
	json_object_set_new(o, "notices", notices);
}

void status_print_json(const struct status_facts *facts, bool has_changes)
{
	json_t *o = json_object(), *hosts = json_array(), *changes = json_array();
	size_t i;

	/* Whoever does not answer may run all the same. */
	json_object_set_new(o, "running", facts->is_answered ? json_true() : json_null());
	json_object_set_new(o, "trouble", json_boolean(status_is_in_trouble(facts)));
	set_daemon(o, facts);
	if (!facts->is_answered && facts->not_stored.code != 0)
		json_object_set_new(o, "store", json_string(facts->not_stored.text));
	set_notices(o, facts);
	json_object_set_new(o, "complete", json_boolean(facts->is_complete));
	for (i = 0; i < facts->rows.n; i++)
		json_array_append_new(hosts, status_row_json(&facts->rows.at[i], facts->now_s));
	json_object_set(o, "hosts", hosts);
	for (i = facts->first; i < facts->n_entries; i++)
		if (history_is_change(&facts->entries[i]))
			json_array_append_new(changes, history_print_json(facts->entries, i));
	if (has_changes)
		json_object_set(o, "changes", changes);
	if (facts->no_changes.code != 0)
		json_object_set_new(o, "no-changes", json_string(facts->no_changes.text));
	json_decref(hosts);
	json_decref(changes);
	print_json(o);
}
