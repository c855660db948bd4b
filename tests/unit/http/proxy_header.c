/* SPDX-License-Identifier: BSD-2-Clause
 * Headers of the PROXY protocol: right ones, whole and torn, and each way to be wrong. */
#include "http/proxy_header.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "kit/unit.h"
#include "kit/values.h"

enum { BYTES_MAX = PROXY_HEADER_MAX + 64, TAIL = 8 };

struct bytes {
	size_t len;
	unsigned char at[BYTES_MAX];
};

static void put(struct bytes *b, const void *data, size_t len)
{
	ck_assert_uint_le(b->len + len, sizeof(b->at));
	memcpy(b->at + b->len, data, len);
	b->len += len;
}

static void put_hex(struct bytes *b, const char *hex)
{
	unsigned value;
	unsigned char byte;
	int n;

	for (; *hex != '\0'; hex += n) {
		ck_assert_msg(sscanf(hex, " %2x%n", &value, &n) == 1, "no hex: %s", hex);
		byte = (unsigned char)value;
		put(b, &byte, 1);
	}
}

static const char signature[] = "0d0a0d0a000d0a515549540a";

/* A header of version 2: its bytes 13 and 14, what follows its length, and that length, or the real
 * one. */
static struct bytes v2(const char *head, const char *rest, int len)
{
	struct bytes b = {0}, tail = {0};
	unsigned char be[2];

	put_hex(&tail, rest);
	if (len < 0)
		len = (int)tail.len;
	be[0] = (unsigned char)(len >> 8);
	be[1] = (unsigned char)len;
	put_hex(&b, signature);
	put_hex(&b, head);
	put(&b, be, 2);
	put(&b, tail.at, tail.len);
	return b;
}

static struct bytes v1(const char *text)
{
	struct bytes b = {0};

	put(&b, text, strlen(text));
	return b;
}

/* The same bytes, cut after each, and followed by others. */
static void check_right(const struct bytes *b, enum proxy_source source, const char *client,
			const char *what)
{
	struct addr want = value_addr(client);
	struct proxy_header h = {.len = 1};
	struct bytes more = *b;
	size_t i;

	for (i = 1; i < b->len; i++)
		ck_assert_msg(proxy_header_parse(b->at, i, &h) == PROXY_MORE && h.len == 1,
			      "%s, cut after %zu", what, i);
	put(&more, "PROXY \r\n", TAIL);
	for (i = b->len; i <= b->len + TAIL; i += TAIL) {
		memset(&h, 0xff, sizeof(h));
		ck_assert_msg(proxy_header_parse(more.at, i, &h) == PROXY_WHOLE, "%s", what);
		ck_assert_msg(h.len == b->len, "%s: %zu bytes", what, h.len);
		ck_assert_msg(h.source == source, "%s", what);
		ck_assert_msg(addr_equal(&h.client, &want), "%s", what);
	}
}

static void check_wrong(const struct bytes *b, enum proxy_verdict want, const char *what)
{
	struct proxy_header h = {.len = 1};
	enum proxy_verdict verdict = PROXY_MORE;
	size_t i;

	/* However it is cut, the answer is the same in the end, and never that it is right. */
	for (i = 1; i <= b->len; i++) {
		verdict = proxy_header_parse(b->at, i, &h);
		ck_assert_msg(verdict != PROXY_WHOLE && h.len == 1, "%s, cut after %zu", what, i);
		if (verdict != PROXY_MORE)
			break;
	}
	ck_assert_msg(verdict == want, "%s: %d", what, (int)verdict);
	ck_assert_msg(proxy_header_parse(b->at, b->len, &h) == want, "%s", what);
}

START_TEST(a_line_of_version_1_names_the_client)
{
	static const struct {
		const char *line;
		enum proxy_source source;
		const char *client;
	} rows[] = {
		{"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", PROXY_SOURCE_CLIENT,
		 "192.0.2.1"},
		{"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", PROXY_SOURCE_CLIENT,
		 "255.255.255.255"},
		{"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", PROXY_SOURCE_CLIENT, "0.0.0.0"},
		{"PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n", PROXY_SOURCE_CLIENT,
		 "2001:db8::1"},
		{"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
		 PROXY_SOURCE_CLIENT, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"PROXY TCP6 ::FFFF:192.0.2.9 ::ffff:192.0.2.8 1 2\r\n", PROXY_SOURCE_CLIENT,
		 "192.0.2.9"},
		{"PROXY UNKNOWN\r\n", PROXY_SOURCE_NOBODY, ""},
		{"PROXY UNKNOWN \r\n", PROXY_SOURCE_NOBODY, ""},
		{"PROXY UNKNOWN 192.0.2.1 x\ry\r\n", PROXY_SOURCE_NOBODY, ""},
		/* 107 bytes. */
		{"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
		 PROXY_SOURCE_NOBODY, ""},
	};
	struct bytes b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		b = v1(rows[i].line);
		ck_assert_uint_le(b.len, PROXY_HEADER_V1_MAX);
		check_right(&b, rows[i].source, rows[i].client, rows[i].line);
	}
}
END_TEST

START_TEST(a_line_of_version_1_that_breaks_a_rule_is_refused)
{
	static const char *const rows[] = {
		"PROXY \r\n",
		"PROXY  TCP4 192.0.2.1 198.51.100.1 1 2\r\n",
		"PROXY TCP4\r\n",
		"PROXY TCP4 192.0.2.1\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1 \r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n",
		"PROXY TCP4 192.0.2.1  198.51.100.1 1 2\r\n",
		"PROXY TCP4\t192.0.2.1 198.51.100.1 1 2\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 x 2\r\n",
		"PROXY TCP4 192.0.2.01 198.51.100.1 1 2\r\n",
		"PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n",
		"PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n",
		"PROXY TCP4 192.0.2.1/32 198.51.100.1 1 2\r\n",
		"PROXY TCP4 192.0.2.1 ::1 1 2\r\n",
		"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
		"PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
		"PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2\r\n",
		"PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\r\n",
		"PROXY TCP6 2001:db8:::1 2001:db8::2 1 2\r\n",
		"PROXY tcp4 192.0.2.1 198.51.100.1 1 2\r\n",
		"PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n",
		"PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n",
		"PROXY UNKNOWNX\r\n",
		"PROXY unknown\r\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r \n",
		"PROXY TCP4 192.0.2.1 198.51.100.1 1 22\n",
		"PROXY UNKNOWN\n",
		/* 108 bytes, with and without an end. */
		"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655350\r\n",
		"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655350xx",
		/* 107 bytes: no more will come. */
		"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655350x",
	};
	static const char nul[] = "PROXY TCP4 192.0.2.1\0 198.51.100.1 1 2\r\n";
	struct bytes b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		b = v1(rows[i]);
		check_wrong(&b, PROXY_MALFORMED, rows[i]);
	}
	b = (struct bytes){0};
	put(&b, nul, sizeof(nul) - 1);
	check_wrong(&b, PROXY_MALFORMED, "a NUL");
}
END_TEST

#define V4    "c0000201 c6336401 dc04 01bb"
#define V6    "20010db8000000000000000000000001 20010db8000000000000000000000002 0001 01bb"
#define X8(x) x x x x x x x x
#define UNIX  X8(X8("2f6162")) "0000000000000000000000000000000000000000 00000000"

START_TEST(a_header_of_version_2_names_the_client)
{
	static const struct {
		const char *head, *rest;
		enum proxy_source source;
		const char *client;
	} rows[] = {
		{"2111", V4, PROXY_SOURCE_CLIENT, "192.0.2.1"},
		{"2121", V6, PROXY_SOURCE_CLIENT, "2001:db8::1"},
		{"2121",
		 "00000000000000000000ffffc0000209 00000000000000000000ffffc0000208 00010002",
		 PROXY_SOURCE_CLIENT, "192.0.2.9"},
		/* TLVs: a NOOP of nothing, a name, AWS's own. */
		{"2111", V4 "040000 020003612e62 ea000301766d", PROXY_SOURCE_CLIENT, "192.0.2.1"},
		/* Checksums, of a header and of one with more in it; the latter is like AWS's. */
		{"2111", V4 "030004 CRC", PROXY_SOURCE_CLIENT, "192.0.2.1"},
		{"2121", V6 "ea000401767063 030004 CRC 04000400000000", PROXY_SOURCE_CLIENT,
		 "2001:db8::1"},
		/* Health checks: a family is to be ignored, and all that follows. */
		{"2000", "", PROXY_SOURCE_PROXY, ""},
		{"2000", "030004 00000000", PROXY_SOURCE_PROXY, ""},
		{"2011", V4, PROXY_SOURCE_PROXY, ""},
		{"2011", "ff", PROXY_SOURCE_PROXY, ""},
		{"20ff", "ffff", PROXY_SOURCE_PROXY, ""},
		/* Not told, or no address of TCP. */
		{"2100", "", PROXY_SOURCE_NOBODY, ""},
		{"2100", "ffffff", PROXY_SOURCE_NOBODY, ""},
		{"2112", V4, PROXY_SOURCE_NOBODY, ""},
		{"2122", V6, PROXY_SOURCE_NOBODY, ""},
		{"2131", UNIX, PROXY_SOURCE_NOBODY, ""},
		{"2132", UNIX "040001 00", PROXY_SOURCE_NOBODY, ""},
	};
	/* By another program than ours: CRC32c of these headers with zeros in the place of CRC. */
	static const char *const crcs[] = {"737ee919", "de5beaf9"};
	char rest[1024];
	const char *crc;
	size_t i, n_crcs = 0;
	struct bytes b;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		crc = strstr(rows[i].rest, "CRC");
		if (crc != NULL)
			snprintf(rest, sizeof(rest), "%.*s%s%s", (int)(crc - rows[i].rest),
				 rows[i].rest, crcs[n_crcs++], crc + 3);
		else
			snprintf(rest, sizeof(rest), "%s", rows[i].rest);
		b = v2(rows[i].head, rest, -1);
		check_right(&b, rows[i].source, rows[i].client, rows[i].rest);
	}
	ck_assert_uint_eq(n_crcs, N_ELEMENTS(crcs));
}
END_TEST

START_TEST(a_header_of_version_2_that_breaks_a_rule_is_refused)
{
	static const struct {
		const char *head, *rest;
		int len; /* -1: that of rest */
	} rows[] = {
		{"1111", V4, -1}, /* version */
		{"3111", V4, -1},
		{"0111", V4, -1},
		{"2211", V4, -1}, /* command */
		{"2f11", V4, -1},
		{"2113", V4, -1}, /* protocol */
		{"2110", V4, -1},
		{"2101", V4, -1},
		{"2141", V4, -1}, /* family */
		{"21f1", V4, -1},
		{"2111", "c0000201 c6336401 dc04 01", -1}, /* shorter than its addresses */
		{"2111", "", -1},
		{"2121", V4, -1},
		{"2131", V6, -1},
		{"2111", V4, 2049}, /* longer than we read */
		{"2111", V4, 65535},
		{"2000", "", 2049},
		{"2111", V4 "04", -1}, /* TLVs that end too early */
		{"2111", V4 "0400", -1},
		{"2111", V4 "040001", -1},
		{"2111", V4 "04000200", -1},
		{"2111", V4 "04ffff00", -1},
		{"2111", V4 "040000 ea", -1},
		{"2112", V4 "04", -1},
		{"2111", V4 "030004 00000000", -1}, /* checksums */
		{"2111", V4 "030003 000000", -1},
		{"2111", V4 "030005 0000000000", -1},
		{"2111", V4 "030005 f6e52b81 00", -1}, /* the right one, and a byte more */
		{"2111", V4 "030000", -1},
	};
	struct bytes b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		b = v2(rows[i].head, rows[i].rest, rows[i].len);
		check_wrong(&b, PROXY_MALFORMED, rows[i].rest);
	}
}
END_TEST

/* One of those above, each bit of it turned over: the checksum finds it. */
START_TEST(a_checksum_finds_every_bit_that_was_turned_over)
{
	struct bytes b = v2("2111", V4 "030004 737ee919", -1), wrong;
	struct proxy_header h;
	size_t i;

	ck_assert_int_eq(proxy_header_parse(b.at, b.len, &h), PROXY_WHOLE);
	for (i = 0; i < b.len * 8; i++) {
		wrong = b;
		wrong.at[i / 8] ^= (unsigned char)(1u << i % 8);
		/* LOCAL has none, nor has what is no checksum any more. */
		if (wrong.at[12] == 0x20 || wrong.at[28] != 3)
			continue;
		ck_assert_msg(proxy_header_parse(wrong.at, wrong.len, &h) != PROXY_WHOLE, "bit %zu",
			      i);
	}
}
END_TEST

START_TEST(what_begins_otherwise_is_known_at_once)
{
	static const struct {
		const char *hex;
		size_t at; /* how many bytes it takes */
	} rows[] = {
		{"16", 1},			  /* TLS */
		{"47455420", 1},		  /* GET */
		{"504f5354202f", 2},		  /* POST */
		{"50524920", 3},		  /* PRI */
		{"50524f585959", 6},		  /* PROXYY */
		{"00", 1},			  /* nothing */
		{"0d0a0d0a000d0a515549540d", 12}, /* almost */
		{"0d0a474554", 3},
		{"70726f787920", 1}, /* proxy */
	};
	struct proxy_header h;
	struct bytes b;
	size_t i, n;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		b = (struct bytes){0};
		put_hex(&b, rows[i].hex);
		for (n = 1; n <= b.len; n++)
			ck_assert_msg(proxy_header_parse(b.at, n, &h) ==
					      (n < rows[i].at ? PROXY_MORE : PROXY_MISSING),
				      "%s, %zu", rows[i].hex, n);
	}
}
END_TEST

/* Whatever comes: no byte beyond what there is is read (the sanitizer sees that), a whole header is
 * no longer than it may be, and with so many bytes there is always an answer. */
START_TEST(any_bytes_have_an_answer)
{
	enum { ROUNDS = 20000 };
	const struct bytes begins[] = {v1("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n"),
				       v1("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"),
				       v1("PROXY UNKNOWN\r\n"),
				       v2("2111", V4 "040002 0000 020001 61", -1)};
	static unsigned char full[PROXY_HEADER_MAX];
	uint32_t random = 1;
	size_t i, n, changes, len, whole = 0;

	for (i = 0; i < ROUNDS; i++) {
		struct proxy_header h = {0};
		unsigned char *exact;
		enum proxy_verdict verdict;

		len = begins[i % N_ELEMENTS(begins)].len;
		exact = malloc(len);
		memcpy(exact, begins[i % N_ELEMENTS(begins)].at, len);
		random = random * 1664525 + 1013904223;
		changes = random >> 30;
		for (n = 0; n < changes; n++) {
			random = random * 1664525 + 1013904223;
			exact[(random >> 8) % len] = (unsigned char)(random >> 24);
		}
		memcpy(full, exact, len);
		len -= (random >> 4) % 3 == 0 ? (random >> 9) % len : 0;
		exact = realloc(exact, len);
		verdict = proxy_header_parse(exact, len, &h);
		free(exact);
		whole += verdict == PROXY_WHOLE;
		ck_assert(verdict != PROXY_WHOLE || (h.len > 0 && h.len <= len));
		ck_assert_int_ne(proxy_header_parse(full, sizeof(full), &h), PROXY_MORE);
	}
	ck_assert_uint_gt(whole, ROUNDS / 10);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_line_of_version_1_names_the_client,
		a_line_of_version_1_that_breaks_a_rule_is_refused,
		a_header_of_version_2_names_the_client,
		a_header_of_version_2_that_breaks_a_rule_is_refused,
		a_checksum_finds_every_bit_that_was_turned_over,
		what_begins_otherwise_is_known_at_once,
		any_bytes_have_an_answer,
	};

	return unit_run("proxy_header", tests, N_ELEMENTS(tests));
}
