/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/find.h"

#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

static char present[] = "/proc/self/status"; /* a file that is there for sure */
static char absent[] = "/proc/self/no-such-file";

static void set_or_unset(const char *name, const char *value)
{
	if (value != NULL)
		ck_assert_int_eq(setenv(name, value, 1), 0);
	else
		ck_assert_int_eq(unsetenv(name), 0);
}

START_TEST(option_then_environment_then_default_then_the_environment_alone)
{
	static const struct {
		const char *given, *variable, *fallback, *zone, *path;
	} rows[] = {
		{"/given.conf", "/env.conf", present, NULL, "/given.conf"},
		{"/given.conf", NULL, absent, "dyn.example.com", "/given.conf"},
		{NULL, "/env.conf", present, NULL, "/env.conf"},
		{NULL, "/env.conf", absent, "dyn.example.com", "/env.conf"},
		{NULL, "", present, "dyn.example.com", present},
		{NULL, NULL, present, NULL, present},
		{NULL, NULL, absent, "dyn.example.com", NULL},
		{NULL, "", absent, "", NULL},
		/* Not absent: below a file there is nothing to look at. */
		{NULL, NULL, "/proc/self/status/x", NULL, "/proc/self/status/x"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		const char *path = "untouched";

		set_or_unset("MOORING_CONFIG", rows[i].variable);
		set_or_unset("MOORING_ZONE", rows[i].zone);
		ck_assert_msg(conf_find(rows[i].given, rows[i].fallback, &path, &ei) == 0,
			      "row %zu: %s", i, ei.text);
		if (rows[i].path == NULL)
			ck_assert_msg(path == NULL, "row %zu: %s", i, path);
		else
			ck_assert_msg(strcmp(path, rows[i].path) == 0, "row %zu: %s", i, path);
	}
}
END_TEST

START_TEST(who_has_configured_nothing_is_told_what_to_set)
{
	static const char *const names[] = {
		"MOORING_ZONE,",
		"MOORING_ZONE_NAME_SERVER_ADDRESSES",
		"MOORING_CERTIFICATE",
		"MOORING_PRIVATE_KEY",
		"MOORING_ZONE_PUBLISHER",
		"MOORING_ZONE_HOSTED_ZONE_ID",
		"MOORING_STORE_TYPE, too)",
		"/etc/mooring/mooring.conf.absent",
	};
	struct errinfo ei = ERRINFO_INIT;
	const char *path = "untouched";
	size_t i;

	set_or_unset("MOORING_CONFIG", NULL);
	set_or_unset("MOORING_ZONE", NULL);
	ck_assert_int_eq(conf_find(NULL, "/etc/mooring/mooring.conf.absent", &path, &ei),
			 ERR_NOTFOUND);
	ck_assert_str_eq(path, "untouched");
	for (i = 0; i < N_ELEMENTS(names); i++)
		ck_assert_msg(strstr(ei.text, names[i]) != NULL, "%s: %s", names[i], ei.text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		option_then_environment_then_default_then_the_environment_alone,
		who_has_configured_nothing_is_told_what_to_set,
	};

	return unit_run("find", tests, N_ELEMENTS(tests));
}
