/* SPDX-License-Identifier: BSD-2-Clause
 * The libcurl that runs. */
#include "fetch/libcurl.h"

#include "kit/unit.h"

START_TEST(this_libcurl_has_what_is_needed)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(fetch_libcurl_init(&ei), 0);
	ck_assert_int_eq(fetch_libcurl_init(&ei), 0); /* once for each client */
	ck_assert_str_eq(ei.text, "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		this_libcurl_has_what_is_needed,
	};

	return unit_run("libcurl", tests, N_ELEMENTS(tests));
}
