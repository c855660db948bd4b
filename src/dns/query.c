/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/query.h"

#include <string.h>

#include "base/str.h"

/* RFC 1035 §4.1.1, RFC 6895 §3.1: query types below 128 ask for data; from there up to 254 they are
 * other verbs (transfers, keys, signatures); 255 is ANY. */
enum { QTYPE_META_FIRST = 128, QTYPE_ANY = 255 };

enum { FLAG_QR = 0x80, FLAG_RD = 0x01, OPCODE_SHIFT = 3, OPCODE_MASK = 0x0f };
enum { QDCOUNT_AT = 4, ANCOUNT_AT = 6, NSCOUNT_AT = 8, ARCOUNT_AT = 10 };
/* Type and class; and a TTL and a length. */
enum { QUESTION_FIXED_LEN = 4, RECORD_FIXED_LEN = 10 };
enum { PAYLOAD_MIN = 512, EDNS_DO = 0x80 };

struct cursor {
	const uint8_t *message;
	size_t len;
	size_t at;
};

static uint16_t read_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static char name_char(uint8_t byte)
{
	char c = str_lower((char)byte);

	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '*')
		return c;
	return DNS_QUERY_STRANGE;
}

/* From the wire form without compression, which ldns has checked: at most 255 bytes. */
static void read_name(const ldns_rdf *dname, struct fqdn *ret)
{
	const uint8_t *wire = ldns_rdf_data(dname);
	size_t at = 0, out = 0, end;

	while (wire[at] != 0) {
		if (out > 0)
			ret->text[out++] = '.';
		end = at + 1 + wire[at];
		for (at++; at < end; at++)
			ret->text[out++] = name_char(wire[at]);
	}
	ret->text[out] = '\0';
	ret->len = (uint8_t)out;
}

/* ldns_wire2pkt() and ldns_wire2rr() do not survive a failed allocation; the reader of names, which
 * is the hard part, does. */
static int take_name(struct cursor *c, ldns_rdf **ret)
{
	switch (ldns_wire2dname(ret, c->message, c->len, &c->at)) {
	case LDNS_STATUS_OK:
		return LDNS_RCODE_NOERROR;
	case LDNS_STATUS_MEM_ERR:
		return LDNS_RCODE_SERVFAIL;
	default:
		return LDNS_RCODE_FORMERR;
	}
}

/* n bytes of what follows, or NULL. */
static const uint8_t *take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->message + c->at;

	if (c->at > c->len || c->len - c->at < n)
		return NULL;
	c->at += n;
	return p;
}

static int take_question(struct cursor *c, struct dns_query *q)
{
	int rcode = take_name(c, &q->owner);
	const uint8_t *fixed;

	if (rcode != LDNS_RCODE_NOERROR)
		return rcode;
	fixed = take(c, QUESTION_FIXED_LEN);
	if (fixed == NULL)
		return LDNS_RCODE_FORMERR;
	q->type = read_u16(fixed);
	q->class = read_u16(fixed + 2);
	read_name(q->owner, &q->name);
	return LDNS_RCODE_NOERROR;
}

/* RFC 6891 §6.1: at most one, of the root; the class is a size and the TTL holds the version. */
static int note_opt(const ldns_rdf *owner, const uint8_t *fixed, struct dns_query *q)
{
	if (q->has_edns || ldns_rdf_size(owner) != 1)
		return LDNS_RCODE_FORMERR;
	q->has_edns = true;
	q->payload_size = read_u16(fixed + 2);
	if (q->payload_size < PAYLOAD_MIN)
		q->payload_size = PAYLOAD_MIN;
	q->edns_version = fixed[5];
	q->wants_dnssec = (fixed[6] & EDNS_DO) != 0;
	return LDNS_RCODE_NOERROR;
}

/* Of the records in a query only OPT means something to us. */
static int take_record(struct cursor *c, struct dns_query *q)
{
	const uint8_t *fixed;
	ldns_rdf *owner;
	int rcode = take_name(c, &owner);

	if (rcode != LDNS_RCODE_NOERROR)
		return rcode;
	fixed = take(c, RECORD_FIXED_LEN);
	if (fixed == NULL || take(c, read_u16(fixed + 8)) == NULL)
		rcode = LDNS_RCODE_FORMERR;
	else if (read_u16(fixed) == LDNS_RR_TYPE_OPT)
		rcode = note_opt(owner, fixed, q);
	ldns_rdf_deep_free(owner);
	return rcode;
}

/* What we serve: records of class IN. Transfers and the like are refused. */
static int judge(const struct dns_query *q)
{
	if (q->class != LDNS_RR_CLASS_IN)
		return LDNS_RCODE_REFUSED;
	if (q->type == LDNS_RR_TYPE_OPT)
		return LDNS_RCODE_FORMERR;
	if (q->type >= QTYPE_META_FIRST && q->type < QTYPE_ANY)
		return LDNS_RCODE_REFUSED;
	return LDNS_RCODE_NOERROR;
}

static int parse_body(const uint8_t *message, size_t len, struct dns_query *q)
{
	struct cursor c = {.message = message, .len = len, .at = DNS_HEADER_LEN};
	unsigned i, n = read_u16(message + ARCOUNT_AT);
	int rcode;

	if (read_u16(message + QDCOUNT_AT) != 1 || read_u16(message + ANCOUNT_AT) != 0 ||
	    read_u16(message + NSCOUNT_AT) != 0)
		return LDNS_RCODE_FORMERR;
	rcode = take_question(&c, q);
	for (i = 0; i < n && rcode == LDNS_RCODE_NOERROR; i++)
		rcode = take_record(&c, q);
	if (rcode != LDNS_RCODE_NOERROR) {
		dns_query_fini(q);
		q->has_edns = false;
		return rcode;
	}
	return q->edns_version == 0 ? judge(q) : DNS_RCODE_BADVERS;
}

int dns_query_parse(const uint8_t *message, size_t len, struct dns_query *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->payload_size = PAYLOAD_MIN;
	if (len < DNS_HEADER_LEN || (message[2] & FLAG_QR) != 0)
		return DNS_QUERY_DROP;
	ret->id = read_u16(message);
	ret->opcode = message[2] >> OPCODE_SHIFT & OPCODE_MASK;
	ret->is_recursive = (message[2] & FLAG_RD) != 0;
	if (ret->opcode != LDNS_PACKET_QUERY)
		return LDNS_RCODE_NOTIMPL;
	return parse_body(message, len, ret);
}

void dns_query_fini(struct dns_query *q)
{
	ldns_rdf_deep_free(q->owner);
	q->owner = NULL;
}
