/* SPDX-License-Identifier: BSD-2-Clause
 * Mail over TLS is in tests/system/test_notify_targets.py. */
#include "fetch/mail.h"

#include <string.h>
#include <uv.h>

#include "kit/smtp_kit.h"
#include "kit/unit.h"

enum { LONG_MS = 60000 };

#define MESSAGE "Subject: s\r\n\r\n.first\r\n..second\r\n.\r\nlast\r\n"

static struct smtp_kit server;
static uv_loop_t loop;
static struct fetch_mails *mails;
static struct fetch_mail *mail;
static struct fetch_mail_reply got;
static unsigned n_done;
static char url[64];

static void on_reply(void *arg, const struct fetch_mail_reply *reply)
{
	(void)arg;
	n_done++;
	got = *reply;
}

static void start(struct fetch_mail_request *req)
{
	static const char *const to[] = {"one@example.com", "two@example.com"};
	struct errinfo ei = ERRINFO_INIT;

	n_done = 0;
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%u", server.port);
	if (req->url == NULL)
		req->url = url;
	req->from = "mooring@example.com";
	req->recipients = to;
	req->n_recipients = 2;
	req->message = slice_of(MESSAGE);
	if (req->timeout_ms == 0)
		req->timeout_ms = LONG_MS;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(fetch_mails_new(&loop, &mails, &ei), 0);
	ck_assert_int_eq(fetch_mail_start(mails, req, on_reply, NULL, &mail), 0);
	ck_assert_uint_eq(n_done, 0);
}

static void finish(void)
{
	fetch_mails_close(mails);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void exchange(struct fetch_mail_request *req)
{
	smtp_kit_open(&server);
	start(req);
	while (n_done == 0)
		uv_run(&loop, UV_RUN_ONCE);
	finish();
	smtp_kit_close(&server);
	ck_assert_uint_eq(n_done, 1);
}

START_TEST(a_mail_goes_out_as_it_is)
{
	struct fetch_mail_request req = {.is_plain = true};

	server = (struct smtp_kit){.fd = -1};
	exchange(&req);
	ck_assert_int_eq(got.result, FETCH_MAIL_DONE);
	ck_assert_ptr_nonnull(strstr(server.said, "MAIL FROM:<mooring@example.com>"));
	ck_assert_ptr_nonnull(strstr(server.said, "RCPT TO:<one@example.com>\r\n"
						  "RCPT TO:<two@example.com>\r\nDATA\r\n"));
	/* RFC 5321 §4.5.2 */
	ck_assert_ptr_nonnull(strstr(server.said, "DATA\r\nSubject: s\r\n\r\n..first\r\n...second"
						  "\r\n..\r\nlast\r\n.\r\nQUIT\r\n"));
	ck_assert_ptr_null(strstr(server.said, "AUTH"));
}
END_TEST

START_TEST(a_login_comes_before_the_mail)
{
	struct fetch_mail_request req = {.is_plain = true, .user = "u", .password = "p"};

	server = (struct smtp_kit){.fd = -1};
	exchange(&req);
	ck_assert_int_eq(got.result, FETCH_MAIL_DONE);
	/* RFC 4616: NUL u NUL p */
	ck_assert_ptr_nonnull(strstr(server.said, "AHUAcA=="));
}
END_TEST

static const struct {
	const char *command, *reply, *greeting;
	enum fetch_mail_result want;
	long want_code; /* 0: any */
} rows[] = {
	{"RCPT", "550 no such user\r\n", NULL, FETCH_MAIL_REFUSED, 550},
	{"RCPT", "450 come back later\r\n", NULL, FETCH_MAIL_REFUSED, 450},
	{"RCPT TO:<two", "550 no such user\r\n", NULL, FETCH_MAIL_REFUSED, 550},
	{"MAIL", "452 no room\r\n", NULL, FETCH_MAIL_REFUSED, 452},
	{"DATA", "554 no\r\n", NULL, FETCH_MAIL_REFUSED, 554},
	{".", "554 spam\r\n", NULL, FETCH_MAIL_REFUSED, 554},
	{".", "451 later\r\n", NULL, FETCH_MAIL_REFUSED, 451},
	{".", NULL, NULL, FETCH_MAIL_BROKEN, 0},
	{"X", "", "421 busy\r\n", FETCH_MAIL_TURNED_AWAY, 421},
	{"X", "", "554 your address is on a list\r\n", FETCH_MAIL_TURNED_AWAY, 554},
	{"AHUA", "535 no\r\n", NULL, FETCH_MAIL_LOGIN, 0},
};

START_TEST(a_refusal_is_told_with_its_code)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fetch_mail_request req = {
			.is_plain = true, .user = "u", .password = "Sesame"};

		server = (struct smtp_kit){.fd = -1};
		server.rows[0].command = rows[i].command;
		server.rows[0].reply = rows[i].reply;
		server.greeting = rows[i].greeting;
		exchange(&req);
		ck_assert_msg(got.result == rows[i].want &&
				      (rows[i].want_code == 0 || got.code == rows[i].want_code),
			      "row %zu: %d %ld %s", i, (int)got.result, got.code, got.why);
		ck_assert_str_ne(got.why, "");
		ck_assert_ptr_null(strstr(got.why, "Sesame"));
	}
}
END_TEST

/* RFC 3207: a server without it, or somebody between, must not see the mail. */
START_TEST(without_tls_nothing_is_sent_unless_it_is_forgone)
{
	struct fetch_mail_request req = {.user = "u", .password = "Sesame"};

	server = (struct smtp_kit){.fd = -1};
	exchange(&req);
	ck_assert_int_eq(got.result, FETCH_MAIL_UNTRUSTED);
	ck_assert_ptr_null(strstr(server.said, "MAIL"));
	ck_assert_ptr_null(strstr(server.said, "AUTH"));
	ck_assert_ptr_null(strstr(server.said, "AHUA"));
}
END_TEST

START_TEST(who_is_not_there_or_says_nothing_is_told)
{
	struct fetch_mail_request gone = {.is_plain = true, .url = "smtp://127.0.0.1:1"};
	struct fetch_mail_request silent = {.is_plain = true, .timeout_ms = 200};

	start(&gone);
	while (n_done == 0)
		uv_run(&loop, UV_RUN_ONCE);
	finish();
	ck_assert_int_eq(got.result, FETCH_MAIL_UNREACHABLE);
	server = (struct smtp_kit){.fd = -1};
	server.rows[0].command = "MAIL";
	server.rows[0].reply = "250-more follows\r\n";
	exchange(&silent);
	ck_assert_int_eq(got.result, FETCH_MAIL_TIMEOUT);
}
END_TEST

START_TEST(a_cancelled_mail_tells_nobody)
{
	struct fetch_mail_request req = {.is_plain = true};

	server = (struct smtp_kit){.fd = -1};
	smtp_kit_open(&server);
	start(&req);
	fetch_mail_cancel(mail);
	finish();
	ck_assert_uint_eq(n_done, 0);
	shutdown(server.fd, SHUT_RDWR);
	smtp_kit_close(&server);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_mail_goes_out_as_it_is,
		a_login_comes_before_the_mail,
		a_refusal_is_told_with_its_code,
		without_tls_nothing_is_sent_unless_it_is_forgone,
		who_is_not_there_or_says_nothing_is_told,
		a_cancelled_mail_tells_nobody,
	};

	return unit_run("mail", tests, N_ELEMENTS(tests));
}
