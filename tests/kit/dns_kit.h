/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of the name server: queries made byte by byte, answers read back as one line of text.
 * Whatever goes wrong fails the running test. */
#ifndef MOORING_TESTS_KIT_DNS_KIT_H
#define MOORING_TESTS_KIT_DNS_KIT_H

#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "dns/dns_server.h"
#include "dns/zone.h"
#include "kit/values.h"
#include "net/fqdn.h"

enum { DNS_KIT_MESSAGE_MAX = 4096, DNS_KIT_TEXT_MAX = 16384 };
enum { DNS_KIT_A = 1, DNS_KIT_NS = 2, DNS_KIT_SOA = 6, DNS_KIT_AAAA = 28, DNS_KIT_ANY = 255 };

struct dns_kit_message {
	size_t len;
	size_t options_at; /* of the OPT record that was added last */
	uint8_t bytes[DNS_KIT_MESSAGE_MAX];
};

/* A query with RD for name ("" is the root; "\\." is a dot within a label), class IN. */
struct dns_kit_message dns_kit_query(const char *name, uint16_t type);
/* Appends an OPT record. */
void dns_kit_add_opt(struct dns_kit_message *m, uint16_t payload_size, uint8_t version,
		     uint16_t flags);

/* Appends an option to the OPT record, behind which nothing stands. */
void dns_kit_add_option(struct dns_kit_message *m, uint16_t code, const void *data, size_t len);

/* The bytes of the answer to a query's bytes, without a cookie; 0: none. */
size_t dns_kit_answer(struct dns_zone *const zones[], size_t n_zones, enum dns_transport transport,
		      const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX]);

/* "NOERROR aa rd | answer records | authority | additional", records as "owner ttl TYPE data" and
 * separated by ", "; the serial of a SOA stands as "#". Also says "edns=SIZE", "do", "tc",
 * "cookie=HEX". */
const char *dns_kit_read(const uint8_t *answer, size_t len);

/* dyn.example.com with the name servers ns1.dyn.example.com (192.0.2.53, 2001:db8::53) and
 * ns.example.net. */
struct dns_server_zone dns_kit_zone_conf(void);
void dns_kit_upsert(struct dns_zone *z, const char *name, const char *addr, uint32_t ttl);

#endif
