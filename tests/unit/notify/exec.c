/* SPDX-License-Identifier: BSD-2-Clause
 * What of a program is bounded is tested in tests/unit/base/process_run.c. */
#include "notify/exec.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/str.h"
#include "conf/conf.h"
#include "kit/message_kit.h"
#include "kit/unit.h"

enum { PATH_SIZE = 64, TEXT_MAX = 4096 };

static char shell[] = "/bin/sh", option[] = "-c", script[512], name[] = "tell", word[] = "a b $X";
static const char *const env[] = {"LANG=C.UTF-8", "SECRET=Sesame", "TZ=UTC", "PATH=/usr/bin:/bin",
				  "LC_ALL=C",	  "HOME=/root",	   NULL};

static uv_loop_t loop;
static struct conf_notify conf;
static struct notify_target *target;
static struct message_kit_end end;
static char folder[PATH_SIZE], out_path[PATH_SIZE + 8];

static void exec_open(const char *text, const char *const *environment)
{
	snprintf(folder, sizeof(folder), "/tmp/exec-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(out_path, sizeof(out_path), "%s/out", folder);
	snprintf(script, sizeof(script), "cd %s; %s", folder, text);
	memset(&conf, 0, sizeof(conf));
	conf.command.n = 5;
	conf.command.at[0] = shell;
	conf.command.at[1] = option;
	conf.command.at[2] = script;
	conf.command.at[3] = name;
	conf.command.at[4] = word;
	conf.timeout_s = 60;
	memset(&end, 0, sizeof(end));
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(notify_exec_new(&loop, &conf, environment, &target), 0);
	ck_assert_str_eq(target->ops->kind, "exec");
}

static void exec_run(void)
{
	const struct notify_message m = message_kit();

	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	ck_assert_uint_eq(end.n_done, 0);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert_uint_eq(end.n_done, 1);
}

static void exec_finish(void)
{
	notify_target_close(target);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	unlink(out_path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static const char *written(void)
{
	static char text[TEXT_MAX];
	FILE *f = fopen(out_path, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

START_TEST(a_command_gets_the_event_and_nothing_else_of_ours)
{
	exec_open("cat >out; echo \"|$1|\" >>out; env | grep -v -e PWD= -e ^_= | sort >>out", env);
	exec_run();
	ck_assert_int_eq(end.err, 0);
	ck_assert_str_eq(end.answer.said.text, "/bin/sh: it ended with exit status 0");
	ck_assert_str_eq(written(),
			 MESSAGE_KIT_JSON "|a b $X|\n"
					  "LANG=C.UTF-8\n"
					  "LC_ALL=C\n"
					  "MOORING_AT=2021-02-25T15:02:10Z\n"
					  "MOORING_ATTEMPT=1\n"
					  "MOORING_EVENT=address-changed\n"
					  "MOORING_HOST=home.example.com\n"
					  "MOORING_ID=" MESSAGE_KIT_ID "\n"
					  "MOORING_NEW=192.0.2.2 2001:db8::2\n"
					  "MOORING_OLD=192.0.2.1\n"
					  "MOORING_TEXT=home.example.com is at 192.0.2.2 and "
					  "2001:db8::2 now.\n"
					  "MOORING_TITLE=home.example.com has a new address\n"
					  "MOORING_USER=router\n"
					  "PATH=/usr/bin:/bin\n"
					  "TZ=UTC\n");
	exec_finish();
}
END_TEST

START_TEST(a_path_is_there_where_we_have_none)
{
	static const char *const none[] = {NULL};

	exec_open("echo $PATH >out", none);
	exec_run();
	ck_assert_str_eq(written(), "/usr/local/bin:/usr/bin:/bin\n");
	exec_finish();
}
END_TEST

static const struct {
	const char *text;
	int want;
	const char *said;
} rows[] = {
	{"echo noise; echo noise >&2; exit 0", 0, "/bin/sh: it ended with exit status 0"},
	{"echo why; exit 1", ERR_UNAVAILABLE, "/bin/sh: it ended with exit status 1: why"},
	{"exit 64", ERR_REFUSED, "/bin/sh: it ended with exit status 64"},
	{"echo no such user >&2; exit 65", ERR_REFUSED,
	 "/bin/sh: it ended with exit status 65: no such user"},
	{"exit 75", ERR_UNAVAILABLE, "/bin/sh: it ended with exit status 75"},
	{"exit 100", ERR_REFUSED, "/bin/sh: it ended with exit status 100"},
	{"exit 111", ERR_UNAVAILABLE, "/bin/sh: it ended with exit status 111"},
	{"kill -KILL $$", ERR_UNAVAILABLE, "/bin/sh: it was ended by signal 9, Killed"},
};

START_TEST(the_status_says_whether_it_is_tried_again)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		exec_open(rows[i].text, env);
		exec_run();
		ck_assert_msg(end.err == rows[i].want &&
				      strcmp(end.answer.said.text, rows[i].said) == 0,
			      "row %zu: %d %s", i, end.err, end.answer.said.text);
		ck_assert_int_eq(end.answer.said.code, end.err);
		exec_finish();
	}
}
END_TEST

START_TEST(what_cannot_be_started_or_hangs_is_tried_again)
{
	static char nothing[] = "/nonexistent/tell";

	exec_open("", env);
	conf.command.at[0] = nothing;
	exec_run();
	ck_assert_int_eq(end.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(end.answer.said.text,
			 "/nonexistent/tell: /nonexistent/tell cannot be started: no such file or "
			 "directory");
	exec_finish();
	exec_open("mkfifo out; read x <out", env);
	conf.timeout_s = 1;
	exec_run();
	ck_assert_int_eq(end.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(end.answer.said.text,
			 "/bin/sh: it had not ended after 1 seconds, and was killed");
	exec_finish();
}
END_TEST

START_TEST(closing_ends_what_is_under_way)
{
	static char nothing[] = "/nonexistent/tell";
	const struct notify_message m = message_kit();
	size_t i;

	exec_open("mkfifo out; read x <out", env);
	for (i = 0; i < EXEC_RUNS_MAX - 1; i++)
		ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	conf.command.at[0] = nothing; /* its failure is about to be told */
	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), ERR_LIMIT);
	ck_assert_uint_eq(end.n_done, 0);
	exec_finish();
	ck_assert_uint_eq(end.n_done, EXEC_RUNS_MAX);
	ck_assert_int_eq(end.err, ERR_CANCELED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_command_gets_the_event_and_nothing_else_of_ours,
		a_path_is_there_where_we_have_none,
		the_status_says_whether_it_is_tried_again,
		what_cannot_be_started_or_hangs_is_tried_again,
		closing_ends_what_is_under_way,
	};

	return unit_run("exec", tests, N_ELEMENTS(tests));
}
