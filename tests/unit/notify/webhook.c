/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/webhook.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "kit/fake_aws.h"
#include "kit/message_kit.h"
#include "kit/unit.h"
#include "notify/webhook_sign.h"

#define KEY	  "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER_KEY "whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static const struct fake_aws_reply ok[] = {FAKE_AWS_REPLY(200, NULL, "")};

static struct fake_aws server;
static struct conf_notify conf;
static struct notify_target *target;
static struct errinfo ei;
static char url[128], empty[] = "", key_path[64], token_path[64];

static void prepare(enum conf_notify_format format)
{
	fake_aws_listen(&server, ok, 1);
	snprintf(url, sizeof(url), "%s/hook", server.url);
	conf = (struct conf_notify){
		.url = url,
		.ca_file = empty,
		.format = format,
		.timeout_s = 60,
		.body = empty,
		.secret_file = empty,
		.token_file = empty,
	};
	err_reset(&ei);
	target = NULL;
}

static void write_secret(char *path, size_t size, const char *text)
{
	snprintf(path, size, "/tmp/webhook-XXXXXX");
	fake_aws_write_temp(path, text);
}

static void send_one(const struct notify_message *m, struct message_kit_end *end)
{
	ck_assert_msg(notify_webhook_new(&server.loop, &conf, &target, &ei) == 0, "%s", ei.text);
	ck_assert_str_eq(target->ops->kind, "webhook");
	ck_assert_int_eq(notify_target_send(target, m, message_kit_done, end), 0);
	fake_aws_run(&server, &end->n_done, end->n_done + 1);
}

static void finish(void)
{
	notify_target_close(target);
	fake_aws_stop(&server);
}

START_TEST(a_post_is_signed_by_the_standard)
{
	const struct notify_message m = message_kit();
	struct message_kit_end end = {0};
	struct webhook_keys keys;
	struct buf want;
	int64_t before_s = clock_wall_s(), at_s;

	prepare(CONF_FORMAT_JSON);
	write_secret(key_path, sizeof(key_path), KEY "\n");
	conf.secret_file = key_path;
	send_one(&m, &end);
	ck_assert_int_eq(end.err, 0);
	ck_assert_str_eq(fake_aws_body(&server, 0), MESSAGE_KIT_JSON);
	ck_assert_str_eq(fake_aws_header(&server, 0, "Content-Type"), "application/json");
	ck_assert_str_eq(fake_aws_header(&server, 0, "webhook-id"), MESSAGE_KIT_ID);
	at_s = atoll(fake_aws_header(&server, 0, "webhook-timestamp"));
	ck_assert_int_ge(at_s, before_s);
	ck_assert_int_le(at_s, clock_wall_s());
	ck_assert_int_eq(webhook_keys_parse(slice_of(KEY), &keys, &ei), 0);
	buf_init(&want, 256);
	ck_assert_int_eq(webhook_sign(&keys, m.id, at_s, slice_of(m.json), &want), 0);
	ck_assert_str_eq(fake_aws_header(&server, 0, "webhook-signature"), buf_str(&want));
	ck_assert_str_eq(fake_aws_header(&server, 0, "Authorization"), "");
	buf_fini(&want);
	unlink(key_path);
	finish();
}
END_TEST

static const struct {
	enum conf_notify_format format;
	const char *header, *want;
} token_rows[] = {
	{CONF_FORMAT_JSON, "Authorization", "Bearer tk_1 2"},
	{CONF_FORMAT_NTFY, "Authorization", "Bearer tk_1 2"},
	{CONF_FORMAT_GOTIFY, "X-Gotify-Key", "tk_1 2"},
};

START_TEST(a_token_goes_where_the_service_looks_for_it)
{
	const struct notify_message m = message_kit();
	size_t i;

	for (i = 0; i < N_ELEMENTS(token_rows); i++) {
		struct message_kit_end end = {0};

		prepare(token_rows[i].format);
		write_secret(token_path, sizeof(token_path), "tk_1 2\n");
		conf.token_file = token_path;
		send_one(&m, &end);
		ck_assert_str_eq(fake_aws_header(&server, 0, token_rows[i].header),
				 token_rows[i].want);
		ck_assert_str_eq(fake_aws_header(&server, 0, "webhook-signature"), "");
		unlink(token_path);
		finish();
	}
}
END_TEST

START_TEST(a_token_of_the_url_is_in_no_header)
{
	const struct notify_message m = message_kit();
	struct message_kit_end end = {0};
	size_t len;

	prepare(CONF_FORMAT_SLACK);
	len = strlen(url);
	snprintf(url + len, sizeof(url) - len, "/{token}");
	write_secret(token_path, sizeof(token_path), "T0/B0?x\n");
	conf.token_file = token_path;
	send_one(&m, &end);
	ck_assert_ptr_nonnull(strstr(server.requests[0], "POST /hook/T0/B0?x HTTP/1.1"));
	ck_assert_str_eq(fake_aws_header(&server, 0, "Authorization"), "");
	unlink(token_path);
	finish();
}
END_TEST

START_TEST(the_administrators_headers_go_before_ours)
{
	static char type[] = "content-type:\tx/y ", other[] = "X-Other: a: b";
	struct notify_message m = message_kit();
	struct message_kit_end end = {0};

	prepare(CONF_FORMAT_NTFY);
	conf.headers.n = 2;
	conf.headers.at[0] = type;
	conf.headers.at[1] = other;
	m.kind = "host-silent";
	send_one(&m, &end);
	ck_assert_str_eq(fake_aws_header(&server, 0, "Content-Type"), "x/y");
	ck_assert_str_eq(fake_aws_header(&server, 0, "X-Other"), "a: b");
	ck_assert_str_eq(fake_aws_header(&server, 0, "Title"), m.title);
	ck_assert_str_eq(fake_aws_header(&server, 0, "Priority"), "high");
	ck_assert_str_eq(fake_aws_body(&server, 0), m.text);
	finish();
}
END_TEST

START_TEST(a_204_of_apprise_means_that_nobody_was_told)
{
	static const struct fake_aws_reply none[] = {{.raw = "HTTP/1.1 204 No Content\r\n\r\n"}},
					   some[] = {FAKE_AWS_REPLY(424, NULL, "")};
	const struct notify_message m = message_kit();
	struct message_kit_end end = {0};

	prepare(CONF_FORMAT_APPRISE);
	fake_aws_script(&server, none, 1);
	send_one(&m, &end);
	ck_assert_int_eq(end.err, ERR_REFUSED);
	fake_aws_script(&server, some, 1);
	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 2);
	ck_assert_int_eq(end.err, ERR_UNAVAILABLE);
	finish();
	prepare(CONF_FORMAT_DISCORD);
	fake_aws_script(&server, none, 1);
	send_one(&m, &end);
	ck_assert_int_eq(end.err, 0);
	finish();
}
END_TEST

START_TEST(files_that_do_not_do_are_told_without_their_content)
{
	prepare(CONF_FORMAT_JSON);
	write_secret(key_path, sizeof(key_path), "Sesame\n");
	conf.secret_file = key_path;
	ck_assert_int_eq(notify_webhook_new(&server.loop, &conf, &target, &ei), ERR_INVAL);
	ck_assert_ptr_nonnull(strstr(ei.text, "secret-file: /tmp/webhook-"));
	ck_assert_ptr_nonnull(strstr(ei.text, ": line 1: the key is not 24 to 64 bytes"));
	ck_assert_ptr_null(strstr(ei.text, "Sesame"));
	err_reset(&ei);
	conf.secret_file = empty;
	conf.token_file = key_path;
	ck_assert_int_eq(chmod(key_path, 0644), 0);
	ck_assert_int_eq(notify_webhook_new(&server.loop, &conf, &target, &ei), ERR_INVAL);
	ck_assert_ptr_nonnull(strstr(ei.text, "token-file: "));
	ck_assert_ptr_null(target);
	unlink(key_path);
	finish();
}
END_TEST

static void rewrite(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL && fputs(text, f) >= 0);
	ck_assert_int_eq(fclose(f), 0);
}

static const struct {
	const char *keys, *token;
	bool is_taken;
	const char *want;  /* the token that is sent then */
	const char *signs; /* the key */
} reread_rows[] = {
	{OTHER_KEY, "tk2", true, "Bearer tk2", OTHER_KEY},
	{OTHER_KEY, "tk2", false, "Bearer tk1", KEY},
	{OTHER_KEY, "two\nlines", false, "Bearer tk1", KEY},
	{"no key", "tk2", false, "Bearer tk1", KEY},
};

static void check_sent(size_t row)
{
	const struct notify_message m = message_kit();
	struct message_kit_end end = {0};
	struct webhook_keys keys;
	struct buf want;

	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 1);
	ck_assert_int_eq(webhook_keys_parse(slice_of(reread_rows[row].signs), &keys, &ei), 0);
	buf_init(&want, 256);
	ck_assert_int_eq(webhook_sign(&keys, m.id,
				      atoll(fake_aws_header(&server, 0, "webhook-timestamp")),
				      slice_of(m.json), &want),
			 0);
	ck_assert_msg(strcmp(fake_aws_header(&server, 0, "webhook-signature"), buf_str(&want)) == 0,
		      "row %zu", row);
	buf_fini(&want);
	ck_assert_str_eq(fake_aws_header(&server, 0, "Authorization"), reread_rows[row].want);
}

START_TEST(secrets_that_are_read_again_count_when_they_are_taken)
{
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(reread_rows); i++) {
		prepare(CONF_FORMAT_JSON);
		write_secret(key_path, sizeof(key_path), KEY);
		write_secret(token_path, sizeof(token_path), "tk1");
		conf.secret_file = key_path;
		conf.token_file = token_path;
		ck_assert_int_eq(notify_webhook_new(&server.loop, &conf, &target, &ei), 0);
		rewrite(key_path, reread_rows[i].keys);
		rewrite(token_path, reread_rows[i].token);
		err = notify_target_reread(target, &ei);
		ck_assert_msg(err == (i < 2 ? 0 : ERR_INVAL), "row %zu: %d %s", i, err, ei.text);
		notify_target_settle(target, reread_rows[i].is_taken);
		check_sent(i);
		unlink(key_path);
		unlink(token_path);
		finish();
	}
}
END_TEST

START_TEST(a_token_of_the_url_is_read_again)
{
	const struct notify_message m = message_kit();
	struct message_kit_end end = {0};
	size_t len;

	prepare(CONF_FORMAT_DISCORD);
	len = strlen(url);
	snprintf(url + len, sizeof(url) - len, "/{token}");
	write_secret(token_path, sizeof(token_path), "old");
	conf.token_file = token_path;
	ck_assert_int_eq(notify_webhook_new(&server.loop, &conf, &target, &ei), 0);
	rewrite(token_path, "new");
	ck_assert_int_eq(notify_target_reread(target, &ei), 0);
	notify_target_settle(target, true);
	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 1);
	ck_assert_ptr_nonnull(strstr(server.requests[0], "POST /hook/new HTTP/1.1"));
	unlink(token_path);
	finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_post_is_signed_by_the_standard,
		a_token_goes_where_the_service_looks_for_it,
		a_token_of_the_url_is_in_no_header,
		the_administrators_headers_go_before_ours,
		a_204_of_apprise_means_that_nobody_was_told,
		files_that_do_not_do_are_told_without_their_content,
		secrets_that_are_read_again_count_when_they_are_taken,
		a_token_of_the_url_is_read_again,
	};

	return unit_run("webhook", tests, N_ELEMENTS(tests));
}
