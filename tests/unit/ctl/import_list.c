/* SPDX-License-Identifier: BSD-2-Clause
 * Rows of a file, and which of them are refused. */
#include "ctl/import_list.h"

#include "account/pepper.h"
#include "ctl/import_csv.h"
#include "kit/import_kit.h"
#include "kit/unit.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA256 "$sha256$abcdefgh$" DIGEST
#define HOME   "home.dyn.example.com"

static bool is_shared;

static int read_and_judge(struct import_list *l, char *text, size_t len, struct errinfo *ei)
{
	int err;

	l->shared = is_shared;
	err = import_csv(l, text, len, ei);
	return err == 0 ? import_judge(l, NULL) : err;
}

static const struct import_kit_row judged_rows[] = {
	{"user,secret,hosts\na,test9994,home\nb,,cam\nc," SHA256 ",x.lab.example.org\n",
	 "2 a: test9994 " HOME "\n3 b: cam.dyn.example.com\n4 c: " SHA256 " x.lab.example.org"},
	{"user,hosts\na,\n", "2 a: refused, it has no host name"},
	{"user,hosts\na,home.example.net\n",
	 "2 a: refused, home.example.net is in none of the configured zones"},
	{"user,hosts\na,ns\n",
	 "2 a: refused, ns.dyn.example.com is a name server of the zone dyn.example.com: its "
	 "address is in the configuration"},
	{"user,secret,hosts\na,test999,home\n", "2 a: refused, the secret is shorter than 8 bytes"},
	{"user,secret,hosts\na,$1$/zGci/3l$bH.Pn/GE0mDYCTsBwgC3,home\n",
	 "2 a: refused, the hash of its secret is cut off"},
	{"user,secret,hosts\na,pbkdf2_sha256$260000$salt$" DIGEST ",home\nb,{SSHA}xyz,cam\n",
	 "2 a: refused, the secret looks like a hash of another program, which cannot be checked "
	 "here\n3 b: refused, the secret looks like a hash of another program, which cannot be "
	 "checked here"},
	{"user,secret,hosts\na,pa$$word1,home\n", "2 a: pa$$word1 " HOME},
	{"user,secret,hosts\na,$sha256$p=7" SHA256 ",home\n",
	 "2 a: refused, the pepper of its secret is not in pepper-file"},
	{"user,hosts\na,cam home\nb,home\nc,b c\n",
	 "2 a: cam.dyn.example.com " HOME "\n3 b: refused, " HOME
	 " is on line 2 already; --shared gives it to both\n4 c: b.dyn.example.com "
	 "c.dyn.example.com"},
	/* A row that is refused takes no name. */
	{"user,secret,hosts\na,short,home\nb,,home\n",
	 "2 a: refused, the secret is shorter than 8 bytes\n3 b: " HOME},
};

START_TEST(rows_are_judged_with_the_whole_file_at_hand)
{
	is_shared = false;
	import_kit_check(read_and_judge, judged_rows, N_ELEMENTS(judged_rows));
}
END_TEST

START_TEST(names_may_be_shared)
{
	static const struct import_kit_row row = {"user,hosts\na,home\nb,home\n",
						  "2 a: " HOME "\n3 b: " HOME};

	is_shared = true;
	import_kit_check(read_and_judge, &row, 1);
}
END_TEST

START_TEST(rows_are_counted_and_found_by_login)
{
	char text[] = "user,hosts\na,home\nb,\nc,cam\n";
	struct import_list l;

	ck_assert_int_eq(import_list_init(&l, import_kit_conf(), false), 0);
	ck_assert_int_eq(import_csv(&l, text, sizeof(text) - 1, NULL), 0);
	ck_assert_int_eq(import_judge(&l, NULL), 0);
	ck_assert_uint_eq(import_count(&l, IMPORT_NEW), 2);
	ck_assert_uint_eq(import_count(&l, IMPORT_REFUSED), 1);
	ck_assert_uint_eq(import_find(&l, "c")->line, 4);
	ck_assert_ptr_null(import_find(&l, "d"));
	ck_assert_int_eq((int)import_find(&l, "a")->secret, IMPORT_SECRET_MISSING);
	import_list_fini(&l);
}
END_TEST

/* "g" and 63 times a character of two bytes: 127 bytes. */
static const char *long_login(void)
{
	static char login[ACCOUNT_USER_MAX];
	size_t i;

	login[0] = 'g';
	for (i = 0; i < 63; i++)
		memcpy(login + 1 + 2 * i, "\xc3\xb6", 2);
	return login;
}

START_TEST(a_login_is_shown_as_it_is)
{
	const char *login = long_login();
	struct import_list l;
	struct import_row *row;

	ck_assert_int_eq(import_list_init(&l, import_kit_conf(), false), 0);
	ck_assert_str_eq(import_add(&l, 1, slice_of(login))->shown, login);
	row = import_add(&l, 2, slice_of("b\\\"c"));
	ck_assert_str_eq(row->shown, "b\\\"c");
	ck_assert_str_eq(import_add(&l, 3, slice_of("d\x1b[m"))->shown, "d\\x1b[m");
	ck_assert_str_eq(import_add(&l, 4, slice_of("e\xff"))->shown, "e\\xff");
	import_list_fini(&l);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rows_are_judged_with_the_whole_file_at_hand,
		names_may_be_shared,
		rows_are_counted_and_found_by_login,
		a_login_is_shown_as_it_is,
	};

	return unit_run("import_list", tests, N_ELEMENTS(tests));
}
