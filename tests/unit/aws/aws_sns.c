/* SPDX-License-Identifier: BSD-2-Clause
 * The replies are those of SNS's API reference. */
#include "aws/aws_sns.h"

#include <string.h>

#include "kit/fake_aws.h"
#include "kit/unit.h"

#define TOPIC "arn:aws:sns:eu-west-1:123456789012:hosts"
#define PUBLISHED                                                                                  \
	FAKE_AWS_REPLY(200, NULL,                                                                  \
		       "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"      \
		       "<PublishResult><MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b"            \
		       "</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId>"    \
		       "</ResponseMetadata></PublishResponse>")
#define SNS_ERROR(status, code)                                                                    \
	FAKE_AWS_REPLY(status, NULL,                                                               \
		       "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error>" \
		       "<Type>Sender</Type><Code>" code "</Code><Message>no</Message></Error>"     \
		       "<RequestId>r-1</RequestId></ErrorResponse>")

static struct fake_aws server;
static struct aws_sns *sns;
static struct fake_aws_result result;
static char id[AWS_SNS_ID_SIZE];

static void on_published(void *arg, int err, const char *message_id, const struct aws_error *error)
{
	(void)arg;
	snprintf(id, sizeof(id), "%s", message_id != NULL ? message_id : "");
	fake_aws_take(&result, err, error);
}

static void publish(const struct fake_aws_reply *script, size_t n, const struct aws_sns_message *m)
{
	struct errinfo ei = ERRINFO_INIT;

	memset(&result, 0, sizeof(result));
	fake_aws_start(&server, script, n, NULL);
	aws_client_set_throttle_base_ms(server.client, 1);
	ck_assert_int_eq(aws_sns_new(server.client, "eu-west-1", server.url, 0, &sns, &ei), 0);
	ck_assert_int_eq(aws_sns_publish(sns, m, on_published, NULL), 0);
	fake_aws_run(&server, &result.n_done, 1);
}

static void finish(void)
{
	aws_sns_free(sns);
	fake_aws_stop(&server);
}

START_TEST(a_message_is_published_and_signed)
{
	static const struct fake_aws_reply script[] = {PUBLISHED};
	const struct aws_sns_message m = {
		.topic = TOPIC,
		.subject = "a b",
		.message = "{\"a\":\"\xc3\xa4&=+%\"}",
		.attribute = "event",
		.attribute_value = "address-changed",
	};

	publish(script, 1, &m);
	ck_assert_int_eq(result.err, 0);
	ck_assert_str_eq(id, "94f20ce6-13c5-43a0-9a9e-ca52d816e90b");
	ck_assert_str_eq(fake_aws_body(&server, 0),
			 "Action=Publish&Version=2010-03-31"
			 "&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Ahosts"
			 "&Subject=a%20b&Message=%7B%22a%22%3A%22%C3%A4%26%3D%2B%25%22%7D"
			 "&MessageAttributes.entry.1.Name=event"
			 "&MessageAttributes.entry.1.Value.DataType=String"
			 "&MessageAttributes.entry.1.Value.StringValue=address-changed");
	fake_aws_assert_signed(&server, 0, "eu-west-1", "sns");
	finish();
}
END_TEST

START_TEST(a_fifo_topic_gets_group_and_id)
{
	static const struct fake_aws_reply script[] = {PUBLISHED};
	const struct aws_sns_message m = {
		.topic = TOPIC ".fifo",
		.message = "x",
		.group = "home.example.com",
		.deduplication_id = "00ff",
	};

	publish(script, 1, &m);
	ck_assert_int_eq(result.err, 0);
	ck_assert_str_eq(fake_aws_body(&server, 0),
			 "Action=Publish&Version=2010-03-31"
			 "&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Ahosts.fifo"
			 "&Message=x&MessageGroupId=home.example.com&MessageDeduplicationId=00ff");
	finish();
}
END_TEST

static const struct {
	struct fake_aws_reply reply;
	int want;
	const char *text;
} rows[] = {
	{SNS_ERROR(404, "NotFound"), ERR_NOTFOUND, "SNS Publish: NotFound: no (request id r-1)"},
	{SNS_ERROR(403, "AuthorizationError"), ERR_DENIED, "SNS Publish: AuthorizationError"},
	{SNS_ERROR(400, "InvalidParameter"), ERR_REFUSED, "SNS Publish: InvalidParameter"},
	{SNS_ERROR(400, "Throttled"), ERR_THROTTLED, "SNS Publish: Throttled"},
	{SNS_ERROR(400, "Throttling"), ERR_THROTTLED, "SNS Publish: Throttling"},
	{SNS_ERROR(500, "InternalError"), ERR_UNAVAILABLE, "SNS Publish: InternalError"},
	{SNS_ERROR(400, "EndpointDisabled"), ERR_REFUSED, "SNS Publish: EndpointDisabled"},
	{FAKE_AWS_REPLY(200, NULL, "<PublishResponse/>"), ERR_PROTOCOL,
	 "SNS Publish: the reply has no message id"},
	{FAKE_AWS_REPLY(200, NULL, "{}"), ERR_PROTOCOL, "SNS Publish: the reply has no message id"},
};

START_TEST(an_error_is_told_by_its_code)
{
	const struct aws_sns_message m = {.topic = TOPIC, .message = "x"};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		publish(&rows[i].reply, 1, &m);
		ck_assert_msg(result.err == rows[i].want &&
				      strncmp(result.text, rows[i].text, strlen(rows[i].text)) == 0,
			      "row %zu: %d %s", i, result.err, result.text);
		ck_assert_str_eq(id, "");
		finish();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_message_is_published_and_signed,
		a_fifo_topic_gets_group_and_id,
		an_error_is_told_by_its_code,
	};

	return unit_run("aws_sns", tests, N_ELEMENTS(tests));
}
