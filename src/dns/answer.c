/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/answer.h"

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stdio.h>

#include "dns/cookie.h"
#include "dns/dns_query.h"
#include "dns/wire.h"
#include "dns/zone.h"

/* SOA values for secondaries that we do not have; resolvers read the minimum alone (RFC 2308). */
enum { SOA_REFRESH_S = 3600, SOA_RETRY_S = 900, SOA_EXPIRE_S = 604800 };

enum { EDNS_RCODE_SHIFT = 24 };

/* What is left out of an answer that does not fit, step by step. Missing glue needs no TC bit;
 * whatever else is missing does (RFC 2181 §9). */
enum detail { DETAIL_ALL, DETAIL_NO_GLUE, DETAIL_TRUNCATED };

struct answer {
	const struct dns_query *query;
	const struct dns_answer_how *how;
	const struct dns_zone *zone; /* NULL when there is none */
	struct dns_writer writer;
	unsigned flags;
	int rcode;
};

static const struct fqdn root = {.len = 0};

/* --- records --- */

/* The mailbox in the SOA record. Where "hostmaster." and the zone are together too long for a name,
 * the root stands for "no mailbox". */
static struct fqdn hostmaster(const struct fqdn *zone)
{
	static const char label[] = "hostmaster.";
	char text[sizeof(label) + FQDN_TEXT_MAX];
	struct fqdn name = root;

	snprintf(text, sizeof(text), "%s%s", label, zone->text);
	if (str_copy(name.text, sizeof(name.text), slice_of(text)) == 0)
		name.len = (uint8_t)(sizeof(label) - 1 + zone->len);
	return name;
}

static void add_soa(struct answer *a, enum dns_section section)
{
	const struct dns_server_zone *conf = dns_zone_conf(a->zone);
	struct fqdn mailbox = hostmaster(&conf->name);
	struct dns_writer *w = &a->writer;

	dns_wire_record(w, section, &conf->name, LDNS_RR_TYPE_SOA, LDNS_RR_CLASS_IN, conf->ttl);
	dns_wire_put_name(w, &conf->ns[0]);
	dns_wire_put_name(w, &mailbox);
	dns_wire_put_u32(w, dns_zone_serial(a->zone));
	dns_wire_put_u32(w, SOA_REFRESH_S);
	dns_wire_put_u32(w, SOA_RETRY_S);
	dns_wire_put_u32(w, SOA_EXPIRE_S);
	dns_wire_put_u32(w, conf->ttl);
	dns_wire_end_record(w);
}

static uint16_t type_of(const struct addr *addr)
{
	return addr->family == ADDR_V4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA;
}

static void answer_add_addr(struct answer *a, enum dns_section section, const struct fqdn *owner,
			    const struct dns_zone_rr *rr)
{
	dns_wire_record(&a->writer, section, owner, type_of(&rr->addr), LDNS_RR_CLASS_IN, rr->ttl);
	dns_wire_put_addr(&a->writer, &rr->addr);
	dns_wire_end_record(&a->writer);
}

static void add_glue(struct answer *a, const struct fqdn *name)
{
	struct dns_zone_view view;
	size_t i;

	if (!fqdn_is_within(name, &dns_zone_conf(a->zone)->name))
		return;
	dns_zone_look(a->zone, name, &view);
	for (i = 0; i < view.n_rrs; i++)
		answer_add_addr(a, DNS_ADDITIONAL, name, &view.rrs[i]);
}

static void add_ns(struct answer *a, enum detail detail)
{
	const struct dns_server_zone *conf = dns_zone_conf(a->zone);
	struct dns_writer *w = &a->writer;
	size_t i;

	for (i = 0; i < conf->n_ns; i++) {
		dns_wire_record(w, DNS_ANSWER, &conf->name, LDNS_RR_TYPE_NS, LDNS_RR_CLASS_IN,
				conf->ttl);
		dns_wire_put_name(w, &conf->ns[i]);
		dns_wire_end_record(w);
	}
	for (i = 0; i < conf->n_ns && detail == DETAIL_ALL; i++)
		add_glue(a, &conf->ns[i]);
}

static void add_cookie(struct answer *a)
{
	if (a->how->cookie == NULL)
		return;
	dns_wire_put_u32(&a->writer, DNS_COOKIE_OPTION << 16 | DNS_COOKIE_LEN);
	dns_wire_put(&a->writer, a->how->cookie, DNS_COOKIE_LEN);
}

/* RFC 6891 §6.1.3. DO is given back as it came (RFC 3225 §3), all other flags are 0. */
static void add_opt(struct answer *a)
{
	uint32_t ttl = (uint32_t)(a->rcode >> 4) << EDNS_RCODE_SHIFT;

	if (!a->query->has_edns)
		return;
	if (a->query->wants_dnssec)
		ttl |= DNS_EDNS_DO;
	dns_wire_record(&a->writer, DNS_ADDITIONAL, &root, LDNS_RR_TYPE_OPT, DNS_UDP_PAYLOAD, ttl);
	add_cookie(a);
	dns_wire_end_record(&a->writer);
}

/* --- answering --- */

/* The owner is the question's own name: in its spelling (0x20), and for a wildcard the name that
 * was asked for. */
static bool add_addrs(struct answer *a, const struct dns_zone_view *view, unsigned type)
{
	bool any = false;
	size_t i;

	for (i = 0; i < view->n_rrs; i++) {
		if (type_of(&view->rrs[i].addr) != type)
			continue;
		answer_add_addr(a, DNS_ANSWER, &a->query->name, &view->rrs[i]);
		any = true;
	}
	return any;
}

/* RFC 8482 §4.1: one of the record sets will do. */
static unsigned pick_type(const struct dns_zone_view *view)
{
	if (view->is_apex)
		return LDNS_RR_TYPE_SOA;
	return view->n_rrs > 0 ? type_of(&view->rrs[0].addr) : LDNS_RR_TYPE_A;
}

static void answer_from_zone(struct answer *a, enum detail detail)
{
	unsigned type = a->query->type;
	struct dns_zone_view view;

	a->flags |= DNS_FLAG_AA;
	dns_zone_look(a->zone, &a->query->name, &view);
	if (!view.exists)
		a->rcode = LDNS_RCODE_NXDOMAIN;
	if (type == LDNS_RR_TYPE_ANY)
		type = pick_type(&view);
	if (view.is_apex && type == LDNS_RR_TYPE_SOA)
		add_soa(a, DNS_ANSWER);
	else if (view.is_apex && type == LDNS_RR_TYPE_NS)
		add_ns(a, detail);
	else if (!add_addrs(a, &view, type))
		add_soa(a, DNS_AUTHORITY);
}

/* Writes the answer with that much detail. Returns its length, or 0 when it does not fit into
 * cap. */
static size_t render(struct answer *a, int rcode, enum detail detail, uint8_t *out, size_t cap)
{
	const struct dns_query *q = a->query;

	a->rcode = rcode;
	a->flags = DNS_FLAG_QR | (unsigned)q->opcode << DNS_OPCODE_SHIFT;
	if (q->is_recursive)
		a->flags |= DNS_FLAG_RD;
	dns_wire_begin(&a->writer, out, cap);
	if (q->owner != NULL)
		dns_wire_question(&a->writer, ldns_rdf_data(q->owner), ldns_rdf_size(q->owner),
				  &q->name, q->type, q->class);
	if (detail == DETAIL_TRUNCATED)
		a->flags |= DNS_FLAG_TC;
	else if (a->zone != NULL)
		answer_from_zone(a, detail);
	add_opt(a);
	return dns_wire_finish(&a->writer, q->id,
			       (uint16_t)(a->flags | (a->rcode & DNS_RCODE_MASK)));
}

static size_t limit_of(const struct dns_query *q, enum dns_transport transport)
{
	if (transport == DNS_OVER_TCP)
		return DNS_ANSWER_MAX;
	return q->payload_size < DNS_UDP_PAYLOAD ? q->payload_size : DNS_UDP_PAYLOAD;
}

size_t dns_answer(struct dns_zone *const zones[], size_t n_zones, const struct dns_query *query,
		  int rcode, const struct dns_answer_how *how, uint8_t out[DNS_ANSWER_MAX])
{
	struct answer a = {.query = query, .how = how};
	int detail = how->transport == DNS_OVER_UDP_SHORT ? DETAIL_TRUNCATED : DETAIL_ALL;
	size_t len = 0;

	if (how->refuses_cookie)
		rcode = DNS_RCODE_BADCOOKIE;
	if (rcode == LDNS_RCODE_NOERROR && query->owner != NULL) {
		a.zone = dns_zone_find(zones, n_zones, &query->name);
		if (a.zone == NULL)
			rcode = LDNS_RCODE_REFUSED;
	}
	for (; len == 0 && detail <= DETAIL_TRUNCATED; detail++)
		len = render(&a, rcode, (enum detail)detail, out, limit_of(query, how->transport));
	return len;
}
