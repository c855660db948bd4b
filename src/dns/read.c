/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/read.h"

#include "base/err.h"
#include "base/str.h"

uint16_t dns_read_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

uint16_t dns_read_count(const uint8_t *message, enum dns_section section)
{
	return dns_read_u16(message + DNS_COUNTS_AT + 2 * (size_t)section);
}

const uint8_t *dns_read_bytes(struct dns_reader *r, size_t n)
{
	const uint8_t *p = r->message + r->at;

	if (r->at > r->len || r->len - r->at < n)
		return NULL;
	r->at += n;
	return p;
}

int dns_read_name(struct dns_reader *r, ldns_rdf **ret)
{
	ldns_status status = ldns_wire2dname(ret, r->message, r->len, &r->at);

	if (status == LDNS_STATUS_OK)
		return 0;
	return status == LDNS_STATUS_MEM_ERR ? ERR_NOMEM : ERR_PROTOCOL;
}

static char name_char(uint8_t byte)
{
	char c = str_lower((char)byte);

	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '*')
		return c;
	return DNS_NAME_STRANGE;
}

/* At most 255 bytes, which ldns has checked. */
void dns_read_text(const ldns_rdf *dname, struct fqdn *ret)
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
