/* SPDX-License-Identifier: BSD-2-Clause
 * What of a file the store has already. */
#include "ctl/import_match.h"

#include <stdio.h>

#include "account/secret.h"
#include "ctl/import_csv.h"
#include "kit/import_kit.h"
#include "kit/unit.h"

/* The account of the store: "there" or somebody else, as one line of CSV. */
struct match_row {
	const char *there, *file, *want;
};

static bool is_shared;

static void read_csv(struct import_list *l, const char *columns, const char *line)
{
	char text[512];

	ck_assert_int_eq(import_list_init(l, import_kit_conf(), is_shared), 0);
	snprintf(text, sizeof(text), "%s\n%s\n", columns, line);
	ck_assert_int_eq(import_csv(l, text, strlen(text), NULL), 0);
	ck_assert_int_eq(import_judge(l, NULL), 0);
}

static void check_match(const char *columns, const struct match_row *row, size_t i)
{
	struct import_list there, file;
	char *got;

	read_csv(&there, columns, row->there);
	read_csv(&file, columns, row->file);
	import_match_see(&file, there.rows[0]->account);
	import_match_judge(&file, file.rows[0], NULL);
	ck_assert_int_eq(file.err, 0);
	got = import_kit_print(&file);
	ck_assert_msg(strcmp(got, row->want) == 0, "row %zu: %s", i, got);
	free(got);
	import_list_fini(&file);
	import_list_fini(&there);
}

#define COLUMNS "user,secret,hosts,ttl,disabled,quirks,valid-until,from,interface-ids"
#define HOME	"home.dyn.example.com"

static const struct match_row match_rows[] = {
	{"a,test9994,home cam,300,true,one-line,2027-01-31,192.0.2.1,home=::1:2:3:4",
	 "a,test9994,cam home,300,true,one-line,2027-01-31,192.0.2.1,home=::1:2:3:4", "2 a: there"},
	/* What the file does not say is not compared. */
	{"a,test9994,home,300,true,one-line,2027-01-31,192.0.2.1,home=::1:2:3:4", "a,,home,,,,,,",
	 "2 a: there"},
	{"a,test9994,home,300,true,one-line,2027-01-31,192.0.2.1,home=::1:2:3:4",
	 "a,test9995,home cam,60,false,may-clear,2027-02-01,192.0.2.2,home=::1",
	 "2 a: differs, secret, hosts, ttl, disabled, quirks, valid-until, from, interface-ids: "
	 "left as it is there"},
	{"a,test9994,home,,,,,,", "a,test9994,cam,,,,,,",
	 "2 a: differs, hosts: left as it is there"},
	{"b,test9994,home,,,,,,", "a,,cam,,,,,,", "2 a: cam.dyn.example.com"},
	{"b,test9994,home cam,,,,,,", "a,,cam,,,,,,",
	 "2 a: refused, cam.dyn.example.com belongs to user \"b\"; --shared gives it to both"},
};

START_TEST(rows_are_compared_with_what_is_there)
{
	size_t i;

	is_shared = false;
	for (i = 0; i < N_ELEMENTS(match_rows); i++)
		check_match(COLUMNS, &match_rows[i], i);
}
END_TEST

START_TEST(a_shared_name_is_no_trouble)
{
	static const struct match_row row = {"b,home", "a,home", "2 a: " HOME};

	is_shared = true;
	check_match("user,hosts", &row, 0);
}
END_TEST

/* Clear text is held against the hash that it became, so that a second run finds its work. */
START_TEST(a_hash_is_that_of_the_secret)
{
	static const char *const wants[] = {"2 a: there",
					    "2 a: differs, secret: left as it is there"};
	char stored[2][SECRET_STORED_MAX], there[256];
	struct match_row row = {.there = there};
	size_t i;

	is_shared = false;
	ck_assert_int_eq(secret_store(slice_of("test9994"), stored[0]), 0);
	ck_assert_int_eq(secret_store_slow(slice_of("test9994"), stored[1]), 0);
	for (i = 0; i < 8; i++) {
		snprintf(there, sizeof(there), "a,%s,home,%s", stored[i % 2],
			 i < 4 ? "true" : "false");
		row.file = i / 2 % 2 == 0 ? "a,test9994,home," : "a,test9995,home,";
		row.want = wants[i / 2 % 2];
		check_match("user,secret,hosts,disabled", &row, i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rows_are_compared_with_what_is_there,
		a_shared_name_is_no_trouble,
		a_hash_is_that_of_the_secret,
	};

	return unit_run("import_match", tests, N_ELEMENTS(tests));
}
