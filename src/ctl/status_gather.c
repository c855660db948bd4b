/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status_gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/session.h"
#include "ctl/status_ask.h"
#include "ctl/waiting.h"
#include "ops/pseudonym_file.h"
#include "ops/status_place.h"
#include "store/notice.h"
#include "store/store.h"

/* The daemon closes one connection too many at once; those of others end within moments. */
enum { ASK_TRIES = 5, ASK_PAUSE_MS = 200 };

/* A verb of the store that is waited for. */
struct wait {
	struct status_facts *facts;
	bool is_done;
	int err;
	struct errinfo *ei;
};

static void wait_end(struct wait *w, int err, const struct errinfo *why)
{
	w->is_done = true;
	w->err = err;
	if (err != 0)
		err_set(w->ei, err, "%s", why != NULL ? why->text : err_str(err));
}

/* ---------------------------------------------------------------- the daemon */

static int take_answer(struct status_facts *facts, struct status_answer *answer)
{
	facts->is_answered = true;
	facts->daemon = json_incref(answer->daemon);
	facts->notices = (struct status_notices){
		.is_known = json_object_get(facts->daemon, "notices-waiting") != NULL,
		.waiting = json_integer_value(json_object_get(facts->daemon, "notices-waiting")),
		.dead = json_integer_value(json_object_get(facts->daemon, "notices-given-up")),
	};
	facts->is_complete = json_is_true(json_object_get(answer->daemon, "complete"));
	status_rows_add_lines(&facts->rows, answer->hosts);
	status_answer_fini(answer);
	return facts->rows.err;
}

static int ask_again(struct session *s, const struct sockaddr_un *at, const struct fqdn *only,
		     struct status_answer *answer, struct errinfo *why)
{
	const char *host = only != NULL ? only->text : NULL;
	int tries = 1, err;

	while ((err = status_ask(at, host, answer, why)) == ERR_UNAVAILABLE &&
	       tries++ < ASK_TRIES) {
		session_sleep(s, ASK_PAUSE_MS);
		err_reset(why);
	}
	return err;
}

static int ask_daemon(struct session *s, const struct fqdn *only, struct status_facts *facts,
		      struct errinfo *ei)
{
	struct status_answer answer = {.daemon = NULL};
	struct errinfo why = ERRINFO_INIT;
	struct sockaddr_un at;
	int err = status_place_of_tool(s->conf, &at, ei);

	if (err != 0)
		return err;
	if (at.sun_path[0] == '\0') {
		err_set(&facts->unanswered, ERR_NOTFOUND,
			"mooringd cannot be asked: status-socket is empty");
		return 0;
	}
	waiting_begin("waiting for mooringd", "seconds", STATUS_ASK_TIMEOUT_MS / 1000, NULL, NULL);
	err = ask_again(s, &at, only, &answer, &why);
	waiting_end();
	if (err == ERR_NOTFOUND || err == ERR_TIMEOUT) {
		facts->unanswered = why;
		return 0;
	}
	return err == 0 ? take_answer(facts, &answer) : err_set(ei, err, "%s", why.text);
}

/* ---------------------------------------------------------------- the store */

static bool is_local(const struct session *s)
{
	return s->conf->store.type == CONF_STORE_SQLITE;
}

/* Whoever only looks makes no new store. */
static int status_check_store(const struct session *s, struct errinfo *ei)
{
	const struct conf *c = s->conf;

	if (c->store.type != CONF_STORE_SQLITE || access(c->store.path, F_OK) == 0)
		return 0;
	return err_set(ei, ERR_NOTFOUND, "%s: %s", c->store.path, strerror(errno));
}

static int open_store(struct session *s, struct errinfo *ei)
{
	int err = s->backends.store != NULL ? 0 : status_check_store(s, ei);

	/* Both have to tell the same of one account. Before root becomes somebody else. */
	if (err == 0 && s->backends.store == NULL)
		err = pseudonym_file_setup_as(s->conf, ei);
	return err != 0 || s->backends.store != NULL ? err : session_open_store(s, ei);
}

static void on_account(void *arg, const struct account *a)
{
	status_rows_add_account(arg, a);
}

static void on_seen(void *arg, const struct store_seen *seen)
{
	struct wait *w = arg;

	status_rows_add_seen(&w->facts->rows, seen, w->facts->now_s);
}

static void on_status_read(void *arg, int err, const struct errinfo *why)
{
	wait_end(arg, err, why);
}

/* A daemon that runs knows it better. */
static int read_seen(struct session *s, struct status_facts *facts, struct errinfo *ei)
{
	struct wait w = {.facts = facts, .ei = ei};
	int err;

	if (facts->is_answered || !store_keeps_seen(s->backends.store))
		return 0;
	err = store_list_seen(s->backends.store, on_seen, on_status_read, &w);
	if (err != 0)
		return err_set(ei, err, "%s", err_str(err));
	session_run(s, &w.is_done);
	return w.err;
}

static void on_notice(void *arg, const struct notice *n)
{
	struct wait *w = arg;

	if (n->state == NOTICE_DEAD)
		w->facts->notices.dead++;
	else
		w->facts->notices.waiting++;
}

/* The same. */
static int read_notices(struct session *s, struct status_facts *facts, struct errinfo *ei)
{
	struct wait w = {.facts = facts, .ei = ei};
	int err;

	if (facts->is_answered || !store_has_notices(s->backends.store))
		return 0;
	err = store_list_notices(s->backends.store, on_notice, on_status_read, &w);
	if (err != 0)
		return err_set(ei, err, "%s", err_str(err));
	session_run(s, &w.is_done);
	facts->notices.is_known = w.err == 0;
	return w.err;
}

static int read_store(struct session *s, struct status_facts *facts, struct errinfo *ei)
{
	int err = open_store(s, ei);

	status_rows_sort(&facts->rows);
	if (err == 0)
		err = session_list(s, on_account, &facts->rows, ei);
	if (err != 0)
		return err;
	status_rows_keep_stored(&facts->rows);
	status_rows_sort(&facts->rows);
	facts->is_complete = true;
	return read_seen(s, facts, ei);
}

static void read_local_store(struct session *s, struct status_facts *facts)
{
	if (read_store(s, facts, &facts->not_stored) == 0)
		read_notices(s, facts, &facts->not_stored);
}

/* Notices have other permissions than a listing of the table. Where nobody is told of anything, or
 * one host alone is asked for, they are not worth what it costs to look for them. */
static void read_far_store_now(struct session *s, bool is_one_host, struct status_facts *facts)
{
	const int err = read_store(s, facts, &facts->not_stored);

	if (!is_one_host && s->conf->n_notifies > 0 && (err == 0 || err == ERR_DENIED) &&
	    s->backends.store != NULL)
		read_notices(s, facts, &facts->notices.why);
}

/* A table that is listed costs money, and takes the daemon's capacity. */
static void read_far_store(struct session *s, bool is_one_host, struct status_kept *kept,
			   struct status_facts *facts)
{
	const int64_t now_ms = clock_mono_ms();

	if (kept == NULL || status_kept_rows_are_due(kept, now_ms)) {
		read_far_store_now(s, is_one_host, facts);
		if (kept != NULL)
			status_kept_take_rows(kept, &facts->rows, &facts->not_stored,
					      &facts->notices, clock_mono_ms());
		return;
	}
	status_kept_give_rows(kept, &facts->rows, &facts->not_stored, &facts->notices);
	facts->is_complete = facts->not_stored.code == 0;
	facts->store_age_s = (now_ms - kept->rows_ms) / 1000;
}

/* ---------------------------------------------------------------- the changes of one host */

/* Of what was read, the place from which on there are so many changes. */
static size_t first_change(const struct history_entry *entries, size_t n)
{
	size_t first = n, n_changes = 0;

	while (first > 0 && n_changes < STATUS_CHANGES_MAX)
		n_changes += history_is_change(&entries[--first]);
	return first;
}

/* Those before the first one tell how long an address was held. */
static void take_entries(void *arg, const struct history_entry *entries, size_t n)
{
	struct status_facts *facts = arg;

	if (n == 0)
		return;
	facts->entries = calloc(n, sizeof(*entries));
	if (facts->entries == NULL) {
		facts->rows.err = ERR_NOMEM;
		return;
	}
	memcpy(facts->entries, entries, n * sizeof(*entries));
	facts->n_entries = n;
	facts->first = first_change(entries, n);
}

/* The entry may have pseudonyms. */
static bool is_of_entry(const struct addr_pair *addrs, const struct history_entry *e)
{
	const struct addr_pair shown = pseudonym_pair(addrs);

	return addr_pair_equal(addrs, &e->new) || addr_pair_equal(&shown, &e->new);
}

/* A store that does not keep the moment of the update may have it there. */
static void take_since(struct status_facts *facts)
{
	size_t i, last = facts->n_entries;

	while (last > 0 && !history_is_change(&facts->entries[last - 1]))
		last--;
	for (i = 0; last > 0 && i < facts->rows.n; i++)
		if (facts->rows.at[i].since_s == 0 &&
		    is_of_entry(&facts->rows.at[i].addrs, &facts->entries[last - 1]))
			facts->rows.at[i].since_s = facts->entries[last - 1].time_s;
}

/* Where the store does not keep when a host was asked for, its history may know of a later update
 * than a daemon that was just started. Of a name of two accounts it may be the other one's. */
static void take_asked(struct status_facts *facts)
{
	const struct history_entry *last;
	struct status_row *row = facts->rows.at;

	if (facts->rows.n != 1 || facts->n_entries == 0)
		return;
	last = &facts->entries[facts->n_entries - 1];
	status_row_take_asked(row, last->time_s, facts->now_s, &last->from, last->agent);
}

/* What cannot be read is missing; the rest is told all the same. */
static void read_changes(struct session *s, const struct fqdn *host, struct status_facts *facts)
{
	const int64_t since_s = history_since_s(facts->now_s, s->conf->history_days);

	if (open_store(s, &facts->no_changes) == 0)
		session_read_history(s, host, since_s, facts->now_s, take_entries, facts,
				     &facts->no_changes);
}

static void tell_changes(struct session *s, const struct fqdn *host, struct status_kept *kept,
			 struct status_facts *facts)
{
	if (is_local(s) || kept == NULL) {
		read_changes(s, host, facts);
	} else if (status_kept_entries_are_due(kept, clock_mono_ms())) {
		read_changes(s, host, facts);
		status_kept_take_entries(kept, facts->entries, facts->n_entries, clock_mono_ms());
	} else {
		take_entries(facts, kept->entries, kept->n_entries);
	}
	take_since(facts);
	take_asked(facts);
}

/* ---------------------------------------------------------------- all of it */

int status_gather(struct session *s, const struct fqdn *only, struct status_kept *kept,
		  struct status_facts *facts, struct errinfo *ei)
{
	int err;

	facts->now_s = clock_wall_s();
	err = ask_daemon(s, only, facts, ei);
	if (err != 0)
		return err;
	if (is_local(s))
		read_local_store(s, facts);
	else if (!facts->is_answered)
		read_far_store(s, only != NULL, kept, facts);
	if (only != NULL) {
		status_rows_keep_host(&facts->rows, only);
		tell_changes(s, only, kept, facts);
	}
	status_rows_take_since(&facts->rows, facts->now_s);
	status_rows_order(&facts->rows, facts->now_s);
	return facts->rows.err == 0 ? 0 : err_set(ei, facts->rows.err, "out of memory");
}

void status_facts_fini(struct status_facts *facts)
{
	json_decref(facts->daemon);
	status_rows_fini(&facts->rows);
	free(facts->entries);
	*facts = (struct status_facts){.is_answered = false};
}

const char *status_reason(const struct status_facts *facts, size_t i)
{
	return json_string_value(json_array_get(json_object_get(facts->daemon, "trouble"), i));
}

bool status_is_in_trouble(const struct status_facts *facts)
{
	size_t i = 0;

	while (i < facts->rows.n && !status_row_is_in_trouble(&facts->rows.at[i], facts->now_s))
		i++;
	return i < facts->rows.n || status_reason(facts, 0) != NULL ||
	       (!facts->is_answered && facts->not_stored.code != 0);
}
