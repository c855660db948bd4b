/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

/* What it prints; the caller frees it. */
static char *print(const struct table *t)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	table_print(t, f);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

static const struct {
	size_t n_columns;
	const char *cells[9]; /* NULL: the end */
	const char *want;
} rows[] = {
	{3, {NULL}, ""},
	{1, {"a", "bb"}, "a\nbb\n"},
	{3, {"a", "b", "c", "longer", "b", "c"}, "a       b  c\nlonger  b  c\n"},
	/* The last column has no width. */
	{2, {"a", "long text", "b", "c"}, "a  long text\nb  c\n"},
	/* Nothing follows a line's last cell. */
	{3, {"a", "", "", "b", "c", "", "d", "", "e"}, "a\nb  c\nd     e\n"},
	{2, {"", ""}, "\n"},
	/* As wide as a terminal shows it: an umlaut is one column, a character of Chinese is two,
	 * an accent that is combined with the letter before it is none. */
	{2, {"\303\274", "x", "ab", "x"}, "\303\274   x\nab  x\n"},
	{2, {"\346\270\257", "x", "abc", "x"}, "\346\270\257   x\nabc  x\n"},
	{2, {"e\314\201", "x", "ab", "x"}, "e\314\201   x\nab  x\n"},
	/* What is no UTF-8 counts a column a byte. */
	{2, {"\377\376", "x", "abc", "x"}, "\377\376   x\nabc  x\n"},
	{2, {"a\303", "x", "abc", "x"}, "a\303   x\nabc  x\n"},
	{2, {"a\001", "x", "abc", "x"}, "a\001   x\nabc  x\n"},
};

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct table *t = table_new(rows[i].n_columns);
		char *got;

		ck_assert_ptr_nonnull(t);
		for (k = 0; k < N_ELEMENTS(rows[i].cells) && rows[i].cells[k] != NULL;
		     k += rows[i].n_columns)
			ck_assert_int_eq(table_add(t, rows[i].cells + k), 0);
		got = print(t);
		ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %zu:\n%s", i, got);
		free(got);
		table_free(t);
	}
}
END_TEST

START_TEST(there_may_be_many_lines)
{
	enum { LINES = 1000, COLUMNS = 3, LINE_LEN = 3 + 2 + 3 + 2 + 3 + 1 };
	struct table *t = table_new(COLUMNS);
	char text[16], *got;
	int i;

	for (i = 0; i < LINES; i++) {
		const char *cells[COLUMNS] = {text, text, text};

		snprintf(text, sizeof(text), "%03d", i);
		ck_assert_int_eq(table_add(t, cells), 0);
	}
	got = print(t);
	ck_assert_uint_eq(strlen(got), LINES * LINE_LEN);
	ck_assert_int_eq(strncmp(got + 640 * LINE_LEN, "640  640  640\n", LINE_LEN), 0);
	free(got);
	table_free(t);
}
END_TEST

START_TEST(a_line_is_there_whole_or_not_at_all)
{
	static const char *const first[] = {"a", "b"}, *const second[] = {"much longer", "d"};
	size_t n;

	for (n = 1;; n++) {
		struct table *t = table_new(2);
		char *got;
		bool failed;
		int err;

		ck_assert_int_eq(table_add(t, first), 0);
		fake_malloc_fail_at(n);
		err = table_add(t, second);
		failed = fake_malloc_off();
		ck_assert_int_eq(err, failed ? ERR_NOMEM : 0);
		got = print(t);
		ck_assert_int_eq(strchr(got, '\n')[1] == '\0', failed);
		free(got);
		table_free(t);
		if (!failed)
			break;
	}
	ck_assert_uint_ge(n, 3);
}
END_TEST

START_TEST(there_may_be_no_table)
{
	struct table *t;

	fake_malloc_fail_at(1);
	t = table_new(2);
	ck_assert(fake_malloc_off());
	ck_assert_ptr_null(t);
	table_free(t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		columns_are_as_wide_as_their_widest_cell,
		there_may_be_many_lines,
		a_line_is_there_whole_or_not_at_all,
		there_may_be_no_table,
	};

	return unit_run("table", tests, N_ELEMENTS(tests));
}
