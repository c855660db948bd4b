/* SPDX-License-Identifier: BSD-2-Clause
 * Fields of an account as text. What is refused: tests/unit/ctl/import_csv.c. */
#include "ctl/fields.h"

#include "kit/unit.h"
#include "kit/values.h"

static const struct {
	enum field f;
	const char *set[3]; /* one after the other */
	const char *want;   /* printed; "!": the last one is refused */
} field_rows[] = {
	{FIELD_SECRET, {"test9994"}, "test9994"},
	{FIELD_HOSTS,
	 {"Home", "cam.lab.example.org.", "home"},
	 "home.dyn.example.com cam.lab.example.org"},
	{FIELD_TTL, {"300"}, "300"},
	{FIELD_TTL, {"0"}, ""},
	{FIELD_TTL, {"-1"}, "!"},
	{FIELD_DISABLED, {"true"}, "true"},
	{FIELD_DISABLED, {"true", "false"}, ""},
	{FIELD_DISABLED, {"yes"}, "!"},
	{FIELD_QUIRKS, {"one-line", "nochg-as-good"}, "nochg-as-good one-line"},
	{FIELD_UNTIL, {"2027-01-31"}, "2027-01-31T23:59:59Z"},
	{FIELD_UNTIL, {"soon"}, "!"},
	{FIELD_FROM, {"192.0.2.1", "2001:db8::/32"}, "192.0.2.1/32 2001:db8::/32"},
	{FIELD_IDS, {"nas=::1:2:3:4"}, "nas.dyn.example.com=::1:2:3:4"},
	{FIELD_IDS, {"nas=00:53:00:12:34:56"}, "nas.dyn.example.com=::253:ff:fe12:3456"},
	{FIELD_IDS, {"cam=::1"}, "!"},
	{FIELD_IDS, {"nas"}, "!"},
	{FIELD_IDS, {"nas=x"}, "!"},
	{FIELD_USER, {"x"}, "!"},
};

START_TEST(what_is_printed_is_taken_back)
{
	struct fqdn zone = value_name("dyn.example.com");
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(field_rows); i++) {
		struct account *a;
		struct buf out;
		int err = 0;

		ck_assert_int_eq(account_new(slice_of("bob"), &a, NULL), 0);
		if (field_rows[i].f == FIELD_IDS)
			ck_assert_int_eq(field_set(a, FIELD_HOSTS, slice_of("nas"), &zone, NULL),
					 0);
		for (k = 0; k < 3 && field_rows[i].set[k] != NULL; k++)
			err = field_set(a, field_rows[i].f, slice_of(field_rows[i].set[k]), &zone,
					NULL);
		buf_init(&out, 1024);
		ck_assert_int_eq(field_print(a, field_rows[i].f, &out), 0);
		if (field_rows[i].want[0] == '!')
			ck_assert_msg(err == ERR_INVAL, "row %zu: %d", i, err);
		else
			ck_assert_msg(err == 0 && strcmp(buf_str(&out), field_rows[i].want) == 0,
				      "row %zu: %d, %s", i, err, buf_str(&out));
		buf_fini(&out);
		account_free(a);
	}
}
END_TEST

START_TEST(fields_are_found_by_name)
{
	enum field f;

	for (f = FIELD_USER; f < FIELDS; f++)
		ck_assert_int_eq((int)field_find(slice_of(field_name(f))), (int)f);
	ck_assert_int_eq((int)field_find(slice_of("User")), FIELDS);
	ck_assert(field_is_list(FIELD_HOSTS) && !field_is_list(FIELD_SECRET));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_printed_is_taken_back,
		fields_are_found_by_name,
	};

	return unit_run("fields", tests, N_ELEMENTS(tests));
}
