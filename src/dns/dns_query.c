/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_query.h"

#include <string.h>

#include "base/err.h"
#include "dns/cookie.h"
#include "dns/read.h"

/* RFC 1035 §4.1.1, RFC 6895 §3.1: query types below 128 ask for data; from there up to 254 they are
 * other verbs (transfers, keys, signatures); 255 is ANY. */
enum { QTYPE_META_FIRST = 128, QTYPE_ANY = 255 };

enum { PAYLOAD_MIN = 512 };

/* RFC 6891 §6.1.2: an option has a code and a length of 16 bits each. */
enum { OPTION_HEAD_LEN = 4 };

/* A query while it is read. */
struct query_reading {
	struct dns_query *query;
	bool has_bad_option; /* which is answered with an OPT record (RFC 6891 §7) */
};

static int take_name(struct dns_reader *r, ldns_rdf **ret)
{
	int err = dns_read_name(r, ret);

	if (err == 0)
		return LDNS_RCODE_NOERROR;
	return err == ERR_NOMEM ? LDNS_RCODE_SERVFAIL : LDNS_RCODE_FORMERR;
}

static int take_question(struct dns_reader *r, struct dns_query *q)
{
	int rcode = take_name(r, &q->owner);
	const uint8_t *fixed;

	if (rcode != LDNS_RCODE_NOERROR)
		return rcode;
	fixed = dns_read_bytes(r, DNS_QUESTION_FIXED_LEN);
	if (fixed == NULL)
		return LDNS_RCODE_FORMERR;
	q->type = dns_read_u16(fixed);
	q->class = dns_read_u16(fixed + 2);
	dns_read_text(q->owner, &q->name);
	return LDNS_RCODE_NOERROR;
}

/* The first cookie counts (RFC 7873 §4). */
static bool note_cookie(const uint8_t *cookie, size_t len, struct dns_query *q)
{
	if (q->cookie_len > 0)
		return true;
	if (!dns_cookie_is_wellformed(len))
		return false;
	memcpy(q->cookie, cookie, len);
	q->cookie_len = (uint8_t)len;
	return true;
}

static bool note_options(const uint8_t *options, size_t len, struct dns_query *q)
{
	struct dns_reader r = {.message = options, .len = len};
	const uint8_t *head, *data;
	size_t data_len;

	while (r.at < r.len) {
		head = dns_read_bytes(&r, OPTION_HEAD_LEN);
		if (head == NULL)
			return false;
		data_len = dns_read_u16(head + 2);
		data = dns_read_bytes(&r, data_len);
		if (data == NULL)
			return false;
		if (dns_read_u16(head) == DNS_COOKIE_OPTION && !note_cookie(data, data_len, q))
			return false;
	}
	return true;
}

/* Reads an OPT record (RFC 6891 §6.1). There is at most one, owned by the root; its class is the
 * payload size, and its TTL holds the version. What options look like in another version is not
 * known. */
static int note_opt(const ldns_rdf *owner, const uint8_t *fixed, const uint8_t *options,
		    struct query_reading *reading)
{
	struct dns_query *q = reading->query;

	if (q->has_edns || ldns_rdf_size(owner) != 1)
		return LDNS_RCODE_FORMERR;
	q->has_edns = true;
	q->payload_size = dns_read_u16(fixed + 2);
	if (q->payload_size < PAYLOAD_MIN)
		q->payload_size = PAYLOAD_MIN;
	q->edns_version = fixed[5];
	q->wants_dnssec = (dns_read_u16(fixed + 6) & DNS_EDNS_DO) != 0;
	if (q->edns_version == 0)
		reading->has_bad_option = !note_options(options, dns_read_u16(fixed + 8), q);
	return LDNS_RCODE_NOERROR;
}

/* OPT is the only record of a query that is looked at. */
static int take_record(struct dns_reader *r, struct query_reading *reading)
{
	const uint8_t *fixed, *data = NULL;
	ldns_rdf *owner;
	int rcode = take_name(r, &owner);

	if (rcode != LDNS_RCODE_NOERROR)
		return rcode;
	fixed = dns_read_bytes(r, DNS_RECORD_FIXED_LEN);
	if (fixed != NULL)
		data = dns_read_bytes(r, dns_read_u16(fixed + 8));
	if (data == NULL)
		rcode = LDNS_RCODE_FORMERR;
	else if (dns_read_u16(fixed) == LDNS_RR_TYPE_OPT)
		rcode = note_opt(owner, fixed, data, reading);
	ldns_rdf_deep_free(owner);
	return rcode;
}

/* Only records of class IN are served. Transfers and the like are refused. */
static int query_judge(const struct dns_query *q)
{
	if (q->class != LDNS_RR_CLASS_IN)
		return LDNS_RCODE_REFUSED;
	if (q->type == LDNS_RR_TYPE_OPT)
		return LDNS_RCODE_FORMERR;
	if (q->type >= QTYPE_META_FIRST && q->type < QTYPE_ANY)
		return LDNS_RCODE_REFUSED;
	return LDNS_RCODE_NOERROR;
}

/* What the message's sections say, when all of it was read. */
static int judge_body(const struct query_reading *reading)
{
	const struct dns_query *q = reading->query;

	if (q->edns_version != 0)
		return DNS_RCODE_BADVERS;
	if (reading->has_bad_option)
		return LDNS_RCODE_FORMERR;
	return q->owner == NULL ? LDNS_RCODE_NOERROR : query_judge(q);
}

/* Forgets what was read: the answer has neither a question nor an OPT record. */
static int not_understood(struct dns_query *q, int rcode)
{
	dns_query_fini(q);
	q->has_edns = false;
	q->cookie_len = 0;
	return rcode;
}

static int parse_body(const uint8_t *message, size_t len, struct dns_query *q)
{
	struct dns_reader r = {.message = message, .len = len, .at = DNS_HEADER_LEN};
	struct query_reading reading = {.query = q};
	unsigned i, n = dns_read_count(message, DNS_ADDITIONAL);
	unsigned n_questions = dns_read_count(message, DNS_QUESTION);
	int rcode = LDNS_RCODE_NOERROR;

	if (n_questions > 1 || dns_read_count(message, DNS_ANSWER) != 0 ||
	    dns_read_count(message, DNS_AUTHORITY) != 0)
		return LDNS_RCODE_FORMERR;
	if (n_questions == 1)
		rcode = take_question(&r, q);
	for (i = 0; i < n && rcode == LDNS_RCODE_NOERROR; i++)
		rcode = take_record(&r, &reading);
	if (rcode != LDNS_RCODE_NOERROR)
		return not_understood(q, rcode);
	if (n_questions == 0 && q->cookie_len == 0)
		return not_understood(q, LDNS_RCODE_FORMERR);
	rcode = judge_body(&reading);
	if (reading.has_bad_option)
		q->cookie_len = 0;
	return rcode;
}

int dns_query_parse(const uint8_t *message, size_t len, struct dns_query *ret)
{
	unsigned flags;

	memset(ret, 0, sizeof(*ret));
	ret->payload_size = PAYLOAD_MIN;
	if (len < DNS_HEADER_LEN)
		return DNS_QUERY_DROP;
	flags = dns_read_u16(message + DNS_FLAGS_AT);
	if ((flags & DNS_FLAG_QR) != 0)
		return DNS_QUERY_DROP;
	ret->id = dns_read_u16(message);
	ret->opcode = (uint8_t)(flags >> DNS_OPCODE_SHIFT & DNS_OPCODE_MASK);
	ret->is_recursive = (flags & DNS_FLAG_RD) != 0;
	if (ret->opcode != LDNS_PACKET_QUERY)
		return LDNS_RCODE_NOTIMPL;
	return parse_body(message, len, ret);
}

void dns_query_fini(struct dns_query *q)
{
	ldns_rdf_deep_free(q->owner);
	q->owner = NULL;
}
