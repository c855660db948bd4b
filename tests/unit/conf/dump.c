/* SPDX-License-Identifier: BSD-2-Clause
 * The configuration as text, which loads again. */
#include "conf/dump.h"

#include <stdio.h>

#include "conf/conf.h"
#include "kit/conf_kit.h"
#include "kit/fake_malloc.h"
#include "conf/load.h"
#include "kit/unit.h"

START_TEST(a_dump_loads_and_dumps_the_same)
{
	static const char *const table[] = {"MOORING_ZONE=a.example", "MOORING_STORE_TYPE=dynamodb",
					    "MOORING_ZONE_NAME_SERVERS=n.s", NULL};
	struct conf *c[] = {
		conf_kit_good(conf_kit_everything, NULL),
		conf_kit_good("zone dyn.example.com { name-server-addresses = ::1 }", NULL),
		conf_kit_good(NULL, table), conf_kit_good(conf_kit_all_forms, NULL)};
	size_t i;

	for (i = 0; i < N_ELEMENTS(c); i++) {
		char *first = conf_kit_dump(c[i]), *second;
		struct conf *again = conf_kit_good(first, NULL);

		second = conf_kit_dump(again);
		ck_assert_str_eq(first, second);
		free(first);
		free(second);
		conf_free(again);
		conf_free(c[i]);
	}
}
END_TEST

START_TEST(a_dump_that_cannot_be_written_says_so)
{
	struct conf *c = conf_kit_good("zone a.example { name-servers = n.s }", NULL);
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(conf_dump(c, full), ERR_IO);
	fclose(full);
	conf_free(c);
}
END_TEST

START_TEST(a_dump_without_memory_says_so)
{
	struct conf *c = conf_kit_good(conf_kit_everything, NULL);
	FILE *out = fopen("/dev/null", "w");
	size_t n;

	ck_assert_ptr_nonnull(out);
	for (n = 1;; n++) {
		int err;

		fake_malloc_fail_at(n);
		err = conf_dump(c, out);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
	}
	ck_assert_uint_gt(n, 1);
	fclose(out);
	conf_free(c);
	conf_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_dump_loads_and_dumps_the_same,
		a_dump_that_cannot_be_written_says_so,
		a_dump_without_memory_says_so,
	};

	return unit_run("dump", tests, N_ELEMENTS(tests));
}
