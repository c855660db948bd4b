/* SPDX-License-Identifier: BSD-2-Clause
 * Programs that end in each way. */
#include "ctl/program.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/output_kit.h"
#include "kit/unit.h"

static int run(const char *script, struct errinfo *ei)
{
	const char *const argv[] = {"sh", "-c", script, "sh", "$(echo no) 'shell'", "*", NULL};

	err_reset(ei);
	return program_run(argv, ei);
}

START_TEST(the_end_of_a_program_is_told)
{
	const char *const absent[] = {"mooring-no-such-program", NULL};
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(run("exit 0", &ei), 0);
	ck_assert_int_eq(run("exit 7", &ei), ERR_REFUSED);
	ck_assert_str_eq(ei.text, "sh ended with status 7");
	ck_assert_int_eq(run("kill -9 $$", &ei), ERR_REFUSED);
	ck_assert_str_eq(ei.text, "sh was ended by signal 9");
	err_reset(&ei);
	ck_assert_int_eq(program_run(absent, &ei), ERR_NOTFOUND);
	ck_assert_str_eq(ei.text, "cannot run mooring-no-such-program: No such file or directory");
}
END_TEST

START_TEST(its_words_reach_it_as_they_are)
{
	struct errinfo ei = ERRINFO_INIT;
	int err;

	output_begin(stdout);
	err = run("printf '%s|' \"$@\"", &ei);
	ck_assert_str_eq(output_end(), "$(echo no) 'shell'|*|");
	ck_assert_int_eq(err, 0);
}
END_TEST

START_TEST(it_has_the_signals_of_a_new_program_and_nothing_to_read)
{
	struct errinfo ei = ERRINFO_INIT;

	/* Ours ignores SIGPIPE; a shell that was started with it ignored cannot set it. */
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(run("kill -PIPE $$", &ei), ERR_REFUSED);
	ck_assert_str_eq(ei.text, "sh was ended by signal 13");
	ck_assert_int_eq(run("read line", &ei), ERR_REFUSED);
}
END_TEST

START_TEST(path_is_searched_for_what_can_be_run)
{
	char folder[] = "/tmp/program.XXXXXX", path[64];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/certbot", folder);
	ck_assert_int_eq(setenv("PATH", folder, 1), 0);
	ck_assert(!program_is_there("certbot"));
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert(!program_is_there("certbot"));
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert(program_is_there("certbot"));
	snprintf(path, sizeof(path), "/nowhere::%s", folder);
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	ck_assert(program_is_there("certbot"));
	ck_assert_int_eq(unsetenv("PATH"), 0);
	ck_assert(!program_is_there("certbot"));
	snprintf(path, sizeof(path), "%s/certbot", folder);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_end_of_a_program_is_told,
		its_words_reach_it_as_they_are,
		it_has_the_signals_of_a_new_program_and_nothing_to_read,
		path_is_searched_for_what_can_be_run,
	};

	return unit_run("program", tests, N_ELEMENTS(tests));
}
