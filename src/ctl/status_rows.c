/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "account/text.h"
#include "base/buf.h"
#include "base/str.h"
#include "ctl/print.h"
#include "net/pseudonym.h"

enum { ROWS_FIRST = 64, STATE_TEXT_MAX = ERR_TEXT_MAX + 128 };

static const struct {
	const char *word;
	enum status_state state;
} states[] = {
	{"published", STATUS_STATE_PUBLISHED}, {"queued", STATUS_STATE_QUEUED},
	{"unstored", STATUS_STATE_UNSTORED},   {"owed", STATUS_STATE_OWED},
	{"never", STATUS_STATE_NEVER},	       {"unknown", STATUS_STATE_UNKNOWN},
};

void status_rows_fini(struct status_rows *r)
{
	free(r->at);
	*r = (struct status_rows){.n = 0};
}

/* NULL: out of memory, which is noted. */
static struct status_row *rows_add(struct status_rows *r)
{
	const size_t cap = r->cap > 0 ? 2 * r->cap : ROWS_FIRST;
	struct status_row *at;

	if (r->n == r->cap) {
		at = reallocarray(r->at, cap, sizeof(*at));
		if (at == NULL) {
			r->err = ERR_NOMEM;
			return NULL;
		}
		r->at = at;
		r->cap = cap;
	}
	r->at[r->n] = (struct status_row){.state = STATUS_STATE_UNKNOWN};
	return &r->at[r->n++];
}

/* ---------------------------------------------------------------- what the daemon says */

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

static int64_t time_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static enum status_state state_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].word, word) == 0)
			return states[i].state;
	return STATUS_STATE_UNKNOWN;
}

/* False: it is no host's. */
static bool read_line(const json_t *o, struct status_row *ret)
{
	if (fqdn_parse(slice_of(text_of(o, "host")), &ret->host) != 0 ||
	    account_check_user(slice_of(text_of(o, "user")), NULL) != 0)
		return false;
	str_copy(ret->user, sizeof(ret->user), slice_of(text_of(o, "user")));
	ret->state = state_of(text_of(o, "state"));
	addr_parse(slice_of(text_of(o, "ipv4")), &ret->addrs.v4);
	addr_parse(slice_of(text_of(o, "ipv6")), &ret->addrs.v6);
	addr_parse(slice_of(text_of(o, "from")), &ret->from);
	ret->published_s = time_of(o, "published");
	ret->since_s = time_of(o, "since");
	ret->asked_s = time_of(o, "asked");
	ret->waits_since_s = time_of(o, "waits-since");
	ret->is_route53 = strcmp(text_of(o, "publisher"), "route53") == 0;
	text_show(ret->why, sizeof(ret->why), slice_of(text_of(o, "why")));
	text_show(ret->agent, sizeof(ret->agent), slice_of(text_of(o, "agent")));
	return true;
}

void status_rows_add_lines(struct status_rows *r, const json_t *hosts)
{
	struct status_row *row;
	size_t i;

	for (i = 0; i < json_array_size(hosts); i++) {
		row = rows_add(r);
		if (row != NULL && !read_line(json_array_get(hosts, i), row))
			r->n--;
	}
}

/* ---------------------------------------------------------------- what the store says */

static int by_key(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = strcmp(x->host.text, y->host.text);

	return order != 0 ? order : strcmp(x->user, y->user);
}

void status_rows_sort(struct status_rows *r)
{
	if (r->n > 0)
		qsort(r->at, r->n, sizeof(*r->at), by_key);
	r->n_sorted = r->n;
}

static struct status_row *rows_find(const struct status_rows *r, const char *user,
				    const struct fqdn *name)
{
	struct status_row key = {.host = *name};

	str_copy(key.user, sizeof(key.user), slice_of(user));
	if (r->n_sorted == 0)
		return NULL;
	return bsearch(&key, r->at, r->n_sorted, sizeof(*r->at), by_key);
}

static enum status_state stored_state(const struct host_state *s)
{
	if (s->seq == 0)
		return STATUS_STATE_NEVER;
	return s->pub == s->seq ? STATUS_STATE_PUBLISHED : STATUS_STATE_OWED;
}

/* The daemon knows better, where it knows. */
static void take_stored(struct status_row *row, const struct account_host *h)
{
	row->is_stored = true;
	row->has_lan_id = interface_id_is_set(&h->interface_id);
	if (row->state != STATUS_STATE_UNKNOWN)
		return;
	row->state = stored_state(&h->state);
	row->addrs = h->state.want;
	row->published_s = h->state.time_s;
	row->since_s = h->state.since_ms / 1000;
}

void status_rows_add_account(struct status_rows *r, const struct account *a)
{
	char room[PSEUDONYM_LOGIN_MAX];
	const char *user = pseudonym_login(a->user, room);
	struct status_row *row;
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		row = rows_find(r, user, &a->hosts[i].name);
		if (row == NULL) {
			row = rows_add(r);
			if (row == NULL)
				return;
			row->host = a->hosts[i].name;
			str_copy(row->user, sizeof(row->user), slice_of(user));
		}
		take_stored(row, &a->hosts[i]);
	}
}

void status_rows_add_seen(struct status_rows *r, const struct store_seen *seen, int64_t now_s)
{
	char room[PSEUDONYM_LOGIN_MAX];
	struct status_row *row = rows_find(r, pseudonym_login(seen->user, room), &seen->name);

	/* In a time to come: the daemon's clock was ahead. */
	if (row == NULL || row->asked_s >= seen->time_s || seen->time_s > now_s)
		return;
	row->asked_s = seen->time_s;
	row->from = pseudonym_of_stored(&seen->from);
	str_copy(row->agent, sizeof(row->agent), slice_of(seen->agent));
}

/* The times of one request, at its two ends, are not quite the same; nor are two machines' clocks.
 */
void status_row_take_asked(struct status_row *row, int64_t time_s, int64_t now_s,
			   const struct addr *from, const char *agent)
{
	if (time_s <= 0 || time_s > now_s + STATUS_WAIT_S)
		return;
	if (row->asked_s != 0 && time_s - row->asked_s <= STATUS_WAIT_S)
		return;
	row->asked_s = time_s;
	row->is_asked_later = true;
	row->from = *from;
	str_copy(row->agent, sizeof(row->agent), slice_of(agent));
}

void status_rows_take_since(const struct status_rows *r, int64_t now_s)
{
	static const struct addr nobody;
	size_t i;

	for (i = 0; i < r->n; i++)
		status_row_take_asked(&r->at[i], r->at[i].since_s, now_s, &nobody, "");
}

static void drop_row(struct status_rows *r, size_t i)
{
	r->at[i] = r->at[--r->n];
	r->n_sorted = 0;
}

void status_rows_keep_stored(struct status_rows *r)
{
	size_t i = 0;

	while (i < r->n)
		if (!r->at[i].is_stored && r->at[i].state != STATUS_STATE_QUEUED)
			drop_row(r, i);
		else
			i++;
}

void status_rows_keep_host(struct status_rows *r, const struct fqdn *host)
{
	size_t i = 0;

	while (i < r->n)
		if (!fqdn_equal(&r->at[i].host, host))
			drop_row(r, i);
		else
			i++;
}

/* ---------------------------------------------------------------- what is told of a row */

static bool is_at_rest(const struct status_row *row)
{
	return row->state != STATUS_STATE_QUEUED && row->state != STATUS_STATE_UNSTORED &&
	       row->state != STATUS_STATE_OWED;
}

/* Of one that is queued. */
static bool is_late(const struct status_row *row, int64_t now_s)
{
	return row->why[0] != '\0' ||
	       (row->waits_since_s > 0 && now_s - row->waits_since_s > STATUS_WAIT_S);
}

bool status_row_is_in_trouble(const struct status_row *row, int64_t now_s)
{
	/* The daemon waits for the store only after that has failed, or another daemon came
	 * between. */
	return row->state == STATUS_STATE_QUEUED ? is_late(row, now_s) : !is_at_rest(row);
}

/* One behind the router is asked for with its account's other hosts. */
bool status_row_is_silent(const struct status_row *row, int64_t now_s)
{
	return is_at_rest(row) && row->asked_s > 0 && !row->is_asked_later && !row->has_lan_id &&
	       now_s - row->asked_s >= STATUS_SILENT_S;
}

/* Only the store knows that: the daemon forgets. */
static bool is_never_asked(const struct status_row *row)
{
	return row->asked_s == 0 && !row->has_lan_id && row->state == STATUS_STATE_NEVER;
}

static int rank(const struct status_row *row, int64_t now_s)
{
	if (status_row_is_in_trouble(row, now_s))
		return 0;
	if (status_row_is_silent(row, now_s))
		return 1;
	return is_never_asked(row) ? 2 : 3;
}

/* In the place of qsort_r(3), which musl has only lately: the rank goes in front of the key. */
struct ordered {
	int rank;
	struct status_row row;
};

static int by_rank(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	return x->rank != y->rank ? x->rank - y->rank : by_key(&x->row, &y->row);
}

void status_rows_order(struct status_rows *r, int64_t now_s)
{
	struct ordered *all = r->n > 0 ? calloc(r->n, sizeof(*all)) : NULL;
	size_t i;

	if (all == NULL) {
		r->err = r->n > 0 ? ERR_NOMEM : r->err;
		return;
	}
	for (i = 0; i < r->n; i++)
		all[i] = (struct ordered){rank(&r->at[i], now_s), r->at[i]};
	qsort(all, r->n, sizeof(*all), by_rank);
	for (i = 0; i < r->n; i++)
		r->at[i] = all[i].row;
	free(all);
}

/* One unit is enough to tell how long something lasts. */
void status_put_age(int64_t seconds, struct buf *out)
{
	static const struct {
		int64_t seconds, from; /* of the unit; used from so many on */
		const char *one, *many;
	} units[] = {
		{24 * 60 * 60, 2 * 24 * 60 * 60, "day", "days"},
		{60 * 60, 2 * 60 * 60, "h", "h"},
		{60, 2 * 60, "min", "min"},
		{1, 0, "s", "s"},
	};
	size_t i = 0;

	if (seconds < 0) /* a clock was set back */
		seconds = 0;
	while (seconds < units[i].from)
		i++;
	buf_addf(out, "%" PRId64 " %s", seconds / units[i].seconds,
		 seconds / units[i].seconds == 1 ? units[i].one : units[i].many);
}

static void put_queued(const struct status_row *row, int64_t now_s, struct buf *out)
{
	buf_addf(out, "waits for %s since ", row->is_route53 ? "Route 53" : "the name server");
	status_put_age(now_s - row->waits_since_s, out);
	if (row->why[0] != '\0')
		buf_addf(out, ": %s", row->why);
}

void status_row_put_state(const struct status_row *row, int64_t now_s, struct buf *out)
{
	if (row->state == STATUS_STATE_QUEUED) {
		put_queued(row, now_s, out);
	} else if (row->state == STATUS_STATE_UNSTORED) {
		buf_adds(out, "waits for the store");
	} else if (row->state == STATUS_STATE_OWED) {
		buf_adds(out, "waits to be published");
	} else if (status_row_is_silent(row, now_s)) {
		buf_adds(out, "silent for ");
		status_put_age(now_s - row->asked_s, out);
	} else if (is_never_asked(row)) {
		buf_adds(out, "never asked");
	} else if (row->state == STATUS_STATE_PUBLISHED) {
		buf_adds(out, "published");
	} else if (row->state == STATUS_STATE_NEVER) {
		buf_adds(out, "no address yet");
	} else {
		buf_adds(out, row->asked_s > 0 && !row->is_asked_later
				      ? "asked"
				      : "not asked since the start");
	}
}

static void set_time(json_t *o, const char *key, int64_t time_s)
{
	char text[PRINT_TIME_MAX];

	json_object_set_new(o, key,
			    time_s > 0 && print_time(time_s, text) == text ? json_string(text)
									   : json_null());
}

void status_set_addr(json_t *o, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	json_object_set_new(o, key,
			    addr_is_set(a) ? json_string(addr_format(a, text)) : json_null());
}

static const char *word_of(enum status_state state)
{
	size_t i = 0;

	while (states[i].state != state)
		i++;
	return states[i].word;
}

json_t *status_row_json(const struct status_row *row, int64_t now_s)
{
	json_t *o = json_object();
	struct buf state;

	buf_init(&state, STATE_TEXT_MAX);
	status_row_put_state(row, now_s, &state);
	json_object_set_new(o, "host", json_string(row->host.text));
	json_object_set_new(o, "user", json_string(row->user));
	json_object_set_new(o, "state", json_string(word_of(row->state)));
	json_object_set_new(o, "words", json_string(buf_str(&state)));
	json_object_set_new(o, "trouble", json_boolean(status_row_is_in_trouble(row, now_s)));
	status_set_addr(o, "ipv4", &row->addrs.v4);
	status_set_addr(o, "ipv6", &row->addrs.v6);
	set_time(o, "since", row->since_s);
	set_time(o, "published", row->published_s);
	set_time(o, "asked", row->asked_s);
	json_object_set_new(o, "asked-or-later", json_boolean(row->is_asked_later));
	status_set_addr(o, "from", &row->from);
	json_object_set_new(o, "agent",
			    row->agent[0] != '\0' ? json_string(row->agent) : json_null());
	buf_fini(&state);
	return o;
}
