/* SPDX-License-Identifier: BSD-2-Clause
 * What is true of every update request that was read, wherever its parameters stood: for the
 * harnesses of its forms. */
#ifndef MOORING_TESTS_FUZZ_QUERY_H
#define MOORING_TESTS_FUZZ_QUERY_H

#include "dyndns/body.h"
#include "dyndns/query.h"
#include "dyndns/query_auth.h"
#include "fuzz.h"

static inline void query_check_addr(const struct addr *a, enum addr_family family)
{
	struct addr again;
	char text[ADDR_TEXT_MAX];

	must(a->family == ADDR_NONE || a->family == family);
	if (a->family == ADDR_NONE)
		return;
	must(addr_parse(slice_of(addr_format(a, text)), &again) == 0 && addr_equal(a, &again));
}

static inline void query_check_hosts(const struct dyndns_query *q)
{
	struct fqdn again;
	size_t i;

	must(q->n_hosts <= QUERY_HOSTS_MAX);
	must((q->hosts_kind == QUERY_HOSTS_GIVEN) == (q->n_hosts > 0));
	for (i = 0; i < q->n_hosts; i++)
		must(!q->hosts[i].valid ||
		     (fqdn_parse(slice_of(q->hosts[i].name.text), &again) == 0 &&
		      fqdn_equal(&again, &q->hosts[i].name)));
}

static inline void query_check_prefix(const struct dyndns_query *q)
{
	struct prefix again;
	char text[PREFIX_TEXT_MAX];

	must((q->prefix_kind == QUERY_PREFIX_GIVEN) == (q->prefix.len > 0));
	if (q->prefix_kind != QUERY_PREFIX_GIVEN)
		return;
	must(q->prefix.len >= INTERFACE_PREFIX_MIN && q->prefix.len <= INTERFACE_PREFIX_MAX);
	must(prefix_parse(slice_of(prefix_format(&q->prefix, text)), &again) == 0 &&
	     prefix_equal(&q->prefix, &again));
}

static inline void query_check(const struct dyndns_query *q, int err)
{
	must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT || err == ERR_REFUSED);
	query_check_hosts(q);
	query_check_addr(&q->addrs.v4, ADDR_V4);
	query_check_addr(&q->addrs.v6, ADDR_V6);
	query_check_prefix(q);
	/* The peer's address must not be published for a request that could not be read, or that
	 * said something else. */
	must(err == 0 || q->address_kind == QUERY_ADDRESS_BAD);
	must(q->address_kind == QUERY_ADDRESS_GIVEN ||
	     (!addr_is_set(&q->addrs.v4) && !addr_is_set(&q->addrs.v6)));
}

static inline void query_check_login(const struct query_credentials *c,
				     const struct query_refusal *why, int err)
{
	must(err == 0 || err == ERR_INVAL || err == ERR_NOTFOUND);
	if (err != 0) {
		must(fuzz_is_wiped(c, sizeof(*c)));
		must(err == ERR_NOTFOUND || why->reason != NULL);
		must(why->user_len <= sizeof(why->user));
		return;
	}
	must(c->user[0] != '\0' && strlen(c->user) <= QUERY_USER_MAX);
	must(strchr(c->user, ':') == NULL);
	must(c->password_len <= QUERY_PASSWORD_MAX && strlen(c->password) == c->password_len);
	must(!slice_has_control(slice_of(c->user)) && !slice_has_control(slice_of(c->password)));
}

/* Names that are not ASCII are read once the password is right; until then each has its bytes. */
static inline void query_check_names(struct dyndns_query *q)
{
	size_t i, len = 0;

	must(q->utf8_len <= sizeof(q->utf8));
	for (i = 0; i < q->n_hosts; i++) {
		must(!q->hosts[i].valid || q->hosts[i].utf8_len == 0);
		len += q->hosts[i].utf8_len;
	}
	must(len == q->utf8_len);
	must(dyndns_query_read_names(q) == 0 && q->utf8_len == 0);
	query_check_hosts(q);
}

/* Both readings of one request. body may be NULL. */
static inline void query_run(struct slice query, const struct dyndns_body *body)
{
	static struct dyndns_query q;
	struct query_credentials credentials;
	struct query_refusal why = {.reason = NULL};
	int err = dyndns_query_parse(query, body, &q);

	query_check(&q, err);
	query_check_names(&q);
	err = dyndns_query_auth_parse(query, body, &credentials, &why);
	query_check_login(&credentials, &why, err);
	if (body == NULL)
		must(dyndns_query_auth_is_tried(query) == (err != ERR_NOTFOUND));
}

/* One body, of that Content-Type. */
static inline void query_run_body(struct slice type, struct slice encoding, struct slice bytes)
{
	const struct dyndns_body body = {.type = type, .encoding = encoding, .bytes = bytes};

	query_run((struct slice){NULL, 0}, &body);
}

#endif
