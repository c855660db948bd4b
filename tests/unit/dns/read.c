/* SPDX-License-Identifier: BSD-2-Clause
 * What is read of a message of somebody else's. */
#include "dns/read.h"

#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

START_TEST(numbers_have_their_high_byte_first)
{
	static const uint8_t header[DNS_HEADER_LEN] = {1, 2, 3, 4, 0xff, 0, 0, 6, 7, 8, 0x10, 9};

	ck_assert_uint_eq(dns_read_u16(header), 0x0102);
	ck_assert_uint_eq(dns_read_count(header, DNS_QUESTION), 0xff00);
	ck_assert_uint_eq(dns_read_count(header, DNS_ANSWER), 6);
	ck_assert_uint_eq(dns_read_count(header, DNS_AUTHORITY), 0x0708);
	ck_assert_uint_eq(dns_read_count(header, DNS_ADDITIONAL), 0x1009);
}
END_TEST

START_TEST(bytes_are_taken_as_long_as_there_are_enough)
{
	static const struct {
		size_t len, at, n;
		bool is_there;
	} rows[] = {
		{4, 0, 4, true},	 {4, 0, 5, false}, {4, 3, 1, true},
		{4, 3, 2, false},	 {4, 4, 0, true},  {4, 4, 1, false},
		{4, 0, SIZE_MAX, false}, {4, 5, 0, false}, {4, 9, 1, false},
	};
	static const uint8_t message[16];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct dns_reader r = {message, rows[i].len, rows[i].at};
		const uint8_t *p = dns_read_bytes(&r, rows[i].n);

		ck_assert_msg(p == (rows[i].is_there ? message + rows[i].at : NULL), "row %zu", i);
		ck_assert_msg(r.at == rows[i].at + (rows[i].is_there ? rows[i].n : 0), "row %zu",
			      i);
	}
}
END_TEST

#define A63  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L63  "\077" A63
#define LONG A63 "." A63 "." A63 "."

static const struct {
	const char *bytes;
	size_t len; /* 0: those of the string, and its NUL */
	size_t at;
	const char *want; /* as text; NULL: it is none */
	size_t want_at;
} name_rows[] = {
	{"", 0, 0, "", 1},
	{"\004HoMe\003dyn", 0, 0, "home.dyn", 10},
	{"\001*\003dyn", 0, 0, "*.dyn", 7},
	{"\003z-9\001A", 0, 0, "z-9.a", 7},
	{"\005_dmA_", 0, 0, "_dma_", 7},
	/* What stands in no name of ours: a dot, a blank, a byte above ASCII, NUL. */
	{"\003a.b", 0, 0, "a\001b", 5},
	{"\004a ~b", 0, 0, "a\001\001b", 6},
	{"\003a\303\274", 0, 0, "a\001\001", 5},
	{"\003a\0b\0", 5, 0, "a\001b", 5},
	{"\004/:@`", 0, 0, "\001\001\001\001", 6},
	{"\003[{,", 0, 0, "\001\001\001", 5},
	/* Compressed: against what came before, which is not the header's first byte to ldns. */
	{"-\003dyn\0\001a\300\001", 10, 6, "a.dyn", 10},
	{"-\003dyn\0\300\001", 8, 6, "dyn", 8},
	{"\003dyn\0\300\000", 7, 5, NULL, 0},
	{"-\300\001", 3, 1, NULL, 0},
	{"-\300\003\300\001", 5, 1, NULL, 0},
	{"-\003dyn\0\300", 7, 6, NULL, 0},
	{"\003dyn", 4, 0, NULL, 0},
	{"\003dy", 3, 0, NULL, 0},
	{"", 0, 1, NULL, 0},
	/* 255 bytes are a name, 256 are none. */
	{L63 L63 L63 "\075aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 0,
	 LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 255},
	{L63 L63 L63 "\076aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 0,
	 NULL, 0},
};

START_TEST(a_name_is_read_and_folded)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(name_rows); i++) {
		const char *bytes = name_rows[i].bytes, *want = name_rows[i].want;
		size_t len = name_rows[i].len != 0 ? name_rows[i].len : strlen(bytes) + 1;
		struct dns_reader r = {(const uint8_t *)bytes, len, name_rows[i].at};
		ldns_rdf *dname = NULL;
		struct fqdn name;
		int err = dns_read_name(&r, &dname);

		if (want == NULL) {
			ck_assert_msg(err == ERR_PROTOCOL, "row %zu: %d", i, err);
			continue;
		}
		ck_assert_msg(err == 0, "row %zu: %d", i, err);
		ck_assert_msg(r.at == name_rows[i].want_at, "row %zu: %zu", i, r.at);
		dns_read_text(dname, &name);
		ck_assert_msg(strcmp(name.text, want) == 0, "row %zu: %s", i, name.text);
		ck_assert_uint_eq(name.len, strlen(want));
		ldns_rdf_deep_free(dname);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		numbers_have_their_high_byte_first,
		bytes_are_taken_as_long_as_there_are_enough,
		a_name_is_read_and_folded,
	};

	return unit_run("read", tests, N_ELEMENTS(tests));
}
