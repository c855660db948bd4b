/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/host_part.h"

#include "kit/unit.h"

static const struct {
	const char *url, *want;
} rows[] = {
	{"https://hooks.example.com/services/SECRET", "hooks.example.com"},
	{"https://hooks.example.com:8443?token=SECRET", "hooks.example.com:8443"},
	{"http://u:SECRET@a.example#SECRET", "a.example"},
	{"http://[2001:db8::1]:80/SECRET", "[2001:db8::1]:80"},
	{"smtp://[::1]:25", "[::1]:25"},
	{"smtp://127.0.0.1", "127.0.0.1"},
	{"smtp://LocalHost:2525/", "LocalHost:2525"},
	{"smtp://localhost.example", "localhost.example"},
	{"smtp://127", "127"},
	{"https://a\nb/", "a\\x0ab"},
	{"", ""},
};

START_TEST(the_host_alone_is_told)
{
	char out[HOST_PART_SIZE];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_str_eq(host_part(rows[i].url, out), rows[i].want);
}
END_TEST

START_TEST(an_address_in_its_place_is_found)
{
	char out[ADDR_TEXT_MAX];
	struct addr a = host_part_addr("http://[2001:db8::1]:80/SECRET");

	ck_assert_str_eq(addr_format(&a, out), "2001:db8::1");
	a = host_part_addr("smtp://127.0.0.1:25");
	ck_assert_str_eq(addr_format(&a, out), "127.0.0.1");
	a = host_part_addr("https://192.0.2.1.example/");
	ck_assert(!addr_is_set(&a));
	a = host_part_addr("");
	ck_assert(!addr_is_set(&a));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_host_alone_is_told, an_address_in_its_place_is_found};

	return unit_run("host_part", tests, N_ELEMENTS(tests));
}
