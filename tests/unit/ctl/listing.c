/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/listing.h"

#include <string.h>

#include "ctl/table.h"
#include "kit/fake_malloc.h"
#include "kit/output_kit.h"
#include "kit/unit.h"

static const struct {
	bool as_json;
	int err;      /* of what was listed */
	int list_err; /* of an element */
	int want_err;
	const char *want;
	const char *sentence;
} rows[] = {
	{false, 0, 0, 0, "a  b\nc  d\n", ""},
	{true, 0, 0, 0, "[1,2]\n", ""},
	/* Nothing that is not whole. */
	{false, ERR_IO, 0, ERR_IO, "", ""},
	{true, ERR_IO, 0, ERR_IO, "", ""},
	{false, 0, ERR_NOMEM, ERR_NOMEM, "", "out of memory"},
	{true, 0, ERR_NOMEM, ERR_NOMEM, "", "out of memory"},
	{true, ERR_IO, ERR_NOMEM, ERR_IO, "", ""},
};

START_TEST(a_list_is_printed_whole_or_not_at_all)
{
	static const char *const first[] = {"a", "b"}, *const second[] = {"c", "d"};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct listing l;
		const char *got;
		int err;

		output_begin(stdout);
		listing_begin(&l, rows[i].as_json, 2);
		ck_assert((l.json != NULL) == rows[i].as_json);
		ck_assert((l.table != NULL) == !rows[i].as_json);
		if (rows[i].as_json) {
			listing_add(&l, json_integer(1));
			listing_add(&l, json_integer(2));
		} else {
			ck_assert_int_eq(table_add(l.table, first), 0);
			ck_assert_int_eq(table_add(l.table, second), 0);
		}
		ck_assert_int_eq(l.err, 0);
		if (rows[i].list_err != 0)
			l.err = rows[i].list_err;
		err = listing_end(&l, rows[i].err, &ei);
		got = output_end();
		ck_assert_msg(err == rows[i].want_err, "row %zu: %d", i, err);
		ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %zu: %s", i, got);
		ck_assert_msg(strcmp(ei.text, rows[i].sentence) == 0, "row %zu: %s", i, ei.text);
	}
}
END_TEST

START_TEST(without_memory_there_is_no_list)
{
	struct errinfo ei = ERRINFO_INIT;
	struct listing l;

	fake_malloc_fail_at(1);
	listing_begin(&l, false, 2);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(l.err, ERR_NOMEM);
	ck_assert_int_eq(listing_end(&l, 0, &ei), ERR_NOMEM);
	ck_assert_str_eq(ei.text, "out of memory");
}
END_TEST

START_TEST(an_element_that_was_not_made_is_trouble)
{
	struct errinfo ei = ERRINFO_INIT;
	struct listing l;

	listing_begin(&l, true, 2);
	listing_add(&l, NULL);
	ck_assert_int_eq(l.err, ERR_NOMEM);
	listing_add(&l, json_integer(1));
	ck_assert_int_eq(listing_end(&l, 0, &ei), ERR_NOMEM);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_list_is_printed_whole_or_not_at_all,
		without_memory_there_is_no_list,
		an_element_that_was_not_made_is_trouble,
	};

	return unit_run("listing", tests, N_ELEMENTS(tests));
}
