/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_query.h"

#include <string.h>

#include "kit/dns_kit.h"
#include "kit/unit.h"

#define HOME "home.dyn.example.com"

/* The message without its tail, or with what stands at a place changed. */
static int parse(const struct dns_kit_message *m, size_t len)
{
	/* Of its own length: AddressSanitizer sees who reads behind it. */
	uint8_t *bytes = malloc(len > 0 ? len : 1);
	struct dns_query q;
	int rcode;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, m->bytes, len);
	rcode = dns_query_parse(bytes, len, &q);
	dns_query_fini(&q);
	free(bytes);
	return rcode;
}

START_TEST(a_query_is_read)
{
	struct dns_kit_message m = dns_kit_query("HoMe.dyn.example.com", DNS_KIT_AAAA);
	struct dns_query q;

	m.bytes[0] = 0xab;
	m.bytes[1] = 0xcd;
	ck_assert_int_eq(dns_query_parse(m.bytes, m.len, &q), LDNS_RCODE_NOERROR);
	ck_assert_uint_eq(q.id, 0xabcd);
	ck_assert(q.is_recursive);
	ck_assert_str_eq(q.name.text, HOME);
	ck_assert_uint_eq(q.type, DNS_KIT_AAAA);
	ck_assert_uint_eq(q.class, LDNS_RR_CLASS_IN);
	ck_assert(!q.has_edns && !q.wants_dnssec);
	ck_assert_uint_eq(q.payload_size, 512);
	/* As it was spelt, for the answer. */
	ck_assert_uint_eq(ldns_rdf_size(q.owner), sizeof(HOME) + 1);
	ck_assert_int_eq(memcmp(ldns_rdf_data(q.owner), "\004HoMe\003dyn", 9), 0);
	dns_query_fini(&q);
	m.bytes[2] = 0;
	ck_assert_int_eq(dns_query_parse(m.bytes, m.len, &q), LDNS_RCODE_NOERROR);
	ck_assert(!q.is_recursive);
	dns_query_fini(&q);
}
END_TEST

static const struct {
	uint16_t size;
	uint8_t version;
	uint16_t flags;
	int rcode;
	uint16_t want_size;
	bool wants_dnssec;
} edns_rows[] = {
	{1232, 0, 0, LDNS_RCODE_NOERROR, 1232, false},
	{1232, 0, 0x8000, LDNS_RCODE_NOERROR, 1232, true},
	{1232, 0, 0x7fff, LDNS_RCODE_NOERROR, 1232, false},
	{0, 0, 0, LDNS_RCODE_NOERROR, 512, false},
	{511, 0, 0, LDNS_RCODE_NOERROR, 512, false},
	{513, 0, 0, LDNS_RCODE_NOERROR, 513, false},
	{65535, 0, 0, LDNS_RCODE_NOERROR, 65535, false},
	{1232, 1, 0, DNS_RCODE_BADVERS, 1232, false},
	{1232, 255, 0x8000, DNS_RCODE_BADVERS, 1232, true},
};

START_TEST(edns_is_read)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(edns_rows); i++) {
		struct dns_kit_message m = dns_kit_query(HOME, DNS_KIT_A);
		struct dns_query q;
		int rcode;

		dns_kit_add_opt(&m, edns_rows[i].size, edns_rows[i].version, edns_rows[i].flags);
		rcode = dns_query_parse(m.bytes, m.len, &q);
		ck_assert_msg(rcode == edns_rows[i].rcode, "row %zu: %d", i, rcode);
		ck_assert_msg(q.has_edns, "row %zu", i);
		ck_assert_msg(q.payload_size == edns_rows[i].want_size, "row %zu", i);
		ck_assert_msg(q.wants_dnssec == edns_rows[i].wants_dnssec, "row %zu", i);
		ck_assert_uint_eq(q.edns_version, edns_rows[i].version);
		dns_query_fini(&q);
	}
}
END_TEST

/* RFC 6891 §6.1.1: more than one OPT, or one that is not the root's, is FORMERR. */
START_TEST(there_is_one_opt_and_the_root_owns_it)
{
	struct dns_kit_message m = dns_kit_query(HOME, DNS_KIT_A), two;
	size_t plain = m.len;
	struct dns_query q;

	dns_kit_add_opt(&m, 1232, 0, 0);
	two = m;
	dns_kit_add_opt(&two, 1232, 0, 0);
	ck_assert_int_eq(dns_query_parse(two.bytes, two.len, &q), LDNS_RCODE_FORMERR);
	ck_assert(!q.has_edns);
	ck_assert_ptr_null(q.owner);
	dns_query_fini(&q);
	/* Its owner is the question's name. */
	memmove(m.bytes + plain + 2, m.bytes + plain + 1, m.len - plain - 1);
	m.bytes[plain] = 0xc0;
	m.bytes[plain + 1] = DNS_HEADER_LEN;
	ck_assert_int_eq(parse(&m, m.len + 1), LDNS_RCODE_FORMERR);
}
END_TEST

/* RFC 8945: a signature of the message; we know no keys, and the query is answered without. */
START_TEST(another_record_is_passed_over)
{
	struct dns_kit_message m = dns_kit_query(HOME, DNS_KIT_A);
	size_t at = m.len;
	struct dns_query q;

	dns_kit_add_opt(&m, 1232, 0, 0);
	m.bytes[at + 2] = 250; /* TSIG, where the OPT was */
	dns_kit_add_opt(&m, 4096, 0, 0);
	ck_assert_int_eq(dns_query_parse(m.bytes, m.len, &q), LDNS_RCODE_NOERROR);
	ck_assert_uint_eq(q.payload_size, 4096);
	dns_query_fini(&q);
}
END_TEST

static const struct {
	size_t at; /* of the byte that is changed */
	uint8_t byte;
	int rcode;
} header_rows[] = {
	{2, 0x80, DNS_QUERY_DROP},				      /* an answer */
	{2, 0x81, DNS_QUERY_DROP},     {2, 0x28, LDNS_RCODE_NOTIMPL}, /* UPDATE */
	{2, 0x08, LDNS_RCODE_NOTIMPL},				      /* the inverse query of old */
	{2, 0x78, LDNS_RCODE_NOTIMPL},				      /* no such opcode */
	{2, 0x07, LDNS_RCODE_NOERROR}, /* AA, TC and RD mean nothing in a query */
	{3, 0xff, LDNS_RCODE_NOERROR}, /* nor does what follows */
	{5, 0, LDNS_RCODE_FORMERR},    /* questions */
	{5, 2, LDNS_RCODE_FORMERR},    {4, 1, LDNS_RCODE_FORMERR},
	{7, 1, LDNS_RCODE_FORMERR},				   /* answers */
	{6, 1, LDNS_RCODE_FORMERR},    {9, 1, LDNS_RCODE_FORMERR}, /* authority */
	{11, 1, LDNS_RCODE_FORMERR},				   /* additional: it is not there */
	{11, 0, LDNS_RCODE_NOERROR},
};

START_TEST(the_header_decides_first)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(header_rows); i++) {
		struct dns_kit_message m = dns_kit_query(HOME, DNS_KIT_A);
		int rcode;

		m.bytes[header_rows[i].at] = header_rows[i].byte;
		rcode = parse(&m, m.len);
		ck_assert_msg(rcode == header_rows[i].rcode, "row %zu: %d", i, rcode);
	}
}
END_TEST

START_TEST(a_message_that_ends_too_early_is_refused)
{
	struct dns_kit_message m = dns_kit_query(HOME, DNS_KIT_A);
	size_t len;

	dns_kit_add_opt(&m, 1232, 0, 0);
	for (len = 0; len < m.len; len++) {
		int rcode = parse(&m, len);

		ck_assert_msg(rcode == (len < DNS_HEADER_LEN ? DNS_QUERY_DROP : LDNS_RCODE_FORMERR),
			      "%zu: %d", len, rcode);
	}
	ck_assert_int_eq(parse(&m, m.len), LDNS_RCODE_NOERROR);
	/* An OPT whose data are not there. */
	m.bytes[m.len - 1] = 1;
	ck_assert_int_eq(parse(&m, m.len), LDNS_RCODE_FORMERR);
	/* One byte is no option. */
	ck_assert_int_eq(parse(&m, m.len + 1), LDNS_RCODE_FORMERR);
}
END_TEST

static const struct {
	uint16_t type, class;
	int rcode;
} type_rows[] = {
	{DNS_KIT_A, 1, LDNS_RCODE_NOERROR},   {0, 1, LDNS_RCODE_NOERROR},
	{41, 1, LDNS_RCODE_FORMERR}, /* OPT */
	{127, 1, LDNS_RCODE_NOERROR},	      {128, 1, LDNS_RCODE_REFUSED},
	{252, 1, LDNS_RCODE_REFUSED}, /* AXFR */
	{254, 1, LDNS_RCODE_REFUSED},	      {DNS_KIT_ANY, 1, LDNS_RCODE_NOERROR},
	{256, 1, LDNS_RCODE_NOERROR},	      {DNS_KIT_A, 3, LDNS_RCODE_REFUSED}, /* CH */
	{DNS_KIT_A, 255, LDNS_RCODE_REFUSED}, {DNS_KIT_A, 0x0101, LDNS_RCODE_REFUSED},
	{41, 3, LDNS_RCODE_REFUSED},
};

START_TEST(data_of_the_internet_alone_is_looked_up)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(type_rows); i++) {
		struct dns_kit_message m = dns_kit_query(HOME, type_rows[i].type);
		int rcode;

		m.bytes[m.len - 2] = (uint8_t)(type_rows[i].class >> 8);
		m.bytes[m.len - 1] = (uint8_t)type_rows[i].class;
		rcode = parse(&m, m.len);
		ck_assert_msg(rcode == type_rows[i].rcode, "row %zu: %d", i, rcode);
	}
}
END_TEST

static const struct {
	size_t len, second; /* of two cookies; 0: none */
	uint8_t version;
	int rcode;
	uint8_t want; /* cookie_len */
} cookie_rows[] = {
	{0, 0, 0, LDNS_RCODE_NOERROR, 0},   {8, 0, 0, LDNS_RCODE_NOERROR, 8},
	{16, 0, 0, LDNS_RCODE_NOERROR, 16}, {24, 0, 0, LDNS_RCODE_NOERROR, 24},
	{40, 0, 0, LDNS_RCODE_NOERROR, 40}, {1, 0, 0, LDNS_RCODE_FORMERR, 0},
	{7, 0, 0, LDNS_RCODE_FORMERR, 0},   {9, 0, 0, LDNS_RCODE_FORMERR, 0},
	{15, 0, 0, LDNS_RCODE_FORMERR, 0},  {41, 0, 0, LDNS_RCODE_FORMERR, 0},
	{16, 8, 0, LDNS_RCODE_NOERROR, 16}, {8, 7, 0, LDNS_RCODE_NOERROR, 8},
	{7, 8, 0, LDNS_RCODE_FORMERR, 0},   {8, 0, 1, DNS_RCODE_BADVERS, 0},
	{7, 0, 1, DNS_RCODE_BADVERS, 0},
};

/* All of it but the header is the same when nothing is asked. */
static struct dns_kit_message query_with_cookies(size_t row, bool asks)
{
	static const uint8_t bytes[DNS_COOKIE_MAX + 1] = {1, 2, 3};
	struct dns_kit_message m = dns_kit_query(HOME, DNS_KIT_A);

	if (!asks) {
		m.len = DNS_HEADER_LEN;
		m.bytes[DNS_COUNTS_AT + 1] = 0;
	}
	dns_kit_add_opt(&m, 1232, cookie_rows[row].version, 0);
	if (cookie_rows[row].len > 0)
		dns_kit_add_option(&m, DNS_COOKIE_OPTION, bytes, cookie_rows[row].len);
	if (cookie_rows[row].second > 0)
		dns_kit_add_option(&m, DNS_COOKIE_OPTION, bytes, cookie_rows[row].second);
	return m;
}

START_TEST(first_cookie_is_read)
{
	struct dns_query q;
	size_t i;

	for (i = 0; i < N_ELEMENTS(cookie_rows); i++) {
		struct dns_kit_message m = query_with_cookies(i, true);
		int rcode = dns_query_parse(m.bytes, m.len, &q);

		ck_assert_msg(rcode == cookie_rows[i].rcode && q.has_edns && q.owner != NULL &&
				      q.cookie_len == cookie_rows[i].want,
			      "row %zu: %d, %u", i, rcode, q.cookie_len);
		dns_query_fini(&q);
	}
}
END_TEST

START_TEST(without_a_question_a_cookie_is_asked_for)
{
	struct dns_query q;
	size_t i;

	for (i = 0; i < N_ELEMENTS(cookie_rows); i++) {
		struct dns_kit_message m = query_with_cookies(i, false);
		int want = cookie_rows[i].want > 0 ? LDNS_RCODE_NOERROR : LDNS_RCODE_FORMERR;
		int rcode = dns_query_parse(m.bytes, m.len, &q);

		ck_assert_msg(rcode == want && q.owner == NULL &&
				      q.has_edns == (want == LDNS_RCODE_NOERROR),
			      "row %zu: %d", i, rcode);
		dns_query_fini(&q);
	}
}
END_TEST

START_TEST(options_that_end_too_early_are_refused)
{
	struct dns_kit_message m = dns_kit_query(HOME, DNS_KIT_A);
	size_t len;
	int rcode;

	dns_kit_add_opt(&m, 1232, 0, 0);
	dns_kit_add_option(&m, 3, "", 0);
	dns_kit_add_option(&m, 12, "pad", 3);
	for (len = m.options_at; len <= m.len; len++) {
		m.bytes[m.options_at - 1] = (uint8_t)(len - m.options_at);
		rcode = parse(&m, len);
		ck_assert_msg(
			(rcode == LDNS_RCODE_NOERROR) ==
				(len == m.options_at || len == m.options_at + 4 || len == m.len),
			"%zu: %d", len, rcode);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_query_is_read,
		edns_is_read,
		there_is_one_opt_and_the_root_owns_it,
		another_record_is_passed_over,
		the_header_decides_first,
		a_message_that_ends_too_early_is_refused,
		data_of_the_internet_alone_is_looked_up,
		first_cookie_is_read,
		without_a_question_a_cookie_is_asked_for,
		options_that_end_too_early_are_refused,
	};

	return unit_run("dns_query", tests, N_ELEMENTS(tests));
}
