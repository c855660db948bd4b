/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/smtp.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/str.h"
#include "conf/conf.h"
#include "kit/message_kit.h"
#include "kit/smtp_kit.h"
#include "kit/unit.h"

static struct smtp_kit server;
static uv_loop_t loop;
static struct conf_notify conf;
static struct notify_target *target;
static struct message_kit_end end;
static struct errinfo ei;
static char url[64], empty[] = "", from[] = "mooring@example.com", to[] = "admin@example.com";

static void prepare(const char *command, const char *reply)
{
	server = (struct smtp_kit){.fd = -1};
	server.rows[0].command = command;
	server.rows[0].reply = reply;
	smtp_kit_open(&server);
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%u", server.port);
	conf = (struct conf_notify){
		.url = url,
		.ca_file = empty,
		.timeout_s = 60,
		.from = from,
		.to = {.n = 1, .at = {to}},
		.user = empty,
		.password_file = empty,
	};
	memset(&end, 0, sizeof(end));
	err_reset(&ei);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
}

static void finish(void)
{
	notify_target_close(target);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	smtp_kit_close(&server);
}

static void send_one(void)
{
	const struct notify_message m = message_kit();

	ck_assert_msg(notify_smtp_new(&loop, &conf, &target, &ei) == 0, "%s", ei.text);
	ck_assert_str_eq(target->ops->kind, "smtp");
	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	while (end.n_done == 0)
		uv_run(&loop, UV_RUN_ONCE);
	finish();
	ck_assert_uint_eq(end.n_done, 1);
}

START_TEST(a_message_arrives_as_mail)
{
	prepare("X", "");
	send_one();
	ck_assert_int_eq(end.err, 0);
	ck_assert_ptr_nonnull(strstr(end.answer.said.text, " took it"));
	ck_assert_ptr_nonnull(
		strstr(server.said, "\r\nMessage-ID: <" MESSAGE_KIT_ID "@example.com>\r\n"));
	ck_assert_ptr_nonnull(strstr(server.said, "\r\nSubject: home.example.com has a new"));
}
END_TEST

static const struct {
	const char *command, *reply;
	int want;
	const char *said;
} rows[] = {
	{"RCPT", "550 5.1.1 no such user\r\n", ERR_REFUSED, " refused it with 550: "},
	{"RCPT", "451 4.7.1 greylisted\r\n", ERR_UNAVAILABLE, " refused it with 451: "},
	{".", "552 too big\r\n", ERR_REFUSED, " refused it with 552: "},
	{"DATA", NULL, ERR_UNAVAILABLE, " broke off: "},
	{"", "554 5.7.1 you are on a list\r\n", ERR_UNAVAILABLE, " takes no mail from here: "},
};

START_TEST(a_refusal_for_good_is_told_from_one_for_now)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		prepare(rows[i].command, rows[i].reply);
		send_one();
		ck_assert_msg(end.err == rows[i].want &&
				      strstr(end.answer.said.text, rows[i].said) != NULL &&
				      strncmp(end.answer.said.text, "127.0.0.1:", 10) == 0,
			      "row %zu: %d %s", i, end.err, end.answer.said.text);
	}
}
END_TEST

static void write_password(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(the_password_is_read_from_its_file_and_never_told)
{
	static char user[] = "u", path[] = "/tmp/smtp-XXXXXX";

	close(mkstemp(path));
	write_password(path, "Sesame\n");
	prepare("AHUA", "535 5.7.8 Sesame is wrong\r\n");
	conf.user = user;
	conf.password_file = path;
	send_one();
	ck_assert_int_eq(end.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(end.answer.said.text, " refused the login"));
	ck_assert_ptr_null(strstr(end.answer.said.text, "Sesame"));
	ck_assert_ptr_nonnull(strstr(server.said, "AHUAU2VzYW1l"));
	ck_assert_int_eq(unlink(path), 0);
	prepare("X", "");
	conf.user = user;
	conf.password_file = path;
	target = NULL;
	ck_assert_int_eq(notify_smtp_new(&loop, &conf, &target, &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "password-file: "));
	shutdown(server.fd, SHUT_RDWR);
	finish();
}
END_TEST

static const struct {
	const char *text;
	bool is_taken;
	const char *want; /* what the server is told */
} reread_rows[] = {
	{"Sesam2\n", true, "AHUAU2VzYW0y"},
	{"Sesam2\n", false, "AHUAU2VzYW1l"},
	{"\n", false, "AHUAU2VzYW1l"},
};

START_TEST(a_password_that_is_read_again_counts_when_it_is_taken)
{
	const struct notify_message m = message_kit();
	static char user[] = "u", path[] = "/tmp/smtp-XXXXXX";
	size_t i;

	close(mkstemp(path));
	for (i = 0; i < N_ELEMENTS(reread_rows); i++) {
		prepare("AHUA", "535 5.7.8 wrong\r\n");
		conf.user = user;
		conf.password_file = path;
		write_password(path, "Sesame\n");
		ck_assert_int_eq(notify_smtp_new(&loop, &conf, &target, &ei), 0);
		write_password(path, reread_rows[i].text);
		ck_assert_int_eq(notify_target_reread(target, &ei),
				 reread_rows[i].text[0] == '\n' ? ERR_INVAL : 0);
		notify_target_settle(target, reread_rows[i].is_taken);
		ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
		while (end.n_done == 0)
			uv_run(&loop, UV_RUN_ONCE);
		ck_assert_msg(strstr(server.said, reread_rows[i].want) != NULL, "row %zu: %s", i,
			      server.said);
		finish();
	}
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(closing_ends_what_is_under_way)
{
	const struct notify_message m = message_kit();
	size_t i;

	prepare("X", "");
	ck_assert_int_eq(notify_smtp_new(&loop, &conf, &target, &ei), 0);
	for (i = 0; i < SMTP_MAILS_MAX; i++)
		ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), ERR_LIMIT);
	shutdown(server.fd, SHUT_RDWR);
	finish();
	ck_assert_uint_eq(end.n_done, SMTP_MAILS_MAX);
	ck_assert_int_eq(end.err, ERR_CANCELED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_message_arrives_as_mail,
		a_refusal_for_good_is_told_from_one_for_now,
		the_password_is_read_from_its_file_and_never_told,
		a_password_that_is_read_again_counts_when_it_is_taken,
		closing_ends_what_is_under_way,
	};

	return unit_run("smtp", tests, N_ELEMENTS(tests));
}
