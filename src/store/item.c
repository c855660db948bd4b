/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "account/secret.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/pseudonym.h"

enum { NUMBER_TEXT_MAX = 24 };	  /* 2^64 in decimal and a NUL */
enum { USER_PRINTABLE_MAX = 80 }; /* of a login in a sentence */

struct reader {
	const json_t *item;
	const struct fqdn *zone;
	struct account *account;
	char user[USER_PRINTABLE_MAX];
	struct errinfo *ei;
};

/* That attribute cannot be used. Returns 0, or ERR_NOMEM. */
static int item_add_flaw(struct reader *r, enum account_flaw flaw, const char *attribute,
			 const char *problem)
{
	return account_add_flaw(r->account, flaw, "the item of user \"%s\" is malformed: %s: %s",
				r->user, attribute, problem);
}

/* What account/ said of a value; a refusal of it is a flaw. */
static int item_take(struct reader *r, enum account_flaw flaw, const char *attribute, int err,
		     const struct errinfo *why)
{
	if (err == 0 || err == ERR_NOMEM)
		return err;
	return item_add_flaw(r, flaw, attribute, why->code != 0 ? why->text : err_str(err));
}

/* The content of an attribute value when it is of that type, else NULL. */
static const json_t *typed(const json_t *value, const char *type)
{
	return json_object_size(value) == 1 ? json_object_get(value, type) : NULL;
}

/* The attribute value of that name; NULL: there is none, or a DynamoDB NULL. */
static const json_t *item_member(const json_t *map, const char *name)
{
	const json_t *value = json_object_get(map, name);

	return typed(value, "NULL") == NULL ? value : NULL;
}

/* The text of an attribute value whose type is spelled as a string (S, N). */
static bool get_text(const json_t *value, const char *type, struct slice *ret)
{
	const json_t *text = typed(value, type);

	if (!json_is_string(text))
		return false;
	*ret = (struct slice){json_string_value(text), json_string_length(text)};
	return true;
}

static int read_user(struct reader *r)
{
	struct errinfo why = ERRINFO_INIT;
	struct slice user = {NULL, 0};
	int err;

	if (!get_text(json_object_get(r->item, ITEM_USER), "S", &user))
		return err_set(r->ei, ERR_PROTOCOL, "an item is malformed: user: not a string");
	pseudonym_printable(r->user, sizeof(r->user), user);
	err = account_new(user, &r->account, &why);
	if (err == ERR_NOMEM)
		return err_set(r->ei, err, "out of memory");
	if (err != 0)
		return err_set(r->ei, ERR_PROTOCOL,
			       "the item of user \"%s\" is malformed: user: %s", r->user, why.text);
	return 0;
}

static int read_pass(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_PASS);
	struct errinfo why = ERRINFO_INIT;
	struct slice secret;
	int err;

	if (value == NULL)
		return item_add_flaw(r, ACCOUNT_FLAW_SECRET, ITEM_PASS, "it is missing");
	if (!get_text(value, "S", &secret))
		return item_add_flaw(r, ACCOUNT_FLAW_SECRET, ITEM_PASS, "it is not a string");
	err = account_set_secret(r->account, secret, &why);
	if (err == 0 && !secret_is_whole(r->account->secret))
		return item_add_flaw(r, ACCOUNT_FLAW_SECRET, ITEM_PASS, "the hash is cut off");
	return item_take(r, ACCOUNT_FLAW_SECRET, ITEM_PASS, err, &why);
}

static int item_add_host(struct reader *r, struct slice name)
{
	struct errinfo why = ERRINFO_INIT;
	int err = account_add_host(r->account, name, r->zone, NULL, &why);

	/* A set may hold both "home" and "home.dyn.example.com". */
	return err == ERR_EXISTS ? 0 : item_take(r, ACCOUNT_FLAW_HOSTS, ITEM_HOST, err, &why);
}

/* What people type: a name with blanks around it, several with commas between them. */
static int item_add_hosts(struct reader *r, struct slice text)
{
	struct slice name;
	bool more, is_empty = true;
	int err = 0;

	do {
		more = slice_cut(text, ',', &name, &text);
		name = slice_trim(name, STR_SPACE);
		if (name.len == 0)
			continue;
		is_empty = false;
		err = item_add_host(r, name);
	} while (more && err == 0);
	if (is_empty)
		err = item_add_flaw(r, ACCOUNT_FLAW_HOSTS, ITEM_HOST, "it is empty");
	return err;
}

/* of_values: of a list (L), whose elements have types of their own. */
static int item_add_elements(struct reader *r, const json_t *list, bool of_values)
{
	struct slice text;
	const json_t *element;
	size_t i;
	int err = 0;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return item_add_flaw(r, ACCOUNT_FLAW_HOSTS, ITEM_HOST, "it is empty");
	json_array_foreach(list, i, element) {
		if (!of_values && json_is_string(element))
			text = (struct slice){json_string_value(element),
					      json_string_length(element)};
		else if (!of_values || !get_text(element, "S", &text))
			return item_add_flaw(r, ACCOUNT_FLAW_HOSTS, ITEM_HOST,
					     "not every element is a string");
		err = item_add_hosts(r, text);
		if (err != 0)
			return err;
	}
	return 0;
}

static int read_host(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_HOST);
	const json_t *list;
	struct slice text;

	if (value == NULL)
		return item_add_flaw(r, ACCOUNT_FLAW_HOSTS, ITEM_HOST, "it is missing");
	if (get_text(value, "S", &text))
		return item_add_hosts(r, text);
	list = typed(value, "SS");
	if (list != NULL)
		return item_add_elements(r, list, false);
	list = typed(value, "L");
	if (list != NULL)
		return item_add_elements(r, list, true);
	return item_add_flaw(r, ACCOUNT_FLAW_HOSTS, ITEM_HOST,
			     "it is neither a string nor a set or list of strings");
}

static int read_ttl(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_TTL);
	struct errinfo why = ERRINFO_INIT;
	struct slice text;
	int err;

	if (value == NULL)
		return 0;
	if (!get_text(value, "S", &text) && !get_text(value, "N", &text))
		return item_add_flaw(r, ACCOUNT_FLAW_TTL, ITEM_TTL,
				     "it is neither a string nor a number");
	err = account_set_ttl(r->account, text, &why);
	return item_take(r, ACCOUNT_FLAW_TTL, ITEM_TTL, err, &why);
}

static int read_disabled(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_DISABLED);
	const json_t *flag = typed(value, "BOOL");

	if (value == NULL)
		return 0;
	if (!json_is_boolean(flag))
		return item_add_flaw(r, ACCOUNT_FLAW_DISABLED, ITEM_DISABLED,
				     "it is not a boolean");
	r->account->disabled = json_is_true(flag);
	return 0;
}

/* An item is read with each request, and may hold hundreds of words. */
static void add_quirk(struct reader *r, struct slice word)
{
	static _Atomic long long next_log_ms;
	unsigned quirk = account_quirk_parse(word);

	if (quirk == 0 && log_may_repeat(&next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "an unknown quirk is ignored",
			  LOG_FIELDS(LOG_USER(r->account->user), log_slice("quirk", word)));
	r->account->quirks |= quirk;
}

static bool is_set_of_strings(const json_t *set)
{
	const json_t *word;
	size_t i;

	json_array_foreach(set, i, word) {
		if (!json_is_string(word))
			return false;
	}
	return json_is_array(set);
}

static int read_quirks(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_QUIRKS);
	const json_t *set = typed(value, "SS");
	const json_t *word;
	size_t i;

	if (value == NULL)
		return 0;
	if (!is_set_of_strings(set))
		return item_add_flaw(r, ACCOUNT_FLAW_QUIRKS, ITEM_QUIRKS,
				     "it is not a set of strings");
	json_array_foreach(set, i, word) {
		add_quirk(r, (struct slice){json_string_value(word), json_string_length(word)});
	}
	return 0;
}

static int read_until(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_UNTIL);
	struct errinfo why = ERRINFO_INIT;
	struct slice text;
	int err;

	if (value == NULL)
		return 0;
	if (!get_text(value, "S", &text))
		return item_add_flaw(r, ACCOUNT_FLAW_UNTIL, ITEM_UNTIL, "it is not a string");
	err = bounds_set_until(&r->account->bounds, text, &why);
	return item_take(r, ACCOUNT_FLAW_UNTIL, ITEM_UNTIL, err, &why);
}

static int read_sources(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_SOURCES);
	const json_t *set = typed(value, "SS"), *text;
	struct bounds *b = &r->account->bounds;
	struct errinfo why = ERRINFO_INIT;
	size_t i;
	int err = 0;

	if (value == NULL)
		return 0;
	if (!is_set_of_strings(set))
		return item_add_flaw(r, ACCOUNT_FLAW_SOURCES, ITEM_SOURCES,
				     "it is not a set of strings");
	json_array_foreach(set, i, text) {
		if (err == 0)
			err = bounds_add_source(
				b,
				(struct slice){json_string_value(text), json_string_length(text)},
				&why);
	}
	if (err != 0)
		b->n_sources = 0;
	return item_take(r, ACCOUNT_FLAW_SOURCES, ITEM_SOURCES, err, &why);
}

/* NULL: it was taken, or there is none. */
static const char *item_read_interface_id(struct reader *r, const json_t *value,
					  struct account_host *host)
{
	struct errinfo why = ERRINFO_INIT;
	struct interface_id id;
	struct slice text;

	if (!get_text(value, "S", &text))
		return "it is not a string";
	if (interface_id_parse(text, &id, &why) != 0)
		return "it is no interface id";
	return account_set_interface_id(r->account, host, &id, &why) == 0 ? NULL : "one too many";
}

/* A map that is somebody else's has other keys than our host names; nothing of it is used. */
static int read_interface_ids(struct reader *r)
{
	char where[sizeof(ITEM_IDS) + 1 + FQDN_TEXT_MAX];
	const json_t *value = item_member(r->item, ITEM_IDS);
	const json_t *map = item_map(value), *id;
	const char *problem = NULL;
	size_t i;
	int err = 0;

	if (value != NULL && map == NULL)
		return item_add_flaw(r, ACCOUNT_FLAW_INTERFACE_IDS, ITEM_IDS, "it is not a map");
	for (i = 0; i < r->account->n_hosts && err == 0; i++) {
		struct account_host *host = &r->account->hosts[i];

		id = item_member(map, host->name.text);
		problem = id != NULL ? item_read_interface_id(r, id, host) : NULL;
		snprintf(where, sizeof(where), "%s.%s", ITEM_IDS, host->name.text);
		if (problem != NULL)
			err = item_add_flaw(r, ACCOUNT_FLAW_INTERFACE_IDS, where, problem);
	}
	return err;
}

static bool get_addr(const json_t *map, const char *name, enum addr_family family, struct addr *ret)
{
	const json_t *value = item_member(map, name);
	struct slice text;
	struct addr a;

	if (value == NULL)
		return true;
	if (!get_text(value, "S", &text) || addr_parse(text, &a) != 0 || a.family != family)
		return false;
	*ret = a;
	return true;
}

static bool get_number(const json_t *map, const char *name, uint64_t max, uint64_t *ret)
{
	const json_t *value = item_member(map, name);
	struct slice text;

	if (value == NULL)
		return true;
	return get_text(value, "N", &text) && str_parse_uint(text, max, ret) == 0;
}

/* These members spare a publication that is not needed, or say what else is to be done: one that
 * cannot be used counts as unknown. */
static void read_last_publication(const json_t *map, struct host_state *state)
{
	struct slice zone;
	uint64_t ttl = 0;

	if (!get_number(map, ITEM_REPEATS, INT64_MAX, &state->repeats))
		state->repeats = 0;
	if (!get_number(map, ITEM_OVER, INT64_MAX, &state->over))
		state->over = 0;
	if (get_number(map, ITEM_TTL, ACCOUNT_TTL_MAX, &ttl))
		state->ttl = (uint32_t)ttl;
	if (get_text(json_object_get(map, ITEM_ZONE), "S", &zone) &&
	    str_copy(state->zone, sizeof(state->zone), zone) != 0)
		state->zone[0] = '\0';
	get_addr(map, ITEM_GONE4, ADDR_V4, &state->gone.v4);
	get_addr(map, ITEM_GONE6, ADDR_V6, &state->gone.v6);
}

/* "SEQ WANTED", or with since_ms where that is another moment. A program that does not know the
 * member leaves it behind: so it says of which intent it is. */
static void read_wanted(const json_t *map, struct host_state *state)
{
	struct slice text, seq, wanted, since;
	uint64_t of = 0, wanted_ms = 0, since_ms = 0;

	if (!get_text(item_member(map, ITEM_WANTED), "S", &text))
		return;
	slice_cut(text, ' ', &seq, &wanted);
	if (slice_cut(wanted, ' ', &wanted, &since) &&
	    str_parse_uint(since, HOST_WANTED_MAX, &since_ms) != 0)
		return;
	if (str_parse_uint(seq, INT64_MAX, &of) == 0 && of == state->seq &&
	    str_parse_uint(wanted, HOST_WANTED_MAX, &wanted_ms) == 0)
		host_state_set_moments(state, (int64_t)wanted_ms, (int64_t)since_ms);
}

/* What is readable of a host's state, and the first thing that is not; NULL: nothing. Without a seq
 * nothing can be compared and set. */
static const char *item_read_state(const json_t *map, struct host_state *ret)
{
	const char *problem = NULL;
	uint64_t time_s = 0;

	if (map == NULL)
		return "it is not a map";
	/* Not above INT64_MAX, so that one more and a time always fit. */
	if (item_member(map, ITEM_SEQ) == NULL || !get_number(map, ITEM_SEQ, INT64_MAX, &ret->seq))
		return "seq is not a whole number";
	if (!get_addr(map, ITEM_V4, ADDR_V4, &ret->want.v4))
		problem = "v4 is not an IPv4 address";
	if (!get_addr(map, ITEM_V6, ADDR_V6, &ret->want.v6))
		problem = "v6 is not an IPv6 address";
	if (!get_number(map, ITEM_PUB, ret->seq, &ret->pub))
		problem = "pub is not a whole number up to seq";
	if (!get_number(map, ITEM_TIME, INT64_MAX, &time_s))
		problem = "time is not a whole number";
	ret->time_s = (int64_t)time_s;
	read_last_publication(map, ret);
	read_wanted(map, ret);
	return problem;
}

static int read_host_state(struct reader *r, const json_t *value, struct account_host *host)
{
	char where[sizeof(ITEM_STATE) + 1 + FQDN_TEXT_MAX];
	const char *problem = item_read_state(item_map(value), &host->state);

	if (problem == NULL)
		return 0;
	snprintf(where, sizeof(where), "%s.%s", ITEM_STATE, host->name.text);
	return item_add_flaw(r, ACCOUNT_FLAW_STATE, where, problem);
}

static int read_state(struct reader *r)
{
	const json_t *value = item_member(r->item, ITEM_STATE);
	const json_t *map = item_map(value);
	size_t i;
	int err = 0;

	if (value == NULL)
		return 0;
	if (map == NULL)
		return item_add_flaw(r, ACCOUNT_FLAW_STATE, ITEM_STATE,
				     "it is not a map, and is left alone");
	for (i = 0; i < r->account->n_hosts && err == 0; i++) {
		struct account_host *host = &r->account->hosts[i];
		const json_t *entry = json_object_get(map, host->name.text);

		if (entry != NULL)
			err = read_host_state(r, entry, host);
	}
	return err;
}

int item_to_credential(const json_t *item, struct account **ret, struct errinfo *ei)
{
	struct reader r = {.item = item, .user = "?", .ei = ei};
	int err = read_user(&r);

	if (err == 0)
		err = read_pass(&r);
	if (err == 0)
		err = read_disabled(&r);
	if (err == 0)
		err = read_until(&r);
	if (err == 0)
		err = read_sources(&r);
	if (err != 0) {
		account_free(r.account);
		return err_set(ei, err, "out of memory");
	}
	r.account->is_partial = true;
	*ret = r.account;
	return 0;
}

int item_read_rest(const json_t *item, const struct fqdn *default_zone, struct account *a)
{
	/* host before state: the state is looked up by the names of the hosts. */
	static int (*const read[])(struct reader *) = {read_host, read_ttl, read_quirks,
						       read_interface_ids, read_state};
	struct reader r = {.item = item, .zone = default_zone, .account = a};
	size_t i;
	int err = 0;

	str_printable(r.user, sizeof(r.user), slice_of(a->user));
	for (i = 0; i < sizeof(read) / sizeof(read[0]) && err == 0; i++)
		err = read[i](&r);
	a->is_partial = err != 0;
	return err;
}

int item_to_account(const json_t *item, const struct fqdn *default_zone, struct account **ret,
		    struct errinfo *ei)
{
	struct account *a;
	int err = item_to_credential(item, &a, ei);

	if (err != 0)
		return err;
	err = item_read_rest(item, default_zone, a);
	if (err != 0) {
		account_free(a);
		return err_set(ei, err, "out of memory");
	}
	*ret = a;
	return 0;
}

json_t *item_value(const char *type, json_t *content)
{
	json_t *value = json_object();

	if (json_object_set_new(value, type, content) == 0)
		return value;
	json_decref(value);
	return NULL;
}

json_t *item_string(const char *text)
{
	return item_value("S", json_string(text));
}

json_t *item_number(uint64_t value)
{
	char text[NUMBER_TEXT_MAX];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return item_value("N", json_string(text));
}

json_t *item_ttl(uint32_t ttl)
{
	char text[NUMBER_TEXT_MAX];

	snprintf(text, sizeof(text), "%" PRIu32, ttl);
	return item_string(text);
}

json_t *item_hosts(const struct account *a)
{
	json_t *set;
	size_t i;

	if (a->n_hosts == 1)
		return item_string(a->hosts[0].name.text);
	set = json_array();
	for (i = 0; i < a->n_hosts; i++)
		if (json_array_append_new(set, json_string(a->hosts[i].name.text)) != 0)
			goto nomem;
	return item_value("SS", set);
nomem:
	json_decref(set);
	return NULL;
}

json_t *item_quirks(const struct account *a)
{
	json_t *set = json_array();
	unsigned bit;

	for (bit = 1; bit != 0 && bit <= a->quirks; bit <<= 1) {
		if ((a->quirks & bit) == 0)
			continue;
		if (json_array_append_new(set, json_string(account_quirk_name(bit))) != 0)
			goto nomem;
	}
	return item_value("SS", set);
nomem:
	json_decref(set);
	return NULL;
}

json_t *item_until(const struct account *a)
{
	char text[BOUNDS_UNTIL_TEXT_MAX];

	return item_string(bounds_format_until(&a->bounds, text));
}

json_t *item_sources(const struct account *a)
{
	char text[PREFIX_TEXT_MAX];
	json_t *set = json_array();
	size_t i;

	for (i = 0; i < a->bounds.n_sources; i++)
		if (json_array_append_new(
			    set, json_string(prefix_format(&a->bounds.sources[i], text))) != 0)
			goto nomem;
	return item_value("SS", set);
nomem:
	json_decref(set);
	return NULL;
}

json_t *item_interface_ids(const struct account *a)
{
	char text[ADDR_TEXT_MAX];
	json_t *map = json_object();
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *host = &a->hosts[i];

		if (!interface_id_is_set(&host->interface_id))
			continue;
		if (json_object_set_new(
			    map, host->name.text,
			    item_string(interface_id_format(&host->interface_id, text))) != 0)
			goto nomem;
	}
	return item_value("M", map);
nomem:
	json_decref(map);
	return NULL;
}

static int put_addr(json_t *map, const char *name, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	if (!addr_is_set(a))
		return 0;
	return json_object_set_new(map, name, item_string(addr_format(a, text)));
}

/* Unless it is 0. */
static int item_put_number(json_t *map, const char *name, uint64_t value)
{
	return value == 0 ? 0 : json_object_set_new(map, name, item_number(value));
}

static int item_put_zone(json_t *map, const char *zone)
{
	return zone[0] == '\0' ? 0 : json_object_set_new(map, ITEM_ZONE, item_string(zone));
}

json_t *item_wanted(const struct host_state *state)
{
	char text[64], since[24] = "";

	if (state->since_ms != 0 && state->since_ms != state->wanted_ms)
		snprintf(since, sizeof(since), " %" PRId64, state->since_ms);
	snprintf(text, sizeof(text), "%" PRIu64 " %" PRId64 "%s", state->seq, state->wanted_ms,
		 since);
	return item_string(text);
}

/* Unless it is not known. */
static int item_put_wanted(json_t *map, const struct host_state *state)
{
	return state->wanted_ms == 0 ? 0
				     : json_object_set_new(map, ITEM_WANTED, item_wanted(state));
}

json_t *item_state(const struct host_state *state)
{
	json_t *map = json_object();

	if (put_addr(map, ITEM_V4, &state->want.v4) == 0 &&
	    put_addr(map, ITEM_V6, &state->want.v6) == 0 &&
	    json_object_set_new(map, ITEM_SEQ, item_number(state->seq)) == 0 &&
	    json_object_set_new(map, ITEM_PUB, item_number(state->pub)) == 0 &&
	    json_object_set_new(map, ITEM_TIME, item_number((uint64_t)state->time_s)) == 0 &&
	    item_put_number(map, ITEM_REPEATS, state->repeats) == 0 &&
	    item_put_number(map, ITEM_OVER, state->over) == 0 &&
	    item_put_number(map, ITEM_TTL, state->ttl) == 0 &&
	    item_put_zone(map, state->zone) == 0 &&
	    put_addr(map, ITEM_GONE4, &state->gone.v4) == 0 &&
	    put_addr(map, ITEM_GONE6, &state->gone.v6) == 0 && item_put_wanted(map, state) == 0)
		return item_value("M", map);
	json_decref(map);
	return NULL;
}

/* The state of every host that was ever updated. */
static json_t *all_states(const struct account *a)
{
	json_t *map = json_object();
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *host = &a->hosts[i];

		if (host->state.seq == 0)
			continue;
		if (json_object_set_new(map, host->name.text, item_state(&host->state)) != 0)
			goto nomem;
	}
	return item_value("M", map);
nomem:
	json_decref(map);
	return NULL;
}

static bool was_updated(const struct account *a)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		if (a->hosts[i].state.seq > 0)
			return true;
	return false;
}

json_t *item_from_account(const struct account *a)
{
	json_t *item = json_object();

	if (json_object_set_new(item, ITEM_USER, item_string(a->user)) != 0 ||
	    json_object_set_new(item, ITEM_PASS, item_string(a->secret)) != 0 ||
	    json_object_set_new(item, ITEM_HOST, item_hosts(a)) != 0)
		goto nomem;
	if (a->ttl > 0 && json_object_set_new(item, ITEM_TTL, item_ttl(a->ttl)) != 0)
		goto nomem;
	if (a->disabled &&
	    json_object_set_new(item, ITEM_DISABLED, item_value("BOOL", json_true())) != 0)
		goto nomem;
	if (a->quirks != 0 && json_object_set_new(item, ITEM_QUIRKS, item_quirks(a)) != 0)
		goto nomem;
	if (a->bounds.until_s != 0 && json_object_set_new(item, ITEM_UNTIL, item_until(a)) != 0)
		goto nomem;
	if (a->bounds.n_sources > 0 &&
	    json_object_set_new(item, ITEM_SOURCES, item_sources(a)) != 0)
		goto nomem;
	if (account_interface_ids(a) > 0 &&
	    json_object_set_new(item, ITEM_IDS, item_interface_ids(a)) != 0)
		goto nomem;
	if (was_updated(a) && json_object_set_new(item, ITEM_STATE, all_states(a)) != 0)
		goto nomem;
	return item;
nomem:
	item_wipe(item, ITEM_PASS);
	json_decref(item);
	return NULL;
}

const json_t *item_map(const json_t *value)
{
	const json_t *map = typed(value, "M");

	return json_is_object(map) ? map : NULL;
}

void item_wipe(json_t *item, const char *name)
{
	const json_t *text = json_object_get(json_object_get(item, name), "S");

	/* jansson has no mutable view of a string, but the memory is its own and writable. */
	if (json_is_string(text))
		explicit_bzero((char *)json_string_value(text), json_string_length(text));
}
