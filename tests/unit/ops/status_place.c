/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "kit/unit.h"

static char configured[256];
static const struct conf conf = {.status_socket = configured};

/* folder NULL: the service manager made none. */
static void configure(const char *path, const char *folder)
{
	snprintf(configured, sizeof(configured), "%s", path);
	if (folder != NULL)
		setenv("RUNTIME_DIRECTORY", folder, 1);
	else
		unsetenv("RUNTIME_DIRECTORY");
}

START_TEST(the_daemon_and_the_tool_agree)
{
	static const struct {
		const char *path, *folder, *daemon, *tool;
	} rows[] = {
		{"auto", "/run/mooring", "/run/mooring/status.sock", "/run/mooring/status.sock"},
		{"auto", "/run/a:/run/b", "/run/a/status.sock", "/run/a/status.sock"},
		{"auto", NULL, "", "/run/mooring/status.sock"},
		{"auto", "", "", "/run/mooring/status.sock"},
		{"", "/run/mooring", "", ""},
		{"/var/x.sock", "/run/mooring", "/var/x.sock", "/var/x.sock"},
	};
	struct sockaddr_un at;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		configure(rows[i].path, rows[i].folder);
		ck_assert_int_eq(status_place_of_daemon(&conf, &at, NULL), 0);
		ck_assert_int_eq(at.sun_family, AF_UNIX);
		ck_assert_msg(strcmp(at.sun_path, rows[i].daemon) == 0, "row %zu: %s", i,
			      at.sun_path);
		ck_assert_int_eq(status_place_of_tool(&conf, &at, NULL), 0);
		ck_assert_msg(strcmp(at.sun_path, rows[i].tool) == 0, "row %zu: %s", i,
			      at.sun_path);
	}
}
END_TEST

START_TEST(a_path_that_fits_into_no_socket_is_refused)
{
	struct errinfo ei = ERRINFO_INIT;
	struct sockaddr_un at;
	char path[sizeof(at.sun_path) + 1];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 2] = '\0';
	configure(path, NULL);
	ck_assert_int_eq(status_place_of_daemon(&conf, &at, &ei), 0);
	ck_assert_str_eq(at.sun_path, path);
	path[sizeof(path) - 2] = 'x';
	path[sizeof(path) - 1] = '\0';
	configure(path, NULL);
	ck_assert_int_eq(status_place_of_daemon(&conf, &at, &ei), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(ei.text, "at most 107 bytes"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_daemon_and_the_tool_agree,
		a_path_that_fits_into_no_socket_is_refused,
	};

	return unit_run("status_place", tests, N_ELEMENTS(tests));
}
