/* SPDX-License-Identifier: BSD-2-Clause
 * What goes over the wire is in tests/unit/aws/aws_sns.c. */
#include "notify/sns.h"

#include <string.h>

#include "conf/conf.h"
#include "kit/fake_aws.h"
#include "kit/message_kit.h"
#include "kit/unit.h"

#define PUBLISHED                                                                                  \
	FAKE_AWS_REPLY(200, NULL,                                                                  \
		       "<PublishResponse><PublishResult><MessageId>m-1</MessageId>"                \
		       "</PublishResult></PublishResponse>")

#define REFUSAL(status, code)                                                                      \
	FAKE_AWS_REPLY(status, NULL,                                                               \
		       "<ErrorResponse><Error><Code>" code "</Code><Message>no</Message></Error>"  \
		       "</ErrorResponse>")

static struct fake_aws server;
static struct conf_notify conf;
static struct notify_target *target;
static struct message_kit_end end;
static char topic[300], url[128];

static void prepare(const char *arn, const struct fake_aws_reply *reply)
{
	struct errinfo ei = ERRINFO_INIT;

	fake_aws_start(&server, reply, 1, NULL);
	snprintf(topic, sizeof(topic), "%s", arn);
	snprintf(url, sizeof(url), "%s", server.url);
	conf = (struct conf_notify){.topic = topic, .endpoint = url, .timeout_s = 60};
	memset(&end, 0, sizeof(end));
	ck_assert_msg(notify_sns_new(server.client, &conf, &target, &ei) == 0, "%s", ei.text);
	ck_assert_str_eq(target->ops->kind, "sns");
}

static void send_one(const struct notify_message *m)
{
	ck_assert_int_eq(notify_target_send(target, m, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 1);
}

static void finish(void)
{
	notify_target_close(target);
	fake_aws_stop(&server);
}

/* A part of the body, "&NAME=VALUE". */
static void assert_part(const char *part, bool is_there)
{
	ck_assert_msg((strstr(fake_aws_body(&server, 0), part) != NULL) == is_there, "%s in %s",
		      part, fake_aws_body(&server, 0));
}

START_TEST(the_region_is_that_of_the_topic)
{
	static const struct fake_aws_reply ok = PUBLISHED;
	const struct notify_message m = message_kit();

	prepare("arn:aws-cn:sns:cn-north-1:1:hosts", &ok);
	send_one(&m);
	ck_assert_int_eq(end.err, 0);
	ck_assert_str_eq(end.answer.said.text, "SNS took it as m-1");
	fake_aws_assert_signed(&server, 0, "cn-north-1", "sns");
	assert_part("&Subject=home.example.com%20has%20a%20new%20address&", true);
	assert_part("&Message=%7B%22version%22%3A1", true);
	assert_part("StringValue=address-changed", true);
	assert_part("MessageGroupId", false);
	finish();
}
END_TEST

START_TEST(a_fifo_topic_keeps_the_order_of_a_host_and_drops_what_comes_twice)
{
	static const struct fake_aws_reply ok = PUBLISHED;
	struct notify_message m = message_kit();
	char host[200];

	prepare("arn:aws:sns:us-gov-west-1:1:hosts.fifo", &ok);
	send_one(&m);
	assert_part("&MessageGroupId=home.example.com&MessageDeduplicationId=" MESSAGE_KIT_ID,
		    true);
	finish();
	m.host = "";
	prepare("arn:aws:sns:us-gov-west-1:1:hosts.fifo", &ok);
	send_one(&m);
	assert_part("&MessageGroupId=mooring&", true);
	finish();
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	m.host = host;
	prepare("arn:aws:sns:us-gov-west-1:1:hosts.fifo", &ok);
	send_one(&m);
	assert_part("hhh...&MessageDeduplicationId=", true);
	finish();
}
END_TEST

START_TEST(a_subject_is_what_mail_takes)
{
	static const struct fake_aws_reply ok = PUBLISHED;
	struct notify_message m = message_kit();

	m.title = "z\xc3\xbc\n";
	prepare("arn:aws:sns:eu-west-1:1:hosts", &ok);
	send_one(&m);
	assert_part("&Subject=z%5Cxc3%5Cxbc%5Cx0a&", true);
	finish();
}
END_TEST

START_TEST(a_refusal_is_told)
{
	static const struct fake_aws_reply bad = REFUSAL(400, "InvalidParameter");
	const struct notify_message m = message_kit();

	prepare("arn:aws:sns:eu-west-1:1:hosts", &bad);
	send_one(&m);
	ck_assert_int_eq(end.err, ERR_REFUSED);
	ck_assert_str_eq(end.answer.said.text, "SNS Publish: InvalidParameter: no");
	finish();
}
END_TEST

START_TEST(what_an_administrator_can_mend_is_tried_again)
{
	static const struct {
		struct fake_aws_reply reply;
		int want;
	} rows[] = {
		{REFUSAL(400, "KMSAccessDenied"), ERR_UNAVAILABLE},
		{REFUSAL(400, "KMSDisabledException"), ERR_UNAVAILABLE},
		{REFUSAL(400, "KMSThrottling"), ERR_THROTTLED},
		{REFUSAL(403, "InvalidSecurity"), ERR_UNAVAILABLE},
		{REFUSAL(403, "AuthorizationError"), ERR_DENIED},
		{REFUSAL(404, "NotFound"), ERR_NOTFOUND},
		{REFUSAL(400, "InvalidParameterValue"), ERR_REFUSED},
	};
	const struct notify_message m = message_kit();
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		prepare("arn:aws:sns:eu-west-1:1:hosts", &rows[i].reply);
		send_one(&m);
		ck_assert_msg(end.err == rows[i].want, "row %zu: %d", i, end.err);
		finish();
	}
}
END_TEST

START_TEST(closing_ends_what_is_under_way)
{
	static const struct fake_aws_reply silent = {.status = -1};
	const struct notify_message m = message_kit();
	size_t i;

	prepare("arn:aws:sns:eu-west-1:1:hosts", &silent);
	for (i = 0; i < SNS_CALLS_MAX; i++)
		ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), 0);
	ck_assert_int_eq(notify_target_send(target, &m, message_kit_done, &end), ERR_LIMIT);
	finish();
	ck_assert_uint_eq(end.n_done, SNS_CALLS_MAX);
	ck_assert_int_eq(end.err, ERR_CANCELED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_region_is_that_of_the_topic,
		a_fifo_topic_keeps_the_order_of_a_host_and_drops_what_comes_twice,
		a_subject_is_what_mail_takes,
		a_refusal_is_told,
		what_an_administrator_can_mend_is_tried_again,
		closing_ends_what_is_under_way,
	};

	return unit_run("sns", tests, N_ELEMENTS(tests));
}
