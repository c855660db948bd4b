/* SPDX-License-Identifier: BSD-2-Clause
 * What is read of the table, and what its texts become. */
#include "ctl/conform_table.h"

#include <string.h>

#include "kit/unit.h"

static const char *const whole[] = {
	"row A1 F2: both families",
	"before $host 8.8.4.4 *",
	"before $host2 * 2001:db8::1",
	"as wrong",
	"ask POST /nic/update?hostname=$host HTTP/1.0",
	"head -User-Agent",
	"body myip=8.8.8.8",
	"reply 200 good 8.8.8.8",
	"with Connection: close",
	"without Location",
	"judge bytes headers",
	"ask GET /nic/update",
	"reply 401",
	"after $host 8.8.8.8 *",
	"hurts them",
	"row R1: another",
	"ask GET /update",
	"reply 200 nochg",
};

START_TEST(row_is_what_its_lines_say)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conform_row rows[2];
	size_t n;

	ck_assert_int_eq(conform_table_parse(whole, N_ELEMENTS(whole), rows, 2, &n, &ei), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert(slice_eq(rows[0].rules, "A1 F2") && slice_eq(rows[0].what, "both families"));
	ck_assert(rows[0].has_second && !rows[1].has_second);
	ck_assert(slice_eq(rows[0].before[0].v4, "8.8.4.4") && rows[0].before[0].v6.len == 0);
	ck_assert(slice_eq(rows[0].before[1].v6, "2001:db8::1"));
	ck_assert(slice_eq(rows[0].after[0].v4, "8.8.8.8") && slice_eq(rows[0].hurts, "them"));
	ck_assert_uint_eq(rows[0].n_steps, 2);
	ck_assert_int_eq(rows[0].steps[0].login, CONFORM_WRONG);
	ck_assert_int_eq(rows[0].steps[1].login, CONFORM_WRONG);
	ck_assert_int_eq(rows[1].steps[0].login, CONFORM_OWN);
	ck_assert(rows[0].steps[0].is_old && !rows[0].steps[1].is_old);
	ck_assert(slice_eq(rows[0].steps[0].method, "POST"));
	ck_assert(slice_eq(rows[0].steps[0].target, "/nic/update?hostname=$host"));
	ck_assert(slice_eq(rows[0].steps[0].body, "myip=8.8.8.8"));
	ck_assert(rows[0].steps[1].body.p == NULL && rows[0].steps[1].reply.len == 0);
	ck_assert_uint_eq(rows[0].steps[0].status, 200);
	ck_assert_uint_eq(rows[0].steps[0].judge, CONFORM_BYTES | CONFORM_HEADERS);
	ck_assert_uint_eq(rows[0].steps[1].judge, CONFORM_STATUS | CONFORM_WORDS);
}
END_TEST

/* Two lines each; the first one is "row R1: x" unless it is said. */
static const char *const wrong[][3] = {
	{"ask GET /", "reply 200 x", "reply 200 x"},
	{"row R1 x", "ask GET /", "reply 200 x"},
	{"row R1: x", "reply 200 x", "ask GET /"},
	{"row R1: x", "ask GET", "reply 200 x"},
	{"row R1: x", "ask GET /", "reply two x"},
	{"row R1: x", "ask GET /", "reply 600 x"},
	{"row R1: x", "ask GET /", "judge all"},
	{"row R1: x", "as home", "ask GET /"},
	{"row R1: x", "before home 8.8.8.8 *", "ask GET /"},
	{"row R1: x", "send GET /", "reply 200 x"},
	{"row R1: x", "with A: b", "ask GET /"},
	{"row R1: x", "judge bytes", "ask GET /"},
	{"row R1: x", "body a", "body b"},
};

START_TEST(wrong_line_is_named)
{
	struct conform_row rows[2];
	size_t i, n;

	for (i = 0; i < N_ELEMENTS(wrong); i++) {
		struct errinfo ei = ERRINFO_INIT;

		ck_assert_msg(conform_table_parse(wrong[i], 3, rows, 2, &n, &ei) != 0, "%s",
			      wrong[i][1]);
		ck_assert_ptr_nonnull(strstr(ei.text, "a line of the table: "));
	}
}
END_TEST

START_TEST(more_rows_or_steps_than_there_is_room_for_are_refused)
{
	static const char *const steps[] = {"row R1: x", "ask A /", "reply 200", "ask A /",
					    "reply 200", "ask A /", "reply 200", "ask A /"};
	static const char *const rows[] = {"row R1: x", "row R1: y"};
	struct conform_row room[1];
	struct errinfo ei = ERRINFO_INIT;
	size_t n;

	ck_assert_int_eq(conform_table_parse(steps, N_ELEMENTS(steps), room, 1, &n, &ei),
			 ERR_LIMIT);
	ck_assert_int_eq(conform_table_parse(rows, 2, room, 1, &n, &ei), ERR_LIMIT);
}
END_TEST

START_TEST(table_of_this_program_is_whole)
{
	static struct conform_row rows[CONFORM_ROWS_MAX];
	struct errinfo ei = ERRINFO_INIT;
	size_t i, k, n;

	ck_assert_msg(conform_table_parse(conform_table_lines, conform_table_n_lines, rows,
					  CONFORM_ROWS_MAX, &n, &ei) == 0,
		      "%s", ei.text);
	ck_assert_uint_gt(n, 30);
	for (i = 0; i < n; i++) {
		ck_assert(rows[i].hurts.len > 0 && rows[i].n_steps > 0);
		for (k = 0; k < rows[i].n_steps; k++)
			ck_assert(rows[i].steps[k].status != 0 && rows[i].steps[k].judge != 0);
	}
}
END_TEST

static const struct {
	const char *text, *want;
	bool has_path;
} fills[] = {
	{"/nic/update?hostname=$host,$host2&x=$HOST",
	 "/nic/update?hostname=a.example,b.example&x=A.EXAMPLE", false},
	{"/nic/update/?myip=1", "/up/?myip=1", true},
	{"/v3/update", "/v3/update", true},
	{"$hos $ \\n\\r\\t\\\\ \\x41\\x7e", "$hos $ \n\r\t\\ A~", false},
	{"\\q \\x4 \\xzz \\", "\\q \\x4 \\xzz \\", false},
	{"", "", false},
};

START_TEST(names_and_escapes_are_filled_in)
{
	char out[128];
	size_t i;

	for (i = 0; i < N_ELEMENTS(fills); i++) {
		struct conform_names names = {.host = "a.example",
					      .second = "b.example",
					      .path = fills[i].has_path ? "/up" : NULL};

		ck_assert_int_eq(conform_fill(slice_of(fills[i].text), &names, out, sizeof(out)),
				 0);
		ck_assert_str_eq(out, fills[i].want);
	}
}
END_TEST

START_TEST(text_that_does_not_fit_is_refused)
{
	const struct conform_names names = {.host = "a.example"};
	char out[8] = "x";

	ck_assert_int_eq(conform_fill(slice_of("$host"), &names, out, sizeof(out)), ERR_LIMIT);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(conform_fill(slice_of("12345678"), &names, out, sizeof(out)), ERR_LIMIT);
	ck_assert_int_eq(conform_fill(slice_of("\\x00"), &names, out, sizeof(out)), ERR_INVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		row_is_what_its_lines_say,
		wrong_line_is_named,
		more_rows_or_steps_than_there_is_room_for_are_refused,
		table_of_this_program_is_whole,
		names_and_escapes_are_filled_in,
		text_that_does_not_fit_is_refused,
	};

	return unit_run("ctl/conform_table", tests, N_ELEMENTS(tests));
}
