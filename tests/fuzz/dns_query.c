/* SPDX-License-Identifier: BSD-2-Clause
 * A query to the name server: the whole input is the message, which is answered over every
 * transport. ldns, which wrote none of the answer, reads it. */
#include "dns/dns_query.h"

#include "dns/answer.h"
#include "dns/zone.h"
#include "fuzz.h"

static struct dns_zone *zones[2];
static struct dns_cookie_secrets secrets;
static const struct addr client = {.family = ADDR_V4, .bytes = {192, 0, 2, 7}};

static struct fqdn name_of(const char *text)
{
	struct fqdn name;

	must(fqdn_parse(slice_of(text), &name) == 0);
	return name;
}

static void add(struct dns_zone *zone, const char *name, struct addr addr)
{
	const struct dns_change change = {DNS_UPSERT, name_of(name), addr, 60};

	must(dns_zone_apply(zone, &change, 1, NULL) == 0);
}

/* One with everything, and one whose servers have names so long that not all fit. */
static void open_zones(void)
{
	const struct addr v4 = {.family = ADDR_V4, .bytes = {192, 0, 2, 1}};
	const struct addr v6 = {.family = ADDR_V6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 1}};
	struct dns_server_zone one = {.name = name_of("e.example"),
				      .n_ns = 2,
				      .ns = {name_of("ns.e.example"), name_of("ns.example.net")},
				      .n_ns_addrs = 2,
				      .ns_addrs = {v4, v6},
				      .ttl = 60};
	struct dns_server_zone long_one = {.name = name_of("l.example"),
					   .n_ns = DNS_SERVER_NS_MAX,
					   .n_ns_addrs = DNS_SERVER_NS_MAX,
					   .ttl = 60};
	char text[FQDN_TEXT_MAX + 1];
	size_t i;

	for (i = 0; i < DNS_SERVER_NS_MAX; i++) {
		snprintf(text, sizeof(text), "%c%061d.%062d.%062d.l.example", (char)('a' + i), 0, 0,
			 0);
		long_one.ns[i] = name_of(text);
		long_one.ns_addrs[i] = v6;
		long_one.ns_addrs[i].bytes[15] = (uint8_t)(i + 1);
	}
	must(dns_zone_new(&one, 1, 1, &zones[0]) == 0);
	must(dns_zone_new(&long_one, 1, 1, &zones[1]) == 0);
	add(zones[0], "a.e.example", v4);
	add(zones[0], "a.e.example", v6);
	add(zones[0], "b.c.e.example", v6);
	add(zones[0], "*.w.e.example", v4);
	dns_cookie_roll(&secrets, (const uint8_t *)"0123456789abcdef");
	dns_cookie_roll(&secrets, (const uint8_t *)"0123456789abcdef");
}

static size_t limit_of(const struct dns_query *q, enum dns_transport transport)
{
	size_t limit = q->payload_size < DNS_UDP_PAYLOAD ? q->payload_size : DNS_UDP_PAYLOAD;

	return transport == DNS_OVER_TCP ? DNS_ANSWER_MAX : limit;
}

/* Well-formed, no longer than it may be, an answer to this very question, and without a question
 * or EDNS that was not there. */
static void check_answer(const struct dns_query *q, int rcode, const struct dns_answer_how *how)
{
	static uint8_t out[DNS_ANSWER_MAX];
	size_t len = dns_answer(zones, 2, q, rcode, how, out);
	uint8_t *exact = malloc(len > 0 ? len : 1);
	ldns_pkt *p = NULL;
	ldns_rr *rr;

	must(len >= DNS_HEADER_LEN && len <= limit_of(q, how->transport) && exact != NULL);
	memcpy(exact, out, len);
	must(ldns_wire2pkt(&p, exact, len) == LDNS_STATUS_OK);
	must(ldns_pkt_qr(p) && ldns_pkt_id(p) == q->id);
	must(ldns_pkt_get_opcode(p) == (ldns_pkt_opcode)q->opcode);
	must(ldns_pkt_edns(p) == q->has_edns && ldns_pkt_qdcount(p) == (q->owner != NULL));
	if (q->owner != NULL) {
		rr = ldns_rr_list_rr(ldns_pkt_question(p), 0);
		must(ldns_dname_compare(ldns_rr_owner(rr), q->owner) == 0);
		must(ldns_rr_get_type(rr) == (ldns_rr_type)q->type);
	}
	must(how->transport != DNS_OVER_UDP_SHORT || ldns_pkt_tc(p));
	ldns_pkt_free(p);
	free(exact);
}

static void check_cookie(const struct dns_query *q, uint8_t fresh[DNS_COOKIE_LEN])
{
	enum dns_cookie_state state =
		dns_cookie_check(&secrets, q->cookie, q->cookie_len, &client, 1000);

	must((state == DNS_COOKIE_NONE) == (q->cookie_len == 0));
	must(state != DNS_COOKIE_FIRST || q->cookie_len == DNS_COOKIE_CLIENT_LEN);
	dns_cookie_make(&secrets, q->cookie, &client, 1000, fresh);
	must(dns_cookie_check(&secrets, fresh, DNS_COOKIE_LEN, &client, 1000) == DNS_COOKIE_VALID);
}

static void check_answers(const struct dns_query *q, int rcode)
{
	uint8_t fresh[DNS_COOKIE_LEN];
	struct dns_answer_how how = {.transport = DNS_OVER_UDP};

	if (q->cookie_len > 0) {
		check_cookie(q, fresh);
		how.cookie = fresh;
		how.refuses_cookie = true;
		check_answer(q, rcode, &how);
		how.refuses_cookie = false;
	}
	for (; how.transport <= DNS_OVER_TCP; how.transport++)
		check_answer(q, rcode, &how);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_query q;
	int rcode;

	if (zones[0] == NULL)
		open_zones();
	rcode = dns_query_parse(data, size, &q);
	must(q.cookie_len == 0 || dns_cookie_is_wellformed(q.cookie_len));
	must(rcode == DNS_QUERY_DROP || rcode >= 0);
	if (rcode != DNS_QUERY_DROP)
		check_answers(&q, rcode);
	dns_query_fini(&q);
	return 0;
}
