/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/proxy_header.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

static const char v1_begin[] = "PROXY ";
static const unsigned char v2_begin[] = {'\r', '\n', '\r', '\n', 0,   '\r',
					 '\n', 'Q',  'U',  'I',	 'T', '\n'};

/* Whether the bytes begin with the text, as far as there are any. */
static bool agree(const unsigned char *bytes, size_t len, const void *text, size_t text_len)
{
	return memcmp(bytes, text, len < text_len ? len : text_len) == 0;
}

/* An address as the protocol has it: four or sixteen bytes in network order. An IPv4-mapped one is
 * the IPv4 address, as everywhere here. */
static struct addr addr_of_bytes(sa_family_t family, const void *bytes)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct addr a = {0};

	memcpy(&v4.sin_addr, bytes, sizeof(v4.sin_addr));
	if (family == AF_INET6)
		memcpy(&v6.sin6_addr, bytes, sizeof(v6.sin6_addr));
	addr_from_sockaddr(family == AF_INET6 ? (const struct sockaddr *)&v6
					      : (const struct sockaddr *)&v4,
			   &a);
	return a;
}

/* ---------------------------------------------------------------- version 1 */

/* inet_pton() is as strict as the specification: no zeros in front, no brackets, no zone. */
static bool read_v1_addr(struct slice text, sa_family_t family, struct addr *ret)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	char copy[ADDR_TEXT_MAX];

	if (str_copy(copy, sizeof(copy), text) != 0 || inet_pton(family, copy, bytes) != 1)
		return false;
	*ret = addr_of_bytes(family, bytes);
	return true;
}

static bool is_v1_port(struct slice text)
{
	uint64_t port;

	return (text.len == 1 || (text.len > 1 && text.p[0] != '0')) &&
	       str_parse_uint(text, UINT16_MAX, &port) == 0;
}

/* rest: "192.0.2.1 198.51.100.1 56324 443". Only one blank between two of them, and no more. */
static bool read_v1_addresses(struct slice rest, sa_family_t family, struct addr *ret)
{
	struct slice source, destination, port;
	struct addr other;

	return slice_cut(rest, ' ', &source, &rest) && slice_cut(rest, ' ', &destination, &rest) &&
	       slice_cut(rest, ' ', &port, &rest) && is_v1_port(port) && is_v1_port(rest) &&
	       read_v1_addr(destination, family, &other) && read_v1_addr(source, family, ret);
}

/* The line without its beginning and end. */
static enum proxy_verdict read_v1(struct slice line, struct proxy_header *h)
{
	struct slice family, rest;

	slice_cut(line, ' ', &family, &rest);
	if (slice_eq(family, "UNKNOWN")) { /* the rest is to be ignored */
		h->source = PROXY_SOURCE_NOBODY;
		return PROXY_WHOLE;
	}
	h->source = PROXY_SOURCE_CLIENT;
	if (slice_eq(family, "TCP4") && read_v1_addresses(rest, AF_INET, &h->client))
		return PROXY_WHOLE;
	if (slice_eq(family, "TCP6") && read_v1_addresses(rest, AF_INET6, &h->client))
		return PROXY_WHOLE;
	return PROXY_MALFORMED;
}

static enum proxy_verdict parse_v1(const unsigned char *bytes, size_t len, struct proxy_header *h)
{
	const size_t most = len < PROXY_HEADER_V1_MAX ? len : PROXY_HEADER_V1_MAX;
	const size_t begin = sizeof(v1_begin) - 1;
	const unsigned char *lf = memchr(bytes, '\n', most);

	if (lf == NULL)
		return len < PROXY_HEADER_V1_MAX ? PROXY_MORE : PROXY_MALFORMED;
	h->len = (size_t)(lf - bytes) + 1;
	if (h->len < begin + 2 || lf[-1] != '\r')
		return PROXY_MALFORMED;
	return read_v1((struct slice){.p = (const char *)bytes + begin, .len = h->len - 2 - begin},
		       h);
}

/* ---------------------------------------------------------------- version 2 */

enum {
	V2_VERSION = 2,
	COMMAND_LOCAL = 0,
	COMMAND_PROXY = 1,
	TLV_HEAD = 3, /* type, and two bytes of length */
	TLV_CRC32C = 3,
	CRC_LEN = 4,
};

/* What the byte of family and protocol means. Others than these are to be refused. */
struct v2_family {
	unsigned char byte;
	sa_family_t family; /* AF_UNSPEC: no address that is one here */
	size_t block;	    /* bytes of addresses and ports */
};

static const struct v2_family *find_family(unsigned char byte)
{
	static const struct v2_family families[] = {
		{0x00, AF_UNSPEC, 0},	{0x11, AF_INET, 12},   {0x12, AF_UNSPEC, 12},
		{0x21, AF_INET6, 36},	{0x22, AF_UNSPEC, 36}, {0x31, AF_UNSPEC, 216},
		{0x32, AF_UNSPEC, 216},
	};
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].byte == byte)
			return &families[i];
	return NULL;
}

/* The checksum of RFC 4960, appendix B, over a header whose own field at zeros counts as zeros. */
static uint32_t crc32c(const unsigned char *bytes, size_t len, const unsigned char *zeros)
{
	const uint32_t polynomial = 0x82f63b78; /* Castagnoli's, its bits reversed */
	uint32_t crc = UINT32_MAX;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		if (bytes + i < zeros || bytes + i >= zeros + CRC_LEN)
			crc ^= bytes[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0);
	}
	return ~crc;
}

static bool crc_is_right(const unsigned char *bytes, size_t len, const unsigned char *field)
{
	uint32_t said;

	memcpy(&said, field, sizeof(said));
	return ntohl(said) == crc32c(bytes, len, field);
}

/* What follows the addresses, from at to the end: a type, a length and that many bytes, as often as
 * they fit. None is used but the checksum, which not every proxy sends. */
static bool are_tlvs_right(const unsigned char *bytes, size_t at, size_t end)
{
	size_t len;

	while (at < end) {
		if (end - at < TLV_HEAD)
			return false;
		len = (size_t)bytes[at + 1] << 8 | bytes[at + 2];
		if (len > end - at - TLV_HEAD)
			return false;
		if (bytes[at] == TLV_CRC32C &&
		    (len != CRC_LEN || !crc_is_right(bytes, end, bytes + at + TLV_HEAD)))
			return false;
		at += TLV_HEAD + len;
	}
	return true;
}

/* Of a client. Where the specification says to ignore the addresses without a word on how many
 * bytes they have (UNSPEC), nothing after them can be found either. */
static enum proxy_verdict read_v2(const unsigned char *bytes, const struct v2_family *family,
				  struct proxy_header *h)
{
	const size_t block = PROXY_HEADER_V2_HEAD + family->block;

	h->source = PROXY_SOURCE_NOBODY;
	if (family->block == 0)
		return PROXY_WHOLE;
	if (h->len < block || !are_tlvs_right(bytes, block, h->len))
		return PROXY_MALFORMED;
	if (family->family == AF_UNSPEC)
		return PROXY_WHOLE;
	h->source = PROXY_SOURCE_CLIENT;
	h->client = addr_of_bytes(family->family, bytes + PROXY_HEADER_V2_HEAD);
	return PROXY_WHOLE;
}

static enum proxy_verdict parse_v2(const unsigned char *bytes, size_t len, struct proxy_header *h)
{
	const struct v2_family *family;
	unsigned command;

	if (len < PROXY_HEADER_V2_HEAD)
		return PROXY_MORE;
	command = bytes[12] & 0x0f;
	family = find_family(bytes[13]);
	h->len = PROXY_HEADER_V2_HEAD + ((size_t)bytes[14] << 8 | bytes[15]);
	/* Of LOCAL the family is to be ignored, with all that follows it. */
	if (bytes[12] >> 4 != V2_VERSION || command > COMMAND_PROXY || h->len > PROXY_HEADER_MAX ||
	    (command == COMMAND_PROXY && family == NULL))
		return PROXY_MALFORMED;
	if (len < h->len)
		return PROXY_MORE;
	if (command == COMMAND_PROXY)
		return read_v2(bytes, family, h);
	h->source = PROXY_SOURCE_PROXY;
	return PROXY_WHOLE;
}

enum proxy_verdict proxy_header_parse(const unsigned char *bytes, size_t len,
				      struct proxy_header *ret)
{
	struct proxy_header h = {0};
	enum proxy_verdict verdict;

	if (agree(bytes, len, v1_begin, sizeof(v1_begin) - 1))
		verdict = parse_v1(bytes, len, &h);
	else if (agree(bytes, len, v2_begin, sizeof(v2_begin)))
		verdict = parse_v2(bytes, len, &h);
	else
		verdict = PROXY_MISSING;
	if (verdict == PROXY_WHOLE)
		*ret = h;
	return verdict;
}
