/* SPDX-License-Identifier: BSD-2-Clause
 * SipHash, and the hash of a prefix. */
#include "net/hash.h"

#include "net/prefix.h"
#include "kit/unit.h"

static struct prefix prefix_of_text(const char *text)
{
	struct prefix p = {0};

	ck_assert_msg(prefix_parse(slice_of(text), &p) == 0, "%s", text);
	return p;
}

/* The published vectors: key 00 01 .. 0f, data 00 01 .. (len - 1). */
START_TEST(siphash_gives_its_published_values)
{
	static const struct {
		size_t len;
		uint64_t want;
	} rows[] = {
		{0, 0x726fdb47dd0e0e31},
		{8, 0x93f5f5799a932462},
		{15, 0xa129ca6149be45e5},
	};
	unsigned char data[16];
	uint64_t got;
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		got = hash_siphash(data, rows[i].len, 0x0706050403020100, 0x0f0e0d0c0b0a0908);
		ck_assert_msg(got == rows[i].want, "%zu: %llx", rows[i].len,
			      (unsigned long long)got);
	}
}
END_TEST

START_TEST(a_hash_depends_on_seed_address_and_length)
{
	struct prefix a = prefix_of_text("192.0.2.0/24"), again = a;
	struct prefix longer = prefix_of_text("192.0.2.0/25");
	struct prefix other = prefix_of_text("192.0.3.0/24");
	struct prefix zero4 = prefix_of_text("0.0.0.0/0"), zero6 = prefix_of_text("::/0");

	ck_assert(prefix_hash(&a, 1) == prefix_hash(&again, 1));
	ck_assert(prefix_hash(&a, 1) != prefix_hash(&a, 2));
	ck_assert(prefix_hash(&a, 1) != prefix_hash(&longer, 1));
	ck_assert(prefix_hash(&a, 1) != prefix_hash(&other, 1));
	ck_assert(prefix_hash(&zero4, 1) != prefix_hash(&zero6, 1));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		siphash_gives_its_published_values,
		a_hash_depends_on_seed_address_and_length,
	};

	return unit_run("hash", tests, N_ELEMENTS(tests));
}
