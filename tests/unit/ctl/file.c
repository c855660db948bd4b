/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/file.h"

#include <string.h>

#include "kit/unit.h"

static const struct {
	const char *path, *folder;
} folder_rows[] = {
	{"mooring.db", "."},	     {"./mooring.db", "."},
	{"var/mooring.db", "var"},   {"/var/lib/mooring/mooring.db", "/var/lib/mooring"},
	{"/mooring.db", "/"},	     {"//mooring.db", "/"},
	{"var//mooring.db", "var/"}, {"var/", "var"},
};

START_TEST(folder_of_a_path)
{
	char folder[PATH_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(folder_rows); i++) {
		ck_assert_int_eq(file_folder(folder_rows[i].path, folder, NULL), 0);
		ck_assert_str_eq(folder, folder_rows[i].folder);
	}
}
END_TEST

START_TEST(folder_that_does_not_fit_is_refused)
{
	static char path[2 * PATH_MAX];
	struct errinfo ei = ERRINFO_INIT;
	char folder[PATH_MAX];

	memset(path, 'a', sizeof(path) - 1);
	path[PATH_MAX - 1] = '/';
	ck_assert_int_eq(file_folder(path, folder, &ei), 0);
	path[PATH_MAX - 1] = 'a';
	path[PATH_MAX] = '/';
	ck_assert_int_eq(file_folder(path, folder, &ei), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(ei.text, "too long"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		folder_of_a_path,
		folder_that_does_not_fit_is_refused,
	};

	return unit_run("file", tests, N_ELEMENTS(tests));
}
