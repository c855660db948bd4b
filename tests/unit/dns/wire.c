/* SPDX-License-Identifier: BSD-2-Clause
 * DNS messages, byte by byte. */
#include "dns/wire.h"

#include <stdio.h>
#include <string.h>

#include "kit/unit.h"
#include "kit/values.h"

#define HEX_MAX 1024

/* As hexadecimal digits. */
static const char *hex(const uint8_t *bytes, size_t len)
{
	static char text[HEX_MAX];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < len; i++)
		snprintf(text + 2 * i, sizeof(text) - 2 * i, "%02x", bytes[i]);
	return text;
}

START_TEST(the_header_has_the_id_the_flags_and_the_counts)
{
	static const uint8_t root[] = {0};
	struct fqdn none = {.len = 0};
	uint8_t out[128];
	struct dns_writer w;
	size_t len, i;

	dns_wire_begin(&w, out, sizeof(out));
	dns_wire_question(&w, root, sizeof(root), &none, 0x0102, 0x0304);
	for (i = 0; i < 6; i++) {
		dns_wire_record(&w,
				i < 1	? DNS_ANSWER
				: i < 3 ? DNS_AUTHORITY
					: DNS_ADDITIONAL,
				&none, 1, 1, 0);
		dns_wire_end_record(&w);
	}
	len = dns_wire_finish(&w, 0xabcd, DNS_FLAG_QR | DNS_FLAG_AA | 3);
	ck_assert_uint_eq(len, DNS_HEADER_LEN + 5 + 6 * 11);
	ck_assert_str_eq(hex(out, DNS_HEADER_LEN + 5), "abcd840300010001000200030001020304");
}
END_TEST

START_TEST(a_record_has_its_length_and_its_data)
{
	static const struct {
		const char *v4, *v6;
		const char *want;
	} rows[] = {
		{"192.0.2.1", NULL, "0000010001123456780004c0000201"},
		{NULL, "2001:db8::53", "000001000112345678001020010db8000000000000000000000053"},
	};
	struct fqdn none = {.len = 0};
	size_t i, len;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct addr_pair pair = value_pair(rows[i].v4, rows[i].v6);
		struct dns_writer w;
		uint8_t out[64];

		dns_wire_begin(&w, out, sizeof(out));
		dns_wire_record(&w, DNS_ANSWER, &none, 1, 1, 0x12345678);
		dns_wire_put_addr(&w, rows[i].v4 != NULL ? &pair.v4 : &pair.v6);
		dns_wire_end_record(&w);
		len = dns_wire_finish(&w, 0, 0);
		ck_assert_str_eq(hex(out + DNS_HEADER_LEN, len - DNS_HEADER_LEN), rows[i].want);
	}
}
END_TEST

/* Each record's length is its own. */
START_TEST(a_second_record_has_a_length_of_its_own)
{
	struct fqdn none = {.len = 0};
	struct dns_writer w;
	uint8_t out[64];
	size_t len, i;

	dns_wire_begin(&w, out, sizeof(out));
	for (i = 1; i <= 2; i++) {
		dns_wire_record(&w, DNS_ANSWER, &none, 1, 1, 1);
		dns_wire_put_u32(&w, 0xfffefdfc);
		if (i == 2)
			dns_wire_put_u32(&w, 1);
		dns_wire_end_record(&w);
	}
	len = dns_wire_finish(&w, 0, 0);
	ck_assert_str_eq(hex(out + DNS_HEADER_LEN, len - DNS_HEADER_LEN),
			 "0000010001000000010004fffefdfc"
			 "0000010001000000010008fffefdfc00000001");
}
END_TEST

#define HOME_WIRE "\004home\003dyn\007example\003com" /* and the NUL behind it */

START_TEST(a_name_is_compressed_against_the_question)
{
	static const struct {
		const char *name;
		const char *want;
	} rows[] = {
		{"home.dyn.example.com", "c00c"},
		{"dyn.example.com", "c011"},
		{"example.com", "c015"},
		{"com", "c01d"},
		{"ns1.dyn.example.com", "036e7331c011"},
		{"a.b.com", "01610162c01d"},
		{"example.net", "076578616d706c65036e657400"},
		/* Not at the border of a label. */
		{"me.dyn.example.com", "026d65c011"},
		{"yn.example.com", "02796ec015"},
		{"", "00"},
	};
	struct fqdn home = value_name("home.dyn.example.com");
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fqdn name = {.len = (uint8_t)strlen(rows[i].name)};
		struct dns_writer w;
		uint8_t out[128];
		size_t at;

		memcpy(name.text, rows[i].name, name.len + 1U);
		dns_wire_begin(&w, out, sizeof(out));
		dns_wire_question(&w, (const uint8_t *)HOME_WIRE, sizeof(HOME_WIRE), &home, 1, 1);
		at = w.len;
		dns_wire_put_name(&w, &name);
		ck_assert_msg(strcmp(hex(out + at, w.len - at), rows[i].want) == 0, "%s: %s",
			      rows[i].name, hex(out + at, w.len - at));
	}
}
END_TEST

START_TEST(without_a_question_a_name_is_written_out)
{
	struct fqdn name = value_name("a.example");
	struct dns_writer w;
	uint8_t out[64];

	dns_wire_begin(&w, out, sizeof(out));
	dns_wire_put_name(&w, &name);
	ck_assert_str_eq(hex(out + DNS_HEADER_LEN, w.len - DNS_HEADER_LEN),
			 "0161076578616d706c6500");
}
END_TEST

/* 12 of the header, 11 before the data, 4 of it. */
START_TEST(what_does_not_fit_makes_no_message)
{
	enum { NEEDED = DNS_HEADER_LEN + 11 + 4 };
	struct fqdn none = {.len = 0};
	uint8_t out[NEEDED + 1];
	size_t cap;

	for (cap = DNS_HEADER_LEN; cap <= NEEDED; cap++) {
		struct dns_writer w;

		memset(out, 0xee, sizeof(out));
		dns_wire_begin(&w, out, cap);
		dns_wire_record(&w, DNS_ANSWER, &none, 1, 1, 1);
		dns_wire_put_u32(&w, 7);
		dns_wire_end_record(&w);
		ck_assert_msg(dns_wire_finish(&w, 1, 1) == (cap < NEEDED ? 0 : NEEDED), "%zu", cap);
		ck_assert_msg(out[cap] == 0xee, "%zu", cap);
	}
}
END_TEST

/* A short record behind one that did not fit is not written either. */
START_TEST(after_what_did_not_fit_nothing_is_written)
{
	static const struct addr_pair none;
	struct dns_writer w;
	uint8_t out[DNS_HEADER_LEN + 8];

	dns_wire_begin(&w, out, sizeof(out));
	dns_wire_put_addr(&w, &none.v6);
	ck_assert(w.is_full);
	dns_wire_put_u32(&w, 1);
	ck_assert_uint_eq(w.len, DNS_HEADER_LEN);
	ck_assert_uint_eq(dns_wire_finish(&w, 1, 1), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_header_has_the_id_the_flags_and_the_counts,
		a_record_has_its_length_and_its_data,
		a_second_record_has_a_length_of_its_own,
		a_name_is_compressed_against_the_question,
		without_a_question_a_name_is_written_out,
		what_does_not_fit_makes_no_message,
		after_what_did_not_fit_nothing_is_written,
	};

	return unit_run("wire", tests, N_ELEMENTS(tests));
}
