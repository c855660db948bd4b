/* SPDX-License-Identifier: BSD-2-Clause
 * Queries in, answers out. */
#include "dns/answer.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dns/cookie.h"
#include "dns/dns_query.h"
#include "kit/dns_kit.h"
#include "kit/unit.h"

#define SOA                                                                                        \
	"dyn.example.com. 3600 SOA ns1.dyn.example.com. hostmaster.dyn.example.com. # 3600 900 "   \
	"604800 3600"
#define NODATA	 "NOERROR aa rd | | " SOA " |"
#define NXDOMAIN "NXDOMAIN aa rd | | " SOA " |"

enum { N_ZONES = 3 };
static struct dns_zone *zones[N_ZONES];

static struct dns_zone *new_zone(const struct dns_server_zone *conf)
{
	struct dns_zone *z;

	ck_assert_int_eq(dns_zone_new(conf, 7, 42, &z), 0);
	return z;
}

static void make_zones(void)
{
	struct dns_server_zone conf = dns_kit_zone_conf();
	struct dns_zone *z = zones[0] = new_zone(&conf);

	dns_kit_upsert(z, "a.dyn.example.com", "192.0.2.1", 60);
	dns_kit_upsert(z, "b.dyn.example.com", "2001:db8::1", 60);
	dns_kit_upsert(z, "both.dyn.example.com", "192.0.2.2", 60);
	dns_kit_upsert(z, "both.dyn.example.com", "2001:db8::2", 300);
	dns_kit_upsert(z, "x.deep.ent.dyn.example.com", "192.0.2.3", 60);
	dns_kit_upsert(z, "*.wild.dyn.example.com", "192.0.2.4", 60);
	dns_kit_upsert(z, "real.wild.dyn.example.com", "192.0.2.5", 60);
	dns_kit_upsert(z, "sub.under.wild.dyn.example.com", "192.0.2.6", 60);
	conf.name = value_name("child.dyn.example.com");
	conf.n_ns = 1;
	conf.ns[0] = value_name("ns.example.net");
	conf.n_ns_addrs = 0;
	conf.ttl = 30;
	zones[1] = new_zone(&conf);
	dns_kit_upsert(zones[1], "child.dyn.example.com", "192.0.2.7", 60);
	conf.name = value_name("example.org");
	zones[2] = new_zone(&conf);
}

static void free_zones(void)
{
	size_t i;

	for (i = 0; i < N_ZONES; i++)
		dns_zone_free(zones[i]);
}

static const char *ask(enum dns_transport transport, const struct dns_kit_message *m)
{
	uint8_t out[DNS_ANSWER_MAX];

	return dns_kit_read(out, dns_kit_answer(zones, N_ZONES, transport, m->bytes, m->len, out));
}

/* --- what names and types give --- */

static const struct {
	const char *name;
	uint16_t type;
	const char *want;
} rows[] = {
	{"a.dyn.example.com", DNS_KIT_A, "NOERROR aa rd | a.dyn.example.com. 60 A 192.0.2.1 | |"},
	{"A.dYn.eXample.COM", DNS_KIT_A, "NOERROR aa rd | A.dYn.eXample.COM. 60 A 192.0.2.1 | |"},
	{"a.dyn.example.com", DNS_KIT_AAAA, NODATA},
	{"a.dyn.example.com", 16, NODATA},
	{"a.dyn.example.com", 65280, NODATA},
	{"b.dyn.example.com", DNS_KIT_AAAA,
	 "NOERROR aa rd | b.dyn.example.com. 60 AAAA 2001:db8::1 | |"},
	{"b.dyn.example.com", DNS_KIT_A, NODATA},
	{"both.dyn.example.com", DNS_KIT_AAAA,
	 "NOERROR aa rd | both.dyn.example.com. 300 AAAA 2001:db8::2 | |"},
	/* RFC 8482 §4.1 */
	{"both.dyn.example.com", DNS_KIT_ANY,
	 "NOERROR aa rd | both.dyn.example.com. 60 A 192.0.2.2 | |"},
	{"b.dyn.example.com", DNS_KIT_ANY,
	 "NOERROR aa rd | b.dyn.example.com. 60 AAAA 2001:db8::1 | |"},
	{"ent.dyn.example.com", DNS_KIT_ANY, NODATA},
	{"nope.dyn.example.com", DNS_KIT_A, NXDOMAIN},
	{"nope.dyn.example.com", DNS_KIT_ANY, NXDOMAIN},
	{"nope.dyn.example.com", DNS_KIT_SOA, NXDOMAIN},
	{"sub.a.dyn.example.com", DNS_KIT_A, NXDOMAIN},
	/* RFC 8020: what has names below it exists */
	{"ent.dyn.example.com", DNS_KIT_A, NODATA},
	{"deep.ent.dyn.example.com", DNS_KIT_A, NODATA},
	{"x.deep.ent.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | x.deep.ent.dyn.example.com. 60 A 192.0.2.3 | |"},
	{"y.deep.ent.dyn.example.com", DNS_KIT_A, NXDOMAIN},
	/* RFC 4592 */
	{"any.wild.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | any.wild.dyn.example.com. 60 A 192.0.2.4 | |"},
	{"Two.Labels.wild.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | Two.Labels.wild.dyn.example.com. 60 A 192.0.2.4 | |"},
	{"*.wild.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | *.wild.dyn.example.com. 60 A 192.0.2.4 | |"},
	{"_strange.wild.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | _strange.wild.dyn.example.com. 60 A 192.0.2.4 | |"},
	{"any.wild.dyn.example.com", DNS_KIT_AAAA, NODATA},
	{"wild.dyn.example.com", DNS_KIT_A, NODATA},
	{"real.wild.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | real.wild.dyn.example.com. 60 A 192.0.2.5 | |"},
	{"below.real.wild.dyn.example.com", DNS_KIT_A, NXDOMAIN},
	{"under.wild.dyn.example.com", DNS_KIT_A, NODATA},
	{"other.under.wild.dyn.example.com", DNS_KIT_A, NXDOMAIN},
	/* the apex */
	{"dyn.example.com", DNS_KIT_SOA, "NOERROR aa rd | " SOA " | |"},
	{"dyn.example.com", DNS_KIT_NS,
	 "NOERROR aa rd | dyn.example.com. 3600 NS ns1.dyn.example.com., "
	 "dyn.example.com. 3600 NS ns.example.net. | | ns1.dyn.example.com. 3600 A 192.0.2.53, "
	 "ns1.dyn.example.com. 3600 AAAA 2001:db8::53"},
	{"dyn.example.com", DNS_KIT_A, NODATA},
	{"dyn.example.com", DNS_KIT_ANY, "NOERROR aa rd | " SOA " | |"},
	/* names are compressed into the question's spelling */
	{"DYN.example.com", DNS_KIT_NS,
	 "NOERROR aa rd | DYN.example.com. 3600 NS ns1.DYN.example.com., "
	 "DYN.example.com. 3600 NS ns.example.net. | | ns1.DYN.example.com. 3600 A 192.0.2.53, "
	 "ns1.DYN.example.com. 3600 AAAA 2001:db8::53"},
	{"ns1.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | ns1.dyn.example.com. 3600 A 192.0.2.53 | |"},
	{"ns1.dyn.example.com", DNS_KIT_AAAA,
	 "NOERROR aa rd | ns1.dyn.example.com. 3600 AAAA 2001:db8::53 | |"},
	{"a.dyn.example.com", DNS_KIT_NS, NODATA},
	/* the deepest zone answers */
	{"child.dyn.example.com", DNS_KIT_A,
	 "NOERROR aa rd | child.dyn.example.com. 60 A 192.0.2.7 | |"},
	{"child.dyn.example.com", DNS_KIT_NS,
	 "NOERROR aa rd | child.dyn.example.com. 30 NS ns.example.net. | |"},
	{"nope.child.dyn.example.com", DNS_KIT_A,
	 "NXDOMAIN aa rd | | child.dyn.example.com. 30 SOA ns.example.net. "
	 "hostmaster.child.dyn.example.com. # 3600 900 604800 30 |"},
	/* elsewhere */
	{"example.com", DNS_KIT_A, "REFUSED rd | | |"},
	{"com", DNS_KIT_NS, "REFUSED rd | | |"},
	{"", DNS_KIT_NS, "REFUSED rd | | |"},
	{"adyn.example.com", DNS_KIT_A, "REFUSED rd | | |"},
	{"dyn.example.com.net", DNS_KIT_A, "REFUSED rd | | |"},
	/* a dot within a label is no border of labels */
	{"a\\.dyn.example.com", DNS_KIT_A, "REFUSED rd | | |"},
	{"deep\\.ent.dyn.example.com", DNS_KIT_A, NXDOMAIN},
	{"a\\\x01.dyn.example.com", DNS_KIT_A, NXDOMAIN},
	/* other verbs */
	{"dyn.example.com", 252, "REFUSED rd | | |"},
	{"dyn.example.com", 251, "REFUSED rd | | |"},
	{"dyn.example.com", 249, "REFUSED rd | | |"},
	{"dyn.example.com", 41, "FORMERR rd | | |"},
	/* types of data end at 127, other verbs at 254 */
	{"a.dyn.example.com", 127, NODATA},
	{"a.dyn.example.com", 128, "REFUSED rd | | |"},
	{"a.dyn.example.com", 129, "REFUSED rd | | |"},
	{"a.dyn.example.com", 254, "REFUSED rd | | |"},
	{"a.dyn.example.com", 256, NODATA},
	{"a.dyn.example.com", 65535, NODATA},
};

START_TEST(every_query_has_its_answer)
{
	struct dns_kit_message m = dns_kit_query(rows[_i].name, rows[_i].type);

	ck_assert_str_eq(ask(DNS_OVER_UDP, &m), rows[_i].want);
	ck_assert_str_eq(ask(DNS_OVER_TCP, &m), rows[_i].want);
}
END_TEST

START_TEST(question_comes_back_byte_by_byte)
{
	struct dns_kit_message m = dns_kit_query("nOpE.DyN.eXaMpLe.CoM", DNS_KIT_A);
	uint8_t out[DNS_ANSWER_MAX];
	size_t n = dns_kit_answer(zones, N_ZONES, DNS_OVER_UDP, m.bytes, m.len, out);

	ck_assert_uint_gt(n, m.len);
	ck_assert_mem_eq(out + 12, m.bytes + 12, m.len - 12);
}
END_TEST

/* --- headers --- */

/* One byte of "a.dyn.example.com A" changed: at, value. */
static const struct {
	size_t at;
	uint8_t value;
	const char *want;
} headers[] = {
	{2, 0x00, "NOERROR aa | a.dyn.example.com. 60 A 192.0.2.1 | |"}, /* no RD */
	{2, 0x81, "no answer"},						 /* QR: an answer */
	{2, 0xa9, "no answer"},	       /* an answer to an update */
	{2, 0x09, "NOTIMPL rd | | |"}, /* inverse query */
	{2, 0x20, "NOTIMPL | | |"},    /* notify */
	{2, 0x28, "NOTIMPL | | |"},    /* update */
	{2, 0x78, "NOTIMPL | | |"},    /* opcode 15 */
	{3, 0xff, "NOERROR aa rd | a.dyn.example.com. 60 A 192.0.2.1 | |"}, /* RA Z AD CD rcode */
	{5, 0, "FORMERR rd | | |"},					    /* no question */
	{5, 2, "FORMERR rd | | |"}, /* two, of which one came */
	{7, 1, "FORMERR rd | | |"}, /* an answer, missing */
	{9, 1, "FORMERR rd | | |"},
	{11, 1, "FORMERR rd | | |"},
	{12, 64, "FORMERR rd | | |"},	/* label type 01 */
	{12, 0xc0, "FORMERR rd | | |"}, /* pointer out of the message */
	{34, 3, "REFUSED rd | | |"},	/* class CH */
	{34, 255, "REFUSED rd | | |"},	/* class ANY */
};

START_TEST(every_header_has_its_answer)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);

	ck_assert_uint_eq(m.len, 35);
	m.bytes[headers[_i].at] = headers[_i].value;
	ck_assert_str_eq(ask(DNS_OVER_UDP, &m), headers[_i].want);
}
END_TEST

START_TEST(message_cut_anywhere_is_formerr_or_dropped)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);
	size_t whole = m.len;

	for (m.len = 0; m.len < whole; m.len++)
		ck_assert_str_eq(ask(DNS_OVER_UDP, &m),
				 m.len < 12 ? "no answer" : "FORMERR rd | | |");
}
END_TEST

START_TEST(name_that_points_at_itself_is_formerr)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);

	m.bytes[12] = 0xc0;
	m.bytes[13] = 12;
	ck_assert_str_eq(ask(DNS_OVER_UDP, &m), "FORMERR rd | | |");
}
END_TEST

/* --- EDNS --- */

static const struct {
	uint16_t size;
	uint8_t version;
	uint16_t flags;
	const char *want;
} edns[] = {
	{1232, 0, 0, "NOERROR aa rd edns=1232 | a.dyn.example.com. 60 A 192.0.2.1 | |"},
	{0, 0, 0, "NOERROR aa rd edns=1232 | a.dyn.example.com. 60 A 192.0.2.1 | |"},
	{65535, 0, 0x8000, "NOERROR aa rd edns=1232 do | a.dyn.example.com. 60 A 192.0.2.1 | |"},
	{1232, 0, 0x7fff, "NOERROR aa rd edns=1232 | a.dyn.example.com. 60 A 192.0.2.1 | |"},
	{1232, 1, 0, "BADVERS rd edns=1232 | | |"},
	{1232, 255, 0x8000, "BADVERS rd edns=1232 do | | |"},
};

START_TEST(edns_is_answered_with_edns)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);

	dns_kit_add_opt(&m, edns[_i].size, edns[_i].version, edns[_i].flags);
	ck_assert_str_eq(ask(DNS_OVER_UDP, &m), edns[_i].want);
}
END_TEST

START_TEST(edns_flags_that_nobody_defined_are_not_given_back)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);
	uint8_t out[DNS_ANSWER_MAX];
	size_t n;

	dns_kit_add_opt(&m, 1232, 0, 0xffff);
	n = dns_kit_answer(zones, N_ZONES, DNS_OVER_UDP, m.bytes, m.len, out);
	ck_assert_uint_gt(n, 11);
	/* OPT is the last record: ... flags (2), rdata length (2). */
	ck_assert_uint_eq(out[n - 4], 0x80);
	ck_assert_uint_eq(out[n - 3], 0);
	ck_assert_uint_eq(out[n - 2] | out[n - 1], 0);
}
END_TEST

START_TEST(unknown_edns_options_are_ignored)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);

	dns_kit_add_opt(&m, 1232, 0, 0);
	dns_kit_add_option(&m, 0xfde9, "abc", 3);
	dns_kit_add_option(&m, 3, "", 0);
	ck_assert_str_eq(ask(DNS_OVER_UDP, &m), edns[0].want);
}
END_TEST

/* The option is answered with an OPT record, so that the client knows what was wrong. */
START_TEST(option_that_cannot_be_read_is_formerr_with_edns)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);

	dns_kit_add_opt(&m, 1232, 0, 0);
	dns_kit_add_option(&m, DNS_COOKIE_OPTION, "1234567", 7);
	ck_assert_str_eq(ask(DNS_OVER_UDP, &m), "FORMERR rd edns=1232 | | |");
	ck_assert_str_eq(ask(DNS_OVER_TCP, &m), "FORMERR rd edns=1232 | | |");
}
END_TEST

#define COOKIE_TEXT "6162636465666768696a6b6c6d6e6f707172737475767778"

static const struct {
	const char *name; /* NULL: none */
	enum dns_transport transport;
	bool refuses_cookie;
	const char *want;
} cookie_rows[] = {
	{"a.dyn.example.com", DNS_OVER_UDP, false,
	 "NOERROR aa rd edns=1232 cookie=" COOKIE_TEXT " | a.dyn.example.com. 60 A 192.0.2.1 | |"},
	{"example.net", DNS_OVER_TCP, false, "REFUSED rd edns=1232 cookie=" COOKIE_TEXT " | | |"},
	{"a.dyn.example.com", DNS_OVER_UDP, true,
	 "BADCOOKIE rd edns=1232 cookie=" COOKIE_TEXT " | | |"},
	{NULL, DNS_OVER_UDP, false, "NOERROR rd edns=1232 cookie=" COOKIE_TEXT " | | |"},
	{NULL, DNS_OVER_TCP, true, "BADCOOKIE rd edns=1232 cookie=" COOKIE_TEXT " | | |"},
};

START_TEST(cookie_is_in_each_kind_of_answer)
{
	static const char cookie[DNS_COOKIE_LEN + 1] = "abcdefghijklmnopqrstuvwx";
	const struct dns_answer_how how = {.transport = cookie_rows[_i].transport,
					   .refuses_cookie = cookie_rows[_i].refuses_cookie,
					   .cookie = (const uint8_t *)cookie};
	struct dns_kit_message m =
		dns_kit_query(cookie_rows[_i].name == NULL ? "" : cookie_rows[_i].name, DNS_KIT_A);
	uint8_t out[DNS_ANSWER_MAX];
	struct dns_query q;
	size_t n;
	int rcode;

	if (cookie_rows[_i].name == NULL) {
		m.len = DNS_HEADER_LEN;
		m.bytes[DNS_COUNTS_AT + 1] = 0;
	}
	dns_kit_add_opt(&m, 1232, 0, 0);
	dns_kit_add_option(&m, DNS_COOKIE_OPTION, cookie, DNS_COOKIE_CLIENT_LEN);
	rcode = dns_query_parse(m.bytes, m.len, &q);
	n = dns_answer(zones, N_ZONES, &q, rcode, &how, out);
	dns_query_fini(&q);
	ck_assert_str_eq(dns_kit_read(out, n), cookie_rows[_i].want);
}
END_TEST

START_TEST(two_opt_records_are_formerr)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);

	dns_kit_add_opt(&m, 1232, 0, 0);
	dns_kit_add_opt(&m, 1232, 0, 0);
	ck_assert_str_eq(ask(DNS_OVER_UDP, &m), "FORMERR rd | | |");
}
END_TEST

/* --- sizes --- */

enum { LONG_NS = 8 };

/* Eight name servers whose names share nothing but the zone, with two addresses each. */
static struct dns_zone *new_wide_zone(void)
{
	struct dns_server_zone conf = dns_kit_zone_conf();
	char name[FQDN_TEXT_MAX + 1];
	int i;

	conf.n_ns = LONG_NS;
	for (i = 0; i < LONG_NS; i++) {
		snprintf(name, sizeof(name), "%d%056d.%d%055d.dyn.example.com", i, 0, i, 0);
		conf.ns[i] = value_name(name);
	}
	return new_zone(&conf);
}

static const struct {
	enum dns_transport transport;
	uint16_t payload_size; /* 0: no EDNS */
	size_t limit;
	const char *want;
	size_t n_answers, n_additional;
} sizes[] = {
	{DNS_OVER_UDP, 0, 512, "NOERROR tc rd |", 0, 0},
	{DNS_OVER_UDP, 512, 512, "NOERROR tc rd edns=1232 |", 0, 0},
	{DNS_OVER_UDP, 1000, 1000, "NOERROR tc rd edns=1232 |", 0, 0},
	{DNS_OVER_UDP, 1232, 1232, "NOERROR aa rd edns=1232 |", LONG_NS, 0},
	{DNS_OVER_UDP, 4096, 1232, "NOERROR aa rd edns=1232 |", LONG_NS, 0},
	{DNS_OVER_TCP, 0, 4096, "NOERROR aa rd |", LONG_NS, 2 * LONG_NS},
	{DNS_OVER_UDP_SHORT, 0, 100, "NOERROR tc rd |", 0, 0},
	{DNS_OVER_UDP_SHORT, 4096, 100, "NOERROR tc rd edns=1232 |", 0, 0},
};

START_TEST(large_answer_loses_glue_first_and_is_then_truncated)
{
	struct dns_kit_message m = dns_kit_query("dyn.example.com", DNS_KIT_NS);
	struct dns_zone *wide = new_wide_zone();
	uint8_t out[DNS_ANSWER_MAX];
	const char *text;
	size_t n;

	if (sizes[_i].payload_size > 0)
		dns_kit_add_opt(&m, sizes[_i].payload_size, 0, 0);
	n = dns_kit_answer(&wide, 1, sizes[_i].transport, m.bytes, m.len, out);
	ck_assert_uint_le(n, sizes[_i].limit);
	ck_assert_uint_eq(out[7], sizes[_i].n_answers);
	ck_assert_uint_eq(out[11], sizes[_i].n_additional + (sizes[_i].payload_size > 0));
	dns_zone_free(wide);
	text = dns_kit_read(out, n);
	ck_assert_msg(strncmp(text, sizes[_i].want, strlen(sizes[_i].want)) == 0, "%s", text);
}
END_TEST

START_TEST(longest_names_have_answers)
{
	struct dns_server_zone conf = dns_kit_zone_conf();
	char label[64], name[FQDN_TEXT_MAX + 1];
	struct dns_kit_message m;
	struct dns_zone *z;
	uint8_t out[DNS_ANSWER_MAX];

	memset(label, 'l', 63);
	label[63] = '\0';
	snprintf(name, sizeof(name), "%s.%s.%s.%.61s", label, label, label, label);
	conf.name = value_name(name);
	conf.n_ns_addrs = 0;
	z = new_zone(&conf);
	dns_kit_upsert(z, name, "192.0.2.1", 60);
	m = dns_kit_query(name, DNS_KIT_A);
	ck_assert_msg(
		strstr(dns_kit_read(out, dns_kit_answer(&z, 1, DNS_OVER_UDP, m.bytes, m.len, out)),
		       " 60 A 192.0.2.1") != NULL,
		"no address");
	m = dns_kit_query(name, DNS_KIT_AAAA);
	ck_assert_msg(
		strstr(dns_kit_read(out, dns_kit_answer(&z, 1, DNS_OVER_TCP, m.bytes, m.len, out)),
		       " SOA ns1.dyn.example.com. . #") != NULL,
		"no SOA");
	dns_zone_free(z);
}
END_TEST

/* --- garbage --- */

enum { MUTATIONS = 10000, FLIPS_MAX = 6 };

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void mutate(struct dns_kit_message *m, uint32_t *state)
{
	uint32_t i, flips = next_random(state) % FLIPS_MAX + 1;

	for (i = 0; i < flips; i++)
		m->bytes[next_random(state) % m->len] = (uint8_t)next_random(state);
	if (next_random(state) % 4 == 0)
		m->len = next_random(state) % (m->len + 1);
	if (next_random(state) % 8 == 0)
		m->len += next_random(state) % 32;
}

START_TEST(garbage_is_answered_well_or_not_at_all)
{
	uint32_t state = 20240229;
	uint8_t out[DNS_ANSWER_MAX];
	struct dns_kit_message m;
	size_t i, n, answered = 0;

	for (i = 0; i < MUTATIONS; i++) {
		m = dns_kit_query(rows[i % N_ELEMENTS(rows)].name, rows[i % N_ELEMENTS(rows)].type);
		if (i % 3 != 0)
			dns_kit_add_opt(&m, 1232, 0, 0);
		mutate(&m, &state);
		n = dns_kit_answer(zones, N_ZONES, DNS_OVER_UDP, m.bytes, m.len, out);
		ck_assert_msg(n == 0 || (n >= 12 && n <= DNS_UDP_PAYLOAD), "row %zu: %zu bytes", i,
			      n);
		if (n == 0) {
			ck_assert_msg(m.len < 12 || (m.bytes[2] & 0x80) != 0, "row %zu", i);
			continue;
		}
		answered++;
		ck_assert_mem_eq(out, m.bytes, 2);
		ck_assert_uint_eq(out[2] & 0xf8, 0x80 | (m.bytes[2] & 0x78));
	}
	ck_assert_uint_gt(answered, MUTATIONS / 2);
}
END_TEST

static void add_fixed(Suite *s)
{
	TCase *tc = tcase_create("answers");

	tcase_add_checked_fixture(tc, make_zones, free_zones);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_query_has_its_answer, 0, N_ELEMENTS(rows));
	tcase_add_test(tc, question_comes_back_byte_by_byte);
	tcase_add_loop_test(tc, every_header_has_its_answer, 0, N_ELEMENTS(headers));
	tcase_add_test(tc, message_cut_anywhere_is_formerr_or_dropped);
	tcase_add_test(tc, name_that_points_at_itself_is_formerr);
	tcase_add_loop_test(tc, edns_is_answered_with_edns, 0, N_ELEMENTS(edns));
	tcase_add_test(tc, edns_flags_that_nobody_defined_are_not_given_back);
	tcase_add_test(tc, unknown_edns_options_are_ignored);
	tcase_add_test(tc, option_that_cannot_be_read_is_formerr_with_edns);
	tcase_add_loop_test(tc, cookie_is_in_each_kind_of_answer, 0, N_ELEMENTS(cookie_rows));
	tcase_add_test(tc, two_opt_records_are_formerr);
	tcase_add_loop_test(tc, large_answer_loses_glue_first_and_is_then_truncated, 0,
			    N_ELEMENTS(sizes));
	tcase_add_test(tc, longest_names_have_answers);
	tcase_add_test(tc, garbage_is_answered_well_or_not_at_all);
	suite_add_tcase(s, tc);
}

int main(void)
{
	Suite *s = suite_create("answer");
	SRunner *runner;
	int failed;

	add_fixed(s);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
