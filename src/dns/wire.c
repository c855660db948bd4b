/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/wire.h"

#include <string.h>

enum { POINTER = 0xc000 };

void dns_wire_begin(struct dns_writer *w, uint8_t *out, size_t cap)
{
	*w = (struct dns_writer){.out = out, .cap = cap, .len = DNS_HEADER_LEN};
}

void dns_wire_put(struct dns_writer *w, const void *data, size_t len)
{
	if (w->is_full || w->cap - w->len < len) {
		w->is_full = true;
		return;
	}
	memcpy(w->out + w->len, data, len);
	w->len += len;
}

static void set_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u16(struct dns_writer *w, size_t value)
{
	uint8_t bytes[2];

	set_u16(bytes, value);
	dns_wire_put(w, bytes, sizeof(bytes));
}

void dns_wire_put_u32(struct dns_writer *w, uint32_t value)
{
	put_u16(w, value >> 16);
	put_u16(w, value & 0xffff);
}

void dns_wire_put_addr(struct dns_writer *w, const struct addr *addr)
{
	dns_wire_put(w, addr->bytes, addr->family == ADDR_V4 ? 4 : 16);
}

/* Every zone we answer from is the end of the question's name, so pointing into the question is all
 * the compression that is needed. A label stands in the wire form where it stands in the text: the
 * length byte takes the place of the dot before it. */
void dns_wire_put_name(struct dns_writer *w, const struct fqdn *name)
{
	struct fqdn rest = *name;
	uint8_t label_len;

	while (rest.len > 0) {
		if (w->question != NULL && fqdn_is_within(w->question, &rest)) {
			put_u16(w, (size_t)POINTER |
					   (size_t)(DNS_HEADER_LEN + w->question->len - rest.len));
			return;
		}
		label_len = (uint8_t)strcspn(rest.text, ".");
		dns_wire_put(w, &label_len, 1);
		dns_wire_put(w, rest.text, label_len);
		if (label_len == rest.len)
			break;
		rest.len = (uint8_t)(rest.len - label_len - 1);
		memmove(rest.text, rest.text + label_len + 1, rest.len + 1U);
	}
	dns_wire_put(w, "", 1);
}

void dns_wire_question(struct dns_writer *w, const uint8_t *wire_name, size_t wire_len,
		       const struct fqdn *name, uint16_t type, uint16_t class)
{
	dns_wire_put(w, wire_name, wire_len);
	put_u16(w, type);
	put_u16(w, class);
	w->question = name;
	w->counts[DNS_QUESTION]++;
}

void dns_wire_record(struct dns_writer *w, enum dns_section section, const struct fqdn *owner,
		     uint16_t type, uint16_t class, uint32_t ttl)
{
	dns_wire_put_name(w, owner);
	put_u16(w, type);
	put_u16(w, class);
	dns_wire_put_u32(w, ttl);
	put_u16(w, 0);
	w->rdata_at = w->len;
	w->counts[section]++;
}

void dns_wire_end_record(struct dns_writer *w)
{
	if (!w->is_full)
		set_u16(w->out + w->rdata_at - 2, w->len - w->rdata_at);
}

size_t dns_wire_finish(struct dns_writer *w, uint16_t id, uint16_t flags)
{
	size_t i;

	if (w->is_full)
		return 0;
	set_u16(w->out, id);
	set_u16(w->out + DNS_FLAGS_AT, flags);
	for (i = 0; i < DNS_SECTIONS; i++)
		set_u16(w->out + DNS_COUNTS_AT + 2 * i, w->counts[i]);
	return w->len;
}
