/* SPDX-License-Identifier: BSD-2-Clause
 * CSV, read and written. What is wrong with it: tests/unit/ctl/import_csv.c. */
#include "ctl/csv.h"

#include <stdio.h>

#include "kit/unit.h"

static const struct {
	const char *text;
	const char *want; /* "LINE[CELL][CELL]" for each record */
} read_rows[] = {
	{"", ""},
	{"a,b\nc,d", "1[a][b]2[c][d]"},
	{"a,b\r\n\r\nc,d\r\n", "1[a][b]3[c][d]"},
	{"a;b,c\n", "1[a][b,c]"},
	{"a\tb;c", "1[a][b;c]"},
	{"a,\n,\n", "1[a][]2[][]"},
	{"\"a,b\",\"c\"\"d\"\n", "1[a,b][c\"d]"},
	{"\"a\nb\",c\nd,e", "1[a\nb][c]3[d][e]"},
	{"\"\",\"\"", "1[][]"},
};

START_TEST(records_are_read)
{
	char text[128], got[256];
	size_t i, k, len;

	for (i = 0; i < N_ELEMENTS(read_rows); i++) {
		struct csv_record r;
		struct csv c;
		bool more = true;

		snprintf(text, sizeof(text), "%s", read_rows[i].text);
		csv_begin(&c, text, strlen(text));
		got[0] = '\0';
		while (csv_next(&c, &r, &more, NULL) == 0 && more) {
			len = strlen(got);
			len += (size_t)snprintf(got + len, sizeof(got) - len, "%zu", r.line);
			for (k = 0; k < r.n; k++)
				len += (size_t)snprintf(got + len, sizeof(got) - len, "[%.*s]",
							(int)r.cells[k].len, r.cells[k].p);
		}
		ck_assert_msg(strcmp(got, read_rows[i].want) == 0, "row %zu: %s", i, got);
	}
}
END_TEST

START_TEST(too_many_cells_are_refused)
{
	char text[] = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,"
		      "29,30,31,32,33";
	struct errinfo ei = ERRINFO_INIT;
	struct csv_record r;
	struct csv c;
	bool more;

	csv_begin(&c, text, strlen(text));
	ck_assert_int_eq(csv_next(&c, &r, &more, &ei), ERR_LIMIT);
	ck_assert_str_eq(ei.text, "line 1: more than 32 cells");
}
END_TEST

START_TEST(cells_are_quoted_where_they_need_it)
{
	static const char *const cells[] = {"a", "", "b c", "d,e", "f\"g", "h\ni", "j;k"};
	struct buf out;
	size_t i;

	buf_init(&out, 128);
	for (i = 0; i < N_ELEMENTS(cells); i++)
		csv_add(&out, i == 0, cells[i]);
	ck_assert_str_eq(buf_str(&out), "a,,b c,\"d,e\",\"f\"\"g\",\"h\ni\",\"j;k\"");
	buf_fini(&out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		records_are_read,
		too_many_cells_are_refused,
		cells_are_quoted_where_they_need_it,
	};

	return unit_run("csv", tests, N_ELEMENTS(tests));
}
