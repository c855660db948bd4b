/* SPDX-License-Identifier: BSD-2-Clause
 * Writes a DNS answer into memory of fixed size, and needs no other: answering must not be what
 * ends the daemon when memory is short (ldns's writer does not survive a failed allocation). Pure;
 * any thread. */
#ifndef MOORING_DNS_WIRE_H
#define MOORING_DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/fqdn.h"

/* RFC 1035 §4.1.1: an id, flags with the opcode and the rcode, and the number of records in each
 * section, 16 bits each. */
enum { DNS_HEADER_LEN = 12, DNS_FLAGS_AT = 2, DNS_COUNTS_AT = 4 };
enum {
	DNS_FLAG_QR = 0x8000,
	DNS_FLAG_AA = 0x0400,
	DNS_FLAG_TC = 0x0200,
	DNS_FLAG_RD = 0x0100,
	DNS_OPCODE_SHIFT = 11,
	DNS_OPCODE_MASK = 0x0f,
	DNS_RCODE_MASK = 0x0f,
};
/* Where the flags of EDNS are in the TTL of its record (RFC 6891 §6.1.3). */
enum { DNS_EDNS_DO = 0x8000 };

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

/* When is_full is set, nothing more is written. So nobody needs to check before
 * dns_wire_finish(). */
struct dns_writer {
	uint8_t *out;
	size_t cap;
	size_t len;
	bool is_full;
	const struct fqdn *question; /* names are compressed against it; NULL until it is written */
	uint16_t counts[DNS_SECTIONS];
	size_t rdata_at; /* of the record that is being written */
};

/* cap >= DNS_HEADER_LEN; the header is left for dns_wire_finish(). */
void dns_wire_begin(struct dns_writer *w, uint8_t *out, size_t cap);
/* wire_name is the name as the client spelt it, name the same one folded for the lookup; both are
 * borrowed by w. */
void dns_wire_question(struct dns_writer *w, const uint8_t *wire_name, size_t wire_len,
		       const struct fqdn *name, uint16_t type, uint16_t class);
/* To write a record: begin it, put its data, end it. An empty name is the root. */
void dns_wire_record(struct dns_writer *w, enum dns_section section, const struct fqdn *owner,
		     uint16_t type, uint16_t class, uint32_t ttl);
void dns_wire_put_name(struct dns_writer *w, const struct fqdn *name);
void dns_wire_put(struct dns_writer *w, const void *data, size_t len);
void dns_wire_put_u32(struct dns_writer *w, uint32_t value);
void dns_wire_put_addr(struct dns_writer *w, const struct addr *addr);
void dns_wire_end_record(struct dns_writer *w);

/* Writes the header; returns the length of the message, 0 when it is full. */
size_t dns_wire_finish(struct dns_writer *w, uint16_t id, uint16_t flags);

#endif
