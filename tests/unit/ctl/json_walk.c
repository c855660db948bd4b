/* SPDX-License-Identifier: BSD-2-Clause
 * A document of JSON in steps. What is refused: tests/unit/ctl/import_json.c. */
#include "ctl/json_walk.h"

#include "kit/unit.h"

START_TEST(elements_come_with_their_lines)
{
	struct json_walk w;
	json_t *value = NULL, *name = NULL;
	size_t line, n = 0;
	bool more;

	json_walk_begin(&w, slice_of("\n[1,\n {\"a\":\n2}\n,[ ] ,\"x\"] \n"));
	ck_assert_int_eq(json_walk_peek(&w), '[');
	json_walk_enter(&w);
	while (json_walk_more(&w, ']', &more, NULL) == 0 && more) {
		static const size_t lines[] = {2, 3, 5, 5};

		ck_assert_int_eq(json_walk_value(&w, &line, &value, NULL), 0);
		ck_assert_uint_eq(line, lines[n++]);
		json_decref(value);
	}
	ck_assert_uint_eq(n, 4);
	ck_assert_int_eq(json_walk_end(&w, NULL), 0);

	json_walk_begin(&w, slice_of("{\"a\" :7} x"));
	json_walk_peek(&w);
	json_walk_enter(&w);
	ck_assert_int_eq(json_walk_more(&w, '}', &more, NULL), 0);
	ck_assert_int_eq(json_walk_name(&w, &name, NULL), 0);
	ck_assert_str_eq(json_string_value(name), "a");
	json_decref(name);
	ck_assert_int_eq(json_walk_value(&w, &line, &value, NULL), 0);
	ck_assert_int_eq((int)json_integer_value(value), 7);
	json_decref(value);
	ck_assert_int_eq(json_walk_more(&w, '}', &more, NULL), 0);
	ck_assert(!more);
	ck_assert_int_eq(json_walk_end(&w, NULL), ERR_INVAL);
}
END_TEST

START_TEST(an_error_shows_nothing_of_the_text)
{
	struct errinfo ei = ERRINFO_INIT;
	struct json_walk w;
	json_t *value = NULL;
	size_t line;

	json_walk_begin(&w, slice_of("\n{\"secret\":\n\"hush\" hush}"));
	ck_assert_int_eq(json_walk_value(&w, &line, &value, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "line 3: this is not JSON");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		elements_come_with_their_lines,
		an_error_shows_nothing_of_the_text,
	};

	return unit_run("json_walk", tests, N_ELEMENTS(tests));
}
