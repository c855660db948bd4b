/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mac.h"

#include "kit/unit.h"

/* RFC 4231, section 4, and the two keys around the block's length. */
START_TEST(the_published_values_come_out)
{
	static const struct {
		char key_byte; /* repeated; '\0': key is the text */
		size_t key_len;
		const char *key;
		const char *text;
		const char *mac;
	} rows[] = {
		{'\x0b', 20, NULL, "Hi There",
		 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{'\0', 4, "Jefe", "what do ya want for nothing?",
		 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{'\xaa', 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
		 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{'\xaa', 131, NULL,
		 "This is a test using a larger than block-size key and a larger than block-size "
		 "data. The key needs to be hashed before being used by the HMAC algorithm.",
		 "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
		{'k', 64, NULL, "t",
		 "5cb339c17fe343fb30562ad4d98ea86ddc331f8a3de34bf0b40b222f5f14b6b0"},
		{'k', 65, NULL, "t",
		 "975643b93d738aaa11c25fdc971d4c06e7a3e2246458212c979a16108b461e83"},
		{'\0', 0, "", "",
		 "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
	};
	char key[131], hex[2 * MAC_LEN + 1];
	unsigned char mac[MAC_LEN];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct slice k = {rows[i].key, rows[i].key_len};

		if (rows[i].key_byte != '\0') {
			memset(key, rows[i].key_byte, rows[i].key_len);
			k.p = key;
		}
		ck_assert_int_eq(mac_sha256(k, slice_of(rows[i].text), mac), 0);
		str_hex(hex, mac, sizeof(mac));
		ck_assert_msg(strcmp(hex, rows[i].mac) == 0, "row %zu: %s", i, hex);
	}
}
END_TEST

START_TEST(a_text_may_be_missing_and_its_place_may_take_the_result)
{
	unsigned char a[MAC_LEN], b[MAC_LEN];

	ck_assert_int_eq(mac_sha256(slice_of("key"), slice_of(NULL), a), 0);
	ck_assert_int_eq(mac_sha256(slice_of("key"), slice_of(""), b), 0);
	ck_assert_mem_eq(a, b, MAC_LEN);
	memset(a, 'x', sizeof(a));
	ck_assert_int_eq(mac_sha256(slice_of("key"), (struct slice){(char *)a, MAC_LEN}, b), 0);
	ck_assert_int_eq(mac_sha256(slice_of("key"), (struct slice){(char *)a, MAC_LEN}, a), 0);
	ck_assert_mem_eq(a, b, MAC_LEN);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_published_values_come_out,
		a_text_may_be_missing_and_its_place_may_take_the_result,
	};

	return unit_run("mac", tests, N_ELEMENTS(tests));
}
