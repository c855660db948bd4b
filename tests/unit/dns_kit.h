/* SPDX-License-Identifier: BSD-2-Clause
 * For tests of the name server: queries made byte by byte, answers read back as one line of text.
 * Whatever goes wrong fails the running test. */
#ifndef MOORING_TESTS_DNS_KIT_H
#define MOORING_TESTS_DNS_KIT_H

#include <stddef.h>
#include <stdint.h>

#include "dns/server.h"
#include "dns/zone.h"
#include "net/fqdn.h"

enum { KIT_MESSAGE_MAX = 4096, KIT_TEXT_MAX = 16384 };
enum { KIT_A = 1, KIT_NS = 2, KIT_SOA = 6, KIT_AAAA = 28, KIT_ANY = 255 };

struct kit_message {
	size_t len;
	uint8_t bytes[KIT_MESSAGE_MAX];
};

/* A query with RD for name ("" is the root; "\\." is a dot within a label), class IN. */
struct kit_message kit_query(const char *name, uint16_t type);
/* Appends an OPT record. */
void kit_add_opt(struct kit_message *m, uint16_t payload_size, uint8_t version, uint16_t flags);

/* "NOERROR aa rd | answer records | authority | additional", records as "owner ttl TYPE data" and
 * separated by ", "; the serial of a SOA stands as "#". Also says "edns=SIZE", "do", "tc". */
const char *kit_read(const uint8_t *answer, size_t len);

struct fqdn kit_dname(const char *text);
struct addr kit_addr(const char *text);

/* dyn.example.com with the name servers ns1.dyn.example.com (192.0.2.53, 2001:db8::53) and
 * ns.example.net. */
struct dns_server_zone kit_zone_conf(void);
void kit_upsert(struct dns_zone *z, const char *name, const char *addr, uint32_t ttl);

#endif
