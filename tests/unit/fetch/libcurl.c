/* SPDX-License-Identifier: BSD-2-Clause
 * The libcurl that runs. */
#include "fetch/libcurl.h"

#include <stdio.h>

#include "kit/unit.h"

START_TEST(this_libcurl_has_what_is_needed)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(fetch_libcurl_init(&ei), 0);
	ck_assert_int_eq(fetch_libcurl_init(&ei), 0); /* once for each client */
	ck_assert_str_eq(ei.text, "");
}
END_TEST

START_TEST(its_version_is_three_numbers)
{
	unsigned major, minor, patch;

	ck_assert_int_eq(sscanf(fetch_libcurl_version(), "%u.%u.%u", &major, &minor, &patch), 3);
	ck_assert_uint_ge(major, 7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		this_libcurl_has_what_is_needed,
		its_version_is_three_numbers,
	};

	return unit_run("libcurl", tests, N_ELEMENTS(tests));
}
