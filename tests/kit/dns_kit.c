/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/dns_kit.h"

#include <check.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/cookie.h"
#include "dns/dns_query.h"

enum { ID = 0x1234, CLASS_IN = 1, TYPE_OPT = 41, FLAG_RD = 0x0100 };

static void put_u8(struct dns_kit_message *m, unsigned value)
{
	ck_assert_uint_lt(m->len, DNS_KIT_MESSAGE_MAX);
	m->bytes[m->len++] = (uint8_t)value;
}

static void put_u16(struct dns_kit_message *m, unsigned value)
{
	put_u8(m, value >> 8);
	put_u8(m, value & 0xff);
}

static void put_name(struct dns_kit_message *m, const char *name)
{
	size_t length_at;

	while (*name != '\0') {
		length_at = m->len;
		put_u8(m, 0);
		for (; *name != '\0' && *name != '.'; name++) {
			if (*name == '\\')
				name++;
			put_u8(m, (unsigned char)*name);
		}
		m->bytes[length_at] = (uint8_t)(m->len - length_at - 1);
		if (*name == '.')
			name++;
	}
	put_u8(m, 0);
}

struct dns_kit_message dns_kit_query(const char *name, uint16_t type)
{
	struct dns_kit_message m = {0};

	put_u16(&m, ID);
	put_u16(&m, FLAG_RD);
	put_u16(&m, 1);
	put_u16(&m, 0);
	put_u16(&m, 0);
	put_u16(&m, 0);
	put_name(&m, name);
	put_u16(&m, type);
	put_u16(&m, CLASS_IN);
	return m;
}

void dns_kit_add_opt(struct dns_kit_message *m, uint16_t payload_size, uint8_t version,
		     uint16_t flags)
{
	m->bytes[11]++;
	put_u8(m, 0);
	put_u16(m, TYPE_OPT);
	put_u16(m, payload_size);
	put_u8(m, 0);
	put_u8(m, version);
	put_u16(m, flags);
	put_u16(m, 0);
	m->options_at = m->len;
}

void dns_kit_add_option(struct dns_kit_message *m, uint16_t code, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t i;

	put_u16(m, code);
	put_u16(m, (unsigned)len);
	for (i = 0; i < len; i++)
		put_u8(m, bytes[i]);
	m->bytes[m->options_at - 1] = (uint8_t)(m->len - m->options_at);
}

size_t dns_kit_answer(struct dns_zone *const zones[], size_t n_zones, enum dns_transport transport,
		      const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX])
{
	const struct dns_answer_how how = {.transport = transport};
	struct dns_query q;
	int rcode = dns_query_parse(query, len, &q);
	size_t n = 0;

	if (rcode != DNS_QUERY_DROP)
		n = dns_answer(zones, n_zones, &q, rcode, &how, out);
	dns_query_fini(&q);
	return n;
}

/* ldns separates by tabs and ends the line; serials differ from test to test. */
static void put_rr(struct buf *b, const ldns_rr *rr)
{
	bool is_soa = ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA;
	char *text = ldns_rr2str(rr), *word, *save = NULL;
	int i = 0;

	ck_assert_ptr_nonnull(text);
	for (word = strtok_r(text, " \t\n", &save); word != NULL;
	     word = strtok_r(NULL, " \t\n", &save), i++)
		if (i != 2) /* the class */
			buf_addf(b, "%s%s", i > 0 ? " " : "", is_soa && i == 6 ? "#" : word);
	free(text);
}

static void put_section(struct buf *b, const ldns_rr_list *list)
{
	size_t i;

	buf_adds(b, " |");
	for (i = 0; i < ldns_rr_list_rr_count(list); i++) {
		buf_adds(b, i > 0 ? ", " : " ");
		put_rr(b, ldns_rr_list_rr(list, i));
	}
}

static void put_cookie(struct buf *b, const ldns_rdf *options)
{
	const uint8_t *data;
	size_t i;

	if (options == NULL || ldns_rdf_size(options) == 0)
		return;
	data = ldns_rdf_data(options);
	ck_assert_uint_eq(ldns_rdf_size(options), 4U + DNS_COOKIE_LEN);
	ck_assert(data[1] == DNS_COOKIE_OPTION && data[3] == DNS_COOKIE_LEN);
	buf_adds(b, " cookie=");
	for (i = 4; i < ldns_rdf_size(options); i++)
		buf_addf(b, "%02x", data[i]);
}

static void put_head(struct buf *b, const ldns_pkt *p)
{
	unsigned rcode = ldns_pkt_get_rcode(p) | (unsigned)ldns_pkt_edns_extended_rcode(p) << 4;
	char *name = ldns_pkt_rcode2str((ldns_pkt_rcode)rcode);

	buf_adds(b, rcode == 16 ? "BADVERS" : rcode == 23 ? "BADCOOKIE" : name);
	free(name);
	buf_adds(b, ldns_pkt_aa(p) ? " aa" : "");
	buf_adds(b, ldns_pkt_tc(p) ? " tc" : "");
	buf_adds(b, ldns_pkt_rd(p) ? " rd" : "");
	buf_adds(b, ldns_pkt_ra(p) ? " ra" : "");
	if (ldns_pkt_edns(p))
		buf_addf(b, " edns=%u", ldns_pkt_edns_udp_size(p));
	buf_adds(b, ldns_pkt_edns_do(p) ? " do" : "");
	put_cookie(b, ldns_pkt_edns_data(p));
}

const char *dns_kit_read(const uint8_t *answer, size_t len)
{
	static char text[DNS_KIT_TEXT_MAX];
	ldns_pkt *p;
	struct buf b;

	if (len == 0)
		return "no answer";
	ck_assert_msg(ldns_wire2pkt(&p, answer, len) == LDNS_STATUS_OK, "the answer is garbage");
	ck_assert_uint_eq(ldns_pkt_id(p), ID);
	ck_assert(ldns_pkt_qr(p));
	buf_init(&b, sizeof(text) - 1);
	put_head(&b, p);
	put_section(&b, ldns_pkt_answer(p));
	put_section(&b, ldns_pkt_authority(p));
	put_section(&b, ldns_pkt_additional(p));
	ck_assert_int_eq(buf_err(&b), 0);
	memcpy(text, b.data, b.len + 1);
	buf_fini(&b);
	ldns_pkt_free(p);
	return text;
}

struct dns_server_zone dns_kit_zone_conf(void)
{
	return (struct dns_server_zone){
		.name = value_name("dyn.example.com"),
		.n_ns = 2,
		.ns = {value_name("ns1.dyn.example.com"), value_name("ns.example.net")},
		.n_ns_addrs = 2,
		.ns_addrs = {value_addr("192.0.2.53"), value_addr("2001:db8::53")},
		.ttl = 3600,
	};
}

void dns_kit_upsert(struct dns_zone *z, const char *name, const char *addr, uint32_t ttl)
{
	struct dns_change change = {.action = DNS_UPSERT,
				    .name = value_name(name),
				    .addr = value_addr(addr),
				    .ttl = ttl};

	ck_assert_int_eq(dns_zone_apply(z, &change, 1, NULL), 0);
}
