/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_reply.h"

#include <string.h>

#include "base/err.h"
#include "dns/read.h"
#include "dns/wire.h"

size_t dns_reply_ask(uint8_t *out, size_t cap, uint16_t id, const struct fqdn *name,
		     enum dns_type type, bool is_recursive)
{
	struct dns_writer w;

	dns_wire_begin(&w, out, cap);
	dns_wire_put_name(&w, name);
	dns_wire_question(&w, out, 0, name, (uint16_t)type, LDNS_RR_CLASS_IN);
	return dns_wire_finish(&w, id, is_recursive ? DNS_FLAG_RD : 0);
}

static int take_name(struct dns_reader *r, struct fqdn *ret)
{
	ldns_rdf *dname;
	int err = dns_read_name(r, &dname);

	if (err != 0)
		return err;
	dns_read_text(dname, ret);
	ldns_rdf_deep_free(dname);
	return 0;
}

/* Names are compared without case: dns_read_text() has folded theirs, fqdn_parse() ours. */
static int check_question(struct dns_reader *c, const struct fqdn *name, enum dns_type type)
{
	const uint8_t *fixed;
	struct fqdn asked;
	int err = take_name(c, &asked);

	if (err != 0)
		return err;
	fixed = dns_read_bytes(c, DNS_QUESTION_FIXED_LEN);
	if (fixed == NULL || !fqdn_equal(&asked, name) || dns_read_u16(fixed) != type ||
	    dns_read_u16(fixed + 2) != LDNS_RR_CLASS_IN)
		return ERR_NOTFOUND;
	return 0;
}

static void reply_add_addr(struct dns_reply *r, uint8_t family, const uint8_t *bytes, size_t len)
{
	struct addr *a = &r->addrs[r->n_addrs];

	if (r->n_addrs == DNS_REPLY_ADDRS_MAX || len != (family == ADDR_V4 ? 4 : 16))
		return;
	memset(a, 0, sizeof(*a));
	a->family = family;
	memcpy(a->bytes, bytes, len);
	r->n_addrs++;
}

/* The name in an NS record may be compressed, so it is read from the whole message. */
static int reply_add_name(struct dns_reply *r, const struct dns_reader *c, size_t at, size_t len)
{
	struct dns_reader data = {.message = c->message, .len = c->len, .at = at};
	struct fqdn name;
	char *strange;
	int err = take_name(&data, &name);

	if (err != 0 || data.at != at + len)
		return err != 0 ? err : ERR_PROTOCOL;
	for (strange = name.text; (strange = strchr(strange, DNS_NAME_STRANGE)) != NULL;)
		*strange = '?'; /* the name is shown to the administrator */
	if (r->n_names < DNS_REPLY_NAMES_MAX)
		r->names[r->n_names++] = name;
	return 0;
}

static int take_record(struct dns_reader *c, const struct fqdn *name, enum dns_type type,
		       struct dns_reply *r)
{
	const uint8_t *fixed, *data;
	struct fqdn owner;
	size_t at, len;
	int err = take_name(c, &owner);

	if (err != 0)
		return err;
	fixed = dns_read_bytes(c, DNS_RECORD_FIXED_LEN);
	if (fixed == NULL)
		return ERR_PROTOCOL;
	len = dns_read_u16(fixed + 8);
	at = c->at;
	data = dns_read_bytes(c, len);
	if (data == NULL)
		return ERR_PROTOCOL;
	if (dns_read_u16(fixed) != type || dns_read_u16(fixed + 2) != LDNS_RR_CLASS_IN)
		return 0;
	if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA)
		reply_add_addr(r, type == DNS_TYPE_A ? ADDR_V4 : ADDR_V6, data, len);
	else if (fqdn_equal(&owner, name) && type == DNS_TYPE_NS)
		err = reply_add_name(r, c, at, len);
	else if (fqdn_equal(&owner, name))
		r->has_soa = true;
	return err;
}

int dns_reply_parse(const uint8_t *message, size_t len, uint16_t id, const struct fqdn *name,
		    enum dns_type type, struct dns_reply *ret)
{
	struct dns_reader c = {.message = message, .len = len, .at = DNS_HEADER_LEN};
	unsigned i, n, flags;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (len < DNS_HEADER_LEN || dns_read_u16(message) != id)
		return ERR_NOTFOUND;
	flags = dns_read_u16(message + DNS_FLAGS_AT);
	if ((flags & DNS_FLAG_QR) == 0)
		return ERR_NOTFOUND;
	ret->rcode = flags & DNS_RCODE_MASK;
	/* A server may report an error without repeating the question. */
	if (dns_read_count(message, DNS_QUESTION) == 0 && ret->rcode != DNS_RCODE_OK)
		return 0;
	err = dns_read_count(message, DNS_QUESTION) == 1 ? check_question(&c, name, type)
							 : ERR_NOTFOUND;
	ret->is_authoritative = (flags & DNS_FLAG_AA) != 0;
	ret->is_truncated = (flags & DNS_FLAG_TC) != 0;
	n = ret->is_truncated ? 0 : dns_read_count(message, DNS_ANSWER);
	for (i = 0; i < n && err == 0; i++)
		err = take_record(&c, name, type, ret);
	return err;
}

const char *dns_rcode_name(unsigned rcode)
{
	static const char *const names[] = {"NOERROR",	"FORMERR", "SERVFAIL",
					    "NXDOMAIN", "NOTIMP",  "REFUSED"};

	return rcode < sizeof(names) / sizeof(names[0]) ? names[rcode] : "rcode";
}
