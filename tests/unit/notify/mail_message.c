/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/mail_message.h"

#include <string.h>

#include "base/str.h"
#include "kit/message_kit.h"
#include "kit/unit.h"

enum { HARD_LINE_MAX = 998, SOFT_LINE_MAX = 78 };

static const char *const to[] = {"admin@example.com", "noc@example.net"};

static const char whole[] = "Date: Thu, 25 Feb 2021 15:02:10 +0000\r\n"
			    "From: mooring <mooring@dyn.example.com>\r\n"
			    "To: admin@example.com,\r\n"
			    " noc@example.net\r\n"
			    "Subject: home.example.com has a new address\r\n"
			    "Message-ID: <" MESSAGE_KIT_ID "@dyn.example.com>\r\n"
			    "X-Mooring-Event: address-changed\r\n"
			    "X-Mooring-Host: home.example.com\r\n"
			    "Auto-Submitted: auto-generated\r\n"
			    "MIME-Version: 1.0\r\n"
			    "Content-Type: text/plain; charset=utf-8\r\n"
			    "Content-Transfer-Encoding: 7bit\r\n"
			    "\r\n"
			    "home.example.com is at 192.0.2.2 and 2001:db8::2 now.\r\n"
			    "\r\n"
			    "host:   home.example.com\r\n"
			    "login:  router\r\n"
			    "old:    192.0.2.1\r\n"
			    "new:    192.0.2.2 2001:db8::2\r\n"
			    "event:  address-changed\r\n"
			    "time:   2021-02-25T15:02:10Z\r\n"
			    "id:     " MESSAGE_KIT_ID "\r\n";

static void make(struct buf *out, const struct notify_message *m)
{
	buf_init(out, MAIL_MESSAGE_MAX);
	ck_assert_int_eq(mail_message_add(out, m, "mooring@dyn.example.com", to, 2), 0);
}

START_TEST(a_mail_is_whole)
{
	const struct notify_message m = message_kit();
	struct buf out;

	make(&out, &m);
	ck_assert_str_eq(buf_str(&out), whole);
	buf_fini(&out);
}
END_TEST

START_TEST(what_is_not_there_has_no_line)
{
	struct notify_message m = message_kit();
	struct buf out;

	m.host = m.user = m.old = m.new = "";
	m.kind = "restarted";
	make(&out, &m);
	ck_assert_ptr_null(strstr(buf_str(&out), "X-Mooring-Host"));
	ck_assert_ptr_null(strstr(buf_str(&out), "login:"));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\r\nevent:  restarted\r\n"));
	buf_fini(&out);
}
END_TEST

/* Where a lone CR or LF, or a line that is too long, would be somebody else's idea. */
static void check_lines(const char *text)
{
	const char *end;

	for (; (end = strstr(text, "\r\n")) != NULL; text = end + 2) {
		ck_assert_uint_le((size_t)(end - text), HARD_LINE_MAX);
		ck_assert_ptr_null(memchr(text, '\r', (size_t)(end - text)));
		ck_assert_ptr_null(memchr(text, '\n', (size_t)(end - text)));
	}
	ck_assert_str_eq(text, "");
}

START_TEST(nobody_writes_a_header_or_ends_the_mail)
{
	static const char *const nasty[] = {
		"a\r\nBcc: victim@example.org",
		"a\n.\nMAIL FROM:<x@y>",
		"a\r\n\r\nbody",
		"z\xc3\xbcrich\r\n.\r\n",
		"\xff\xfe\r",
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(nasty); i++) {
		struct notify_message m = message_kit();
		const char *body;
		struct buf out;

		m.title = m.text = m.user = m.host = m.kind = nasty[i];
		make(&out, &m);
		check_lines(buf_str(&out));
		body = strstr(buf_str(&out), "\r\n\r\n");
		ck_assert_ptr_nonnull(body);
		ck_assert_ptr_null(strstr(buf_str(&out), "\r\nBcc:"));
		ck_assert_ptr_null(strstr(buf_str(&out), "\r\nMAIL"));
		/* The header ends where we end it. */
		ck_assert_int_eq(strncmp(body - strlen("base64"), "base64", 6) == 0 ||
					 strncmp(body - strlen("7bit"), "7bit", 4) == 0,
				 1);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(text_that_is_no_ascii_is_encoded)
{
	struct notify_message m = message_kit();
	static char text[2000];
	char got[8192];
	const char *body;
	struct buf out;
	size_t len = 0, n;
	char packed[8192];

	m.title = "z\xc3\xbcrich";
	m.text = "z\xc3\xbcrich is silent.";
	make(&out, &m);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\r\nSubject: =?UTF-8?B?esO8cmljaA==?=\r\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\r\nContent-Transfer-Encoding: base64\r\n"));
	check_lines(buf_str(&out));
	body = strstr(buf_str(&out), "\r\n\r\n") + 4;
	for (n = 0; *body != '\0'; body++)
		if (*body != '\r' && *body != '\n')
			packed[n++] = *body;
	ck_assert_int_eq(str_base64_decode((struct slice){packed, n}, got, sizeof(got) - 1, &len),
			 0);
	got[len] = '\0';
	ck_assert_ptr_nonnull(strstr(got, "z\xc3\xbcrich is silent.\n\nhost:   home"));
	buf_fini(&out);
	/* So is a line that a server may not take. */
	memset(text, 'x', sizeof(text) - 1);
	m.title = "t";
	m.text = text;
	make(&out, &m);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "Encoding: base64\r\n"));
	check_lines(buf_str(&out));
	buf_fini(&out);
}
END_TEST

START_TEST(what_does_not_fit_is_told)
{
	static char text[20000];
	struct notify_message m = message_kit();
	struct buf out;

	memset(text, 'x', sizeof(text) - 1);
	m.text = text;
	buf_init(&out, MAIL_MESSAGE_MAX);
	ck_assert_int_eq(mail_message_add(&out, &m, "a@b", to, 2), ERR_LIMIT);
	buf_fini(&out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_mail_is_whole,
		what_is_not_there_has_no_line,
		nobody_writes_a_header_or_ends_the_mail,
		text_that_is_no_ascii_is_encoded,
		what_does_not_fit_is_told,
	};

	return unit_run("mail_message", tests, N_ELEMENTS(tests));
}
