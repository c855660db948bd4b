/* SPDX-License-Identifier: BSD-2-Clause
 * What is left open behind the walls for targets and heartbeats. */
#include "ops/walls_notify.h"

#include <limits.h>
#include <stdlib.h>

#include "conf/load.h"
#include "kit/conf_kit.h"
#include "kit/unit.h"
#include "ops/walls_places.h"

#define ZONE "zone a.b { name-servers = n.s }\n"

static const struct {
	const char *text;
	bool runs_program;
	bool has_usr_bin; /* to be read */
	bool limits_ports;
} rows[] = {
	{ZONE, false, false, true},
	{ZONE "notify x { url = 'https://a' }", false, false, true},
	{ZONE "notify x { url = 'https://a' secret-file = /usr/bin/env }", false, true, true},
	{ZONE "notify x { url = 'https://a' token-file = /usr/bin/env }", false, true, true},
	{ZONE "notify x { type = smtp url = 'smtp://a' from = a@b to = c@d user = u "
	      "password-file = /usr/bin/env }",
	 false, true, true},
	{ZONE "notify x { type = exec command = /usr/bin/env }", true, true, false},
	{ZONE "heartbeat x { url = 'https://a' }", false, false, true},
};

START_TEST(files_and_ports_of_targets_stay_open)
{
	static const char *const env[] = {"https_proxy=http://127.0.0.1:3128", NULL};
	enum { LANDLOCK_ABI_WITH_PORTS = 4 };
	char real[PATH_MAX];
	size_t i;

	ck_assert_ptr_nonnull(realpath("/usr/bin/env", real));
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct conf *c = conf_kit_good(rows[i].text, NULL);
		struct walls_places *p;

		ck_assert_int_eq(walls_places_new(&p), 0);
		ck_assert_msg(walls_notify_collect(c, env, p) == rows[i].runs_program, "row %zu",
			      i);
		ck_assert_msg(walls_places_have(p, real) == rows[i].has_usr_bin, "row %zu", i);
		ck_assert_msg(walls_places_limit_ports(p, LANDLOCK_ABI_WITH_PORTS) ==
				      rows[i].limits_ports,
			      "row %zu", i);
		ck_assert_int_eq(walls_places_error(p), 0);
		walls_places_free(p);
		conf_free(c);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		files_and_ports_of_targets_stay_open,
	};

	return unit_run("walls_notify", tests, N_ELEMENTS(tests));
}
