/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/query.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* What a parameter is read as. Where there are several names for the same thing each one has a
 * client that knows no other (docs/PROTOCOL.md, "Parameters"). */
enum role { ROLE_HOSTS, ROLE_ADDRESS, ROLE_ADDRESS_V4, ROLE_ADDRESS_V6 };

/* For ROLE_HOSTS the order is the precedence. */
static const struct {
	const char *name;
	enum role role;
} known[] = {
	{"hostname", ROLE_HOSTS},    {"host", ROLE_HOSTS},	  {"domain", ROLE_HOSTS},
	{"host_id", ROLE_HOSTS},     {"myip", ROLE_ADDRESS},	  {"myip2", ROLE_ADDRESS},
	{"ip", ROLE_ADDRESS},	     {"myipv4", ROLE_ADDRESS_V4}, {"ipv4", ROLE_ADDRESS_V4},
	{"myipv6", ROLE_ADDRESS_V6}, {"myip6", ROLE_ADDRESS_V6},  {"ipv6", ROLE_ADDRESS_V6},
	{"ip6", ROLE_ADDRESS_V6},
};

enum { N_KNOWN = sizeof(known) / sizeof(known[0]) };

/* Undecoded values. An absent parameter counts as an empty one. */
struct params {
	struct slice raw[N_KNOWN];
};

/* One decoded value. */
struct value {
	char bytes[QUERY_PARAMS_MAX];
	struct slice text;
};

static int decode(struct slice raw, struct value *ret)
{
	ret->text = (struct slice){ret->bytes, 0};
	assert(raw.len <= sizeof(ret->bytes));
	if (str_form_decode(raw, ret->bytes, &ret->text.len) != 0)
		return ERR_INVAL;
	return memchr(ret->bytes, '\0', ret->text.len) != NULL ? ERR_INVAL : 0;
}

/* Unknown parameters are not decoded: FRITZ!Box and Synology put unescaped passwords into them. */
static int store_param(struct slice param, struct params *ret)
{
	struct value name, value;
	struct slice raw_name, raw_value;
	size_t i;
	int err;

	slice_cut(param, '=', &raw_name, &raw_value);
	err = decode(raw_name, &name);
	if (err != 0)
		return err;
	for (i = 0; i < N_KNOWN; i++)
		if (slice_eq(name.text, known[i].name))
			break;
	if (i == N_KNOWN)
		return 0;
	ret->raw[i] = raw_value;
	return decode(raw_value, &value);
}

static int read_params(struct slice encoded, struct params *ret)
{
	struct slice param;
	bool more = true;
	int err = 0;

	if (encoded.len > QUERY_PARAMS_MAX)
		return ERR_LIMIT;
	while (err == 0 && more) {
		more = slice_cut(encoded, '&', &param, &encoded);
		err = store_param(param, ret);
	}
	return err;
}

/* Returns 0 with the next item of a comma list that is not empty, or ERR_NOTFOUND at its end. */
static int next_item(struct slice *list, struct slice *ret)
{
	while (list->len > 0) {
		slice_cut(*list, ',', ret, list);
		if (ret->len > 0)
			return 0;
	}
	return ERR_NOTFOUND;
}

static bool has_dot(struct slice s)
{
	return s.len > 0 && memchr(s.p, '.', s.len) != NULL;
}

static int query_add_host(struct dyndns_query *q, struct slice name)
{
	struct query_host *host = &q->hosts[q->n_hosts++];
	int err = fqdn_parse(name, &host->name);

	host->valid = err == 0;
	return err == ERR_NOMEM ? err : 0;
}

static void set_hosts_kind(struct dyndns_query *q, enum query_hosts kind)
{
	q->hosts_kind = kind;
	q->n_hosts = 0;
	memset(q->hosts, 0, sizeof(q->hosts));
}

static int read_hosts(struct slice list, struct dyndns_query *q)
{
	struct slice name;
	bool dotted = false;

	while (next_item(&list, &name) == 0) {
		if (q->n_hosts == QUERY_HOSTS_MAX) {
			set_hosts_kind(q, QUERY_HOSTS_TOO_MANY);
			return 0;
		}
		if (query_add_host(q, name) != 0)
			return ERR_NOMEM;
		dotted = has_dot(name);
	}
	if (q->n_hosts == 0 || (q->n_hosts == 1 && !dotted))
		set_hosts_kind(q, QUERY_HOSTS_ABSENT);
	else
		q->hosts_kind = QUERY_HOSTS_GIVEN;
	return 0;
}

/* Reads the first host parameter that has a value. "YES" is DynDNS1's way to point at host_id. */
static int read_all_hosts(const struct params *params, struct dyndns_query *q)
{
	struct value value;
	size_t i;
	int err;

	for (i = 0; i < N_KNOWN && known[i].role == ROLE_HOSTS; i++) {
		err = decode(params->raw[i], &value);
		if (err != 0)
			return err;
		if (value.text.len > 0 && !slice_eq_nocase(value.text, "yes"))
			return read_hosts(value.text, q);
	}
	q->hosts_kind = QUERY_HOSTS_ABSENT;
	return 0;
}

/* What the address parameters ask for together. */
struct wishes {
	struct addr_pair addrs;
	bool keep_v4;
	bool keep_v6;
	bool keep_rest; /* keep the families for which no address is given */
	bool bad;
};

static void wish_address(struct wishes *w, struct slice text)
{
	struct addr a, *slot;

	if (addr_parse(text, &a) != 0) {
		w->bad = true;
		return;
	}
	slot = a.family == ADDR_V4 ? &w->addrs.v4 : &w->addrs.v6;
	if (addr_is_set(slot) && !addr_equal(slot, &a))
		w->bad = true;
	else
		*slot = a;
}

static void wish_keep(struct wishes *w, enum role role)
{
	w->keep_v4 = w->keep_v4 || role == ROLE_ADDRESS_V4;
	w->keep_v6 = w->keep_v6 || role == ROLE_ADDRESS_V6;
	w->keep_rest = true;
}

/* An address counts for its own family, whatever the parameter is called: it is not ambiguous, and
 * several providers take both families under one name. */
static void wish_list(struct wishes *w, enum role role, struct slice list)
{
	struct slice item;

	while (next_item(&list, &item) == 0) {
		if (slice_eq_nocase(item, "auto"))
			continue;
		if (slice_eq_nocase(item, "preserve") || slice_eq_nocase(item, "no"))
			wish_keep(w, role);
		else
			wish_address(w, item);
	}
}

static void choose_addresses(const struct wishes *w, struct dyndns_query *q)
{
	bool given = addr_is_set(&w->addrs.v4) || addr_is_set(&w->addrs.v6);

	if (w->bad) {
		q->address_kind = QUERY_ADDRESS_BAD;
		return;
	}
	q->address_kind = given || w->keep_rest ? QUERY_ADDRESS_GIVEN : QUERY_ADDRESS_PEER;
	if (!w->keep_v4)
		q->addrs.v4 = w->addrs.v4;
	if (!w->keep_v6)
		q->addrs.v6 = w->addrs.v6;
}

static int read_addresses(const struct params *params, struct dyndns_query *q)
{
	struct wishes wishes = {.bad = false};
	struct value value;
	size_t i;
	int err;

	for (i = 0; i < N_KNOWN; i++) {
		if (known[i].role == ROLE_HOSTS)
			continue;
		err = decode(params->raw[i], &value);
		if (err != 0)
			return err;
		wish_list(&wishes, known[i].role, value.text);
	}
	choose_addresses(&wishes, q);
	return 0;
}

int dyndns_query_parse(struct slice query, struct slice form, struct dyndns_query *ret)
{
	struct params params;
	int err;

	memset(&params, 0, sizeof(params));
	memset(ret, 0, sizeof(*ret));
	err = read_params(query, &params);
	if (err == 0)
		err = read_params(form, &params);
	if (err == 0)
		err = read_all_hosts(&params, ret);
	if (err == 0)
		err = read_addresses(&params, ret);
	if (err != 0) {
		memset(ret, 0, sizeof(*ret));
		ret->address_kind = QUERY_ADDRESS_BAD;
	}
	return err;
}
