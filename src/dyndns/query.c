/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/query.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "dyndns/body.h"
#include "dyndns/params.h"

/* Returns 0 with the next item of a comma list that is not empty, or ERR_NOTFOUND at its end. */
static int next_item(struct slice *list, struct slice *ret)
{
	while (list->len > 0) {
		slice_cut(*list, ',', ret, list);
		*ret = slice_trim(*ret, STR_SPACE);
		if (ret->len > 0)
			return 0;
	}
	return ERR_NOTFOUND;
}

static bool has_dot(struct slice s)
{
	return s.len > 0 && memchr(s.p, '.', s.len) != NULL;
}

static bool query_is_ascii(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static int query_read_name(struct query_host *host, struct slice name)
{
	int err = fqdn_parse(name, &host->name);

	host->valid = err == 0;
	return err == ERR_NOMEM ? err : 0;
}

/* A list of names is the value of one parameter, so utf8 has room for all of it. */
static int query_add_host(struct dyndns_query *q, struct slice name)
{
	struct query_host *host = &q->hosts[q->n_hosts++];

	if (query_is_ascii(name) || name.len > sizeof(q->utf8) - q->utf8_len)
		return query_read_name(host, name);
	memcpy(q->utf8 + q->utf8_len, name.p, name.len);
	q->utf8_len += name.len;
	host->utf8_len = (uint16_t)name.len;
	return 0;
}

int dyndns_query_read_names(struct dyndns_query *q)
{
	size_t i, at = 0;

	for (i = 0; i < q->n_hosts && q->utf8_len > 0; i++) {
		const struct slice name = {q->utf8 + at, q->hosts[i].utf8_len};

		at += name.len;
		if (name.len > 0 && query_read_name(&q->hosts[i], name) != 0)
			return ERR_NOMEM;
	}
	for (i = 0; i < q->n_hosts; i++)
		q->hosts[i].utf8_len = 0;
	q->utf8_len = 0;
	return 0;
}

static void set_hosts_kind(struct dyndns_query *q, enum query_hosts kind)
{
	q->hosts_kind = kind;
	q->n_hosts = 0;
	q->utf8_len = 0;
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
static int read_all_hosts(const struct query_params *params, struct dyndns_query *q)
{
	size_t i;

	for (i = 0; i < PARAMS_KNOWN && params_role(i) == PARAM_HOSTS; i++)
		if (params->at[i].len > 0 && !slice_eq_nocase(params->at[i], "yes"))
			return read_hosts(params->at[i], q);
	q->hosts_kind = QUERY_HOSTS_ABSENT;
	return 0;
}

/* What the address parameters ask for together. */
struct wishes {
	struct addr_pair addrs;
	bool keep_v4;
	bool keep_v6;
	bool keep_rest; /* keep the families for which no address is given */
	bool keep_both; /* a word that keeps stands where both families do */
	bool bad;
	bool network; /* a prefix stands where addresses do */
	bool offline; /* "offline=YES" */
};

/* "myipv6=0.0.0.0" is a client's way to say that it has no IPv6 address, and says nothing about
 * IPv4. */
static enum addr_family wished_family(const struct addr *a, enum param_role role)
{
	if (!addr_is_unspecified(a) || role == PARAM_ADDRESS)
		return a->family;
	return role == PARAM_ADDRESS_V4 ? ADDR_V4 : ADDR_V6;
}

/* What they say of the prefix of the LAN. */
struct prefix_wish {
	struct prefix prefix; /* of length 0: none */
	bool is_told;	      /* a parameter that is for prefixes is there */
	bool keep;
	bool bad;
};

static void wish_prefix(struct prefix_wish *w, const struct prefix *prefix)
{
	if (w->prefix.len != 0 && !prefix_equal(&w->prefix, prefix))
		w->bad = true;
	w->prefix = *prefix;
}

/* A network, which no host can have as its address. */
static void wish_network(struct wishes *w, struct prefix_wish *of_lan, struct slice text)
{
	struct prefix p;

	if (prefix_parse(text, &p) != 0 || p.addr.family != ADDR_V6 ||
	    p.len < INTERFACE_PREFIX_MIN || p.len > INTERFACE_PREFIX_MAX) {
		w->bad = true;
		return;
	}
	w->network = true;
	wish_prefix(of_lan, &p);
}

static void wish_address(struct wishes *w, struct prefix_wish *of_lan, enum param_role role,
			 struct slice text)
{
	struct addr a, *slot;

	if (addr_parse(text, &a) != 0) {
		wish_network(w, of_lan, text);
		return;
	}
	a.family = (uint8_t)wished_family(&a, role);
	slot = a.family == ADDR_V4 ? &w->addrs.v4 : &w->addrs.v6;
	if (addr_is_set(slot) && !addr_equal(slot, &a))
		w->bad = true;
	else
		*slot = a;
}

static void wish_keep(struct wishes *w, enum param_role role)
{
	w->keep_v4 = w->keep_v4 || role == PARAM_ADDRESS_V4;
	w->keep_v6 = w->keep_v6 || role == PARAM_ADDRESS_V6;
	w->keep_both = w->keep_both || role == PARAM_ADDRESS;
	w->keep_rest = true;
}

/* An address counts for its own family, whatever the parameter is called: it is not ambiguous, and
 * several providers take both families under one name. */
static void wish_list(struct wishes *w, struct prefix_wish *of_lan, enum param_role role,
		      struct slice list)
{
	struct slice item;

	while (next_item(&list, &item) == 0) {
		if (slice_eq_nocase(item, "auto"))
			continue;
		if (slice_eq_nocase(item, "preserve") || slice_eq_nocase(item, "no"))
			wish_keep(w, role);
		else
			wish_address(w, of_lan, role, item);
	}
}

/* Without a length it is that of a link: a router knows no other of its own address. */
static void wish_prefix_list(struct prefix_wish *w, struct slice list)
{
	struct slice item;
	struct prefix p;

	w->is_told = true;
	while (next_item(&list, &item) == 0) {
		if (slice_eq_nocase(item, "auto"))
			continue;
		if (slice_eq_nocase(item, "preserve") || slice_eq_nocase(item, "no"))
			w->keep = true;
		else if (interface_prefix_parse(item, &p) == 0)
			wish_prefix(w, &p);
		else
			w->bad = true;
	}
}

static void choose_prefix(const struct prefix_wish *w, struct dyndns_query *q)
{
	if (w->bad)
		q->prefix_kind = QUERY_PREFIX_BAD;
	else if (w->prefix.len != 0 && !w->keep)
		q->prefix_kind = QUERY_PREFIX_GIVEN;
	else
		q->prefix_kind = w->is_told ? QUERY_PREFIX_NONE : QUERY_PREFIX_ABSENT;
	if (q->prefix_kind == QUERY_PREFIX_GIVEN)
		q->prefix = w->prefix;
}

/* What is to be kept is kept (A7). */
static void choose_offline(const struct wishes *w, struct dyndns_query *q)
{
	if (!w->keep_v4 && !w->keep_both)
		q->offline.v4.family = ADDR_V4;
	if (!w->keep_v6 && !w->keep_both)
		q->offline.v6.family = ADDR_V6;
}

static void choose_addresses(const struct wishes *w, struct dyndns_query *q)
{
	bool given = addr_is_set(&w->addrs.v4) || addr_is_set(&w->addrs.v6);

	if (w->bad) {
		q->address_kind = QUERY_ADDRESS_BAD;
		return;
	}
	q->prefix_is_address = w->network;
	if (w->offline)
		choose_offline(w, q);
	q->address_kind =
		given || w->keep_rest || w->network ? QUERY_ADDRESS_GIVEN : QUERY_ADDRESS_PEER;
	if (!w->keep_v4)
		q->addrs.v4 = w->addrs.v4;
	if (!w->keep_v6)
		q->addrs.v6 = w->addrs.v6;
}

static void read_addresses(const struct query_params *params, struct dyndns_query *q)
{
	struct wishes wishes = {.bad = false};
	struct prefix_wish of_lan = {.bad = false};
	size_t i;

	for (i = 0; i < PARAMS_KNOWN; i++)
		if (params_role(i) == PARAM_OFFLINE)
			wishes.offline = slice_eq_nocase(params->at[i], "yes");
		else if (params_role(i) == PARAM_PREFIX && params_has(params, i))
			wish_prefix_list(&of_lan, params->at[i]);
		else if (params_role(i) != PARAM_HOSTS && params_role(i) != PARAM_PREFIX)
			wish_list(&wishes, &of_lan, params_role(i), params->at[i]);
	choose_addresses(&wishes, q);
	choose_prefix(&of_lan, q);
}

static void query_clear(struct dyndns_query *q)
{
	memset(q, 0, offsetof(struct dyndns_query, utf8));
}

int dyndns_query_parse(struct slice query, const struct dyndns_body *body, struct dyndns_query *ret)
{
	struct query_params params;
	int err;

	params_init(&params, PARAMS_OF_UPDATE);
	query_clear(ret);
	err = params_add_form(&params, query);
	if (err == 0 && body != NULL)
		err = dyndns_body_read(body, &params);
	if (err == 0)
		err = read_all_hosts(&params, ret);
	if (err == 0)
		read_addresses(&params, ret);
	if (err != 0) {
		query_clear(ret);
		ret->address_kind = QUERY_ADDRESS_BAD;
	}
	return err;
}
