/* SPDX-License-Identifier: BSD-2-Clause
 * Questions as they are sent, replies as they are read: those of our own name server, and broken
 * ones. */
#include "dns/dns_reply.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "dns/answer.h"
#include "dns/dns_client.h"
#include "kit/dns_kit.h"
#include "kit/unit.h"

enum { ID = 0x4711, RCODE_AT = 3, FLAGS_AT = 2, BYTE_AA = 4, BYTE_TC = 2 };

/* By our own name server. */
static struct dns_kit_message answer_of(const char *name, enum dns_type type)
{
	struct dns_server_zone conf = dns_kit_zone_conf();
	struct fqdn asked = value_name(name);
	struct dns_kit_message m = {0};
	uint8_t query[512], answer[DNS_ANSWER_MAX];
	size_t len = dns_reply_ask(query, sizeof(query), ID, &asked, type, true);
	struct dns_zone *zone;

	ck_assert_int_eq(dns_zone_new(&conf, 7, 42, &zone), 0);
	dns_kit_upsert(zone, "a.dyn.example.com", "192.0.2.1", 60);
	dns_kit_upsert(zone, "a.dyn.example.com", "2001:db8::1", 60);
	ck_assert_uint_gt(len, 0);
	m.len = dns_kit_answer(&zone, 1, DNS_OVER_UDP, query, len, answer);
	dns_zone_free(zone);
	ck_assert_uint_gt(m.len, 0);
	ck_assert_uint_le(m.len, sizeof(m.bytes));
	memcpy(m.bytes, answer, m.len);
	return m;
}

static int parse(const struct dns_kit_message *m, const char *name, enum dns_type type,
		 struct dns_reply *ret)
{
	struct fqdn asked = value_name(name);

	return dns_reply_parse(m->bytes, m->len, ID, &asked, type, ret);
}

static const char *describe(const struct dns_reply *r)
{
	static char text[1024];
	char addr[ADDR_TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%s%s%s%s", dns_rcode_name(r->rcode),
			 r->is_authoritative ? " aa" : "", r->is_truncated ? " tc" : "",
			 r->has_soa ? " soa" : "");
	size_t i;

	for (i = 0; i < r->n_names; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %s", r->names[i].text);
	for (i = 0; i < r->n_addrs; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %s",
			      addr_format(&r->addrs[i], addr));
	return text;
}

static const struct {
	const char *name;
	enum dns_type type;
	const char *want;
} rows[] = {
	{"dyn.example.com", DNS_TYPE_SOA, "NOERROR aa soa"},
	{"dyn.example.com", DNS_TYPE_NS, "NOERROR aa ns1.dyn.example.com ns.example.net"},
	{"dyn.example.com", DNS_TYPE_A, "NOERROR aa"},
	{"a.dyn.example.com", DNS_TYPE_A, "NOERROR aa 192.0.2.1"},
	{"a.dyn.example.com", DNS_TYPE_AAAA, "NOERROR aa 2001:db8::1"},
	{"a.dyn.example.com", DNS_TYPE_SOA, "NOERROR aa"}, /* the zone's own, in another section */
	{"b.dyn.example.com", DNS_TYPE_A, "NXDOMAIN aa"},
	{"example.org", DNS_TYPE_SOA, "REFUSED"},
};

START_TEST(what_our_name_server_answers_is_read)
{
	struct dns_reply reply;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct dns_kit_message m = answer_of(rows[i].name, rows[i].type);

		ck_assert_int_eq(parse(&m, rows[i].name, rows[i].type, &reply), 0);
		ck_assert_msg(strcmp(describe(&reply), rows[i].want) == 0, "row %zu: %s", i,
			      describe(&reply));
	}
}
END_TEST

/* Somebody else's reply, an old one, or a query: what was asked may still be answered. */
START_TEST(what_replies_to_another_question_is_passed_over)
{
	struct dns_kit_message m = answer_of("dyn.example.com", DNS_TYPE_NS), other;
	struct dns_reply reply;

	ck_assert_int_eq(parse(&m, "b.dyn.example.com", DNS_TYPE_NS, &reply), ERR_NOTFOUND);
	ck_assert_int_eq(parse(&m, "dyn.example.com", DNS_TYPE_SOA, &reply), ERR_NOTFOUND);
	other = m;
	other.bytes[0] ^= 1;
	ck_assert_int_eq(parse(&other, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_NOTFOUND);
	other = m;
	other.bytes[FLAGS_AT] &= 0x7f;
	ck_assert_int_eq(parse(&other, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_NOTFOUND);
	other.len = 11;
	ck_assert_int_eq(parse(&other, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_NOTFOUND);
	/* Another class. */
	other = m;
	other.bytes[12 + 17 + 3]++;
	ck_assert_int_eq(parse(&other, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_NOTFOUND);
	/* The name's case is the server's business. */
	other = m;
	other.bytes[13] = 'D';
	ck_assert_int_eq(parse(&other, "dyn.example.com", DNS_TYPE_NS, &reply), 0);
	ck_assert_uint_eq(reply.n_names, 2);
}
END_TEST

START_TEST(a_reply_cut_anywhere_is_broken_or_none)
{
	struct dns_kit_message m = answer_of("dyn.example.com", DNS_TYPE_NS);
	struct dns_reply reply;
	size_t len, answer_end = m.len;

	/* What stands behind the answer section is not read. */
	while (answer_end > 0) {
		struct dns_kit_message cut = m;

		cut.len = --answer_end;
		if (parse(&cut, "dyn.example.com", DNS_TYPE_NS, &reply) != 0)
			break;
	}
	ck_assert_uint_gt(answer_end, 40);
	for (len = 0; len <= answer_end; len++) {
		struct fqdn asked = value_name("dyn.example.com");
		uint8_t *exact = malloc(len > 0 ? len : 1);
		int err;

		ck_assert_ptr_nonnull(exact);
		memcpy(exact, m.bytes, len); /* so that a read behind it is seen */
		err = dns_reply_parse(exact, len, ID, &asked, DNS_TYPE_NS, &reply);
		ck_assert_msg(err == ERR_PROTOCOL || err == ERR_NOTFOUND, "length %zu: %d", len,
			      err);
		free(exact);
	}
}
END_TEST

START_TEST(flags_tell_truncation_and_errors_may_lack_the_question)
{
	struct dns_kit_message m = answer_of("dyn.example.com", DNS_TYPE_NS);
	struct dns_reply reply;

	m.bytes[FLAGS_AT] |= BYTE_TC;
	ck_assert_int_eq(parse(&m, "dyn.example.com", DNS_TYPE_NS, &reply), 0);
	ck_assert_str_eq(describe(&reply), "NOERROR aa tc");
	m.bytes[FLAGS_AT] &= (uint8_t) ~(BYTE_TC | BYTE_AA);
	m.bytes[RCODE_AT] = DNS_RCODE_SERVFAIL;
	m.bytes[5] = m.bytes[7] = 0;
	m.len = 12;
	ck_assert_int_eq(parse(&m, "dyn.example.com", DNS_TYPE_NS, &reply), 0);
	ck_assert_str_eq(describe(&reply), "SERVFAIL");
	m.bytes[RCODE_AT] = DNS_RCODE_OK;
	ck_assert_int_eq(parse(&m, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_NOTFOUND);
}
END_TEST

/* A pointer that points to itself, and data longer than the name in it. */
START_TEST(names_that_lead_nowhere_are_broken)
{
	struct dns_kit_message m = answer_of("dyn.example.com", DNS_TYPE_NS), loop = m, longer = m;
	struct dns_reply reply;
	size_t record = 12 + 17 + 4;

	loop.bytes[record] = 0xc0;
	loop.bytes[record + 1] = (uint8_t)record;
	ck_assert_int_eq(parse(&loop, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_PROTOCOL);
	longer.bytes[record + 2 + 9]++;
	ck_assert_int_eq(parse(&longer, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_PROTOCOL);
	/* Nor when no record follows that would break of it. */
	longer.bytes[7] = 1;
	ck_assert_int_eq(parse(&longer, "dyn.example.com", DNS_TYPE_NS, &reply), ERR_PROTOCOL);
}
END_TEST

/* The answer to an alias has records of other names, too. */
START_TEST(the_record_of_another_name_is_not_that_of_the_zone)
{
	struct dns_kit_message m = answer_of("dyn.example.com", DNS_TYPE_SOA);
	struct dns_reply reply;
	size_t record = 12 + 17 + 4;

	ck_assert_uint_eq(m.bytes[record], 0xc0);
	m.bytes[record + 1] = 12 + 4; /* example.com */
	ck_assert_int_eq(parse(&m, "dyn.example.com", DNS_TYPE_SOA, &reply), 0);
	ck_assert_str_eq(describe(&reply), "NOERROR aa");
}
END_TEST

START_TEST(addresses_that_find_no_room_are_left_out)
{
	enum { RECORD = 12 + 19 + 4, RECORD_LEN = 16, N = DNS_REPLY_ADDRS_MAX + 1 };
	struct dns_kit_message m = answer_of("a.dyn.example.com", DNS_TYPE_A);
	struct dns_reply reply;
	size_t i;

	ck_assert_uint_le(RECORD + N * RECORD_LEN, sizeof(m.bytes));
	for (i = 1; i < N; i++)
		memcpy(m.bytes + RECORD + i * RECORD_LEN, m.bytes + RECORD, RECORD_LEN);
	m.bytes[7] = N;
	m.len = RECORD + N * RECORD_LEN;
	ck_assert_int_eq(parse(&m, "a.dyn.example.com", DNS_TYPE_A, &reply), 0);
	ck_assert_uint_eq(reply.n_addrs, DNS_REPLY_ADDRS_MAX);
	ck_assert(addr_equal(&reply.addrs[N - 2], &reply.addrs[0]));
}
END_TEST

START_TEST(a_silent_server_times_out)
{
	struct sockaddr_storage sa = {.ss_family = AF_INET};
	struct sockaddr_in *in = (struct sockaddr_in *)&sa;
	struct fqdn name = value_name("dyn.example.com");
	socklen_t len = sizeof(sa);
	struct errinfo ei = ERRINFO_INIT;
	struct dns_reply reply;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), n = 0;
	uint8_t query[512];

	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(*in)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	ck_assert_int_eq(dns_client_ask(&sa, &name, DNS_TYPE_NS, true, 5, &reply, &ei),
			 ERR_TIMEOUT);
	ck_assert_str_eq(ei.text, "no reply");
	while (recv(fd, query, sizeof(query), MSG_DONTWAIT) > 0)
		n++;
	ck_assert_int_eq(n, DNS_CLIENT_TRIES);
	close(fd);
	err_reset(&ei);
	ck_assert_int_eq(dns_client_ask(&sa, &name, DNS_TYPE_NS, true, 5000, &reply, &ei),
			 ERR_UNAVAILABLE);
	ck_assert_str_eq(ei.text, "Connection refused");
}
END_TEST

START_TEST(the_longest_name_fits_into_a_question)
{
	struct fqdn name = {.len = FQDN_TEXT_MAX};
	uint8_t query[12 + 255 + 4], *small = query;
	size_t i;

	for (i = 0; i < FQDN_TEXT_MAX; i++)
		name.text[i] = i % 64 == 63 ? '.' : 'a';
	ck_assert_uint_eq(dns_reply_ask(query, sizeof(query), ID, &name, DNS_TYPE_SOA, false),
			  sizeof(query));
	ck_assert_uint_eq(query[FLAGS_AT], 0);
	ck_assert_uint_eq(dns_reply_ask(small, sizeof(query) - 1, ID, &name, DNS_TYPE_SOA, false),
			  0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_our_name_server_answers_is_read,
		what_replies_to_another_question_is_passed_over,
		a_reply_cut_anywhere_is_broken_or_none,
		flags_tell_truncation_and_errors_may_lack_the_question,
		names_that_lead_nowhere_are_broken,
		the_record_of_another_name_is_not_that_of_the_zone,
		addresses_that_find_no_room_are_left_out,
		a_silent_server_times_out,
		the_longest_name_fits_into_a_question,
	};

	return unit_run("dns_reply", tests, N_ELEMENTS(tests));
}
