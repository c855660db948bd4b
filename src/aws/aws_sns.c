/* SPDX-License-Identifier: BSD-2-Clause
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
#include "aws/aws_sns.h"

#include <stdlib.h>
#include <string.h>

#include "aws/call.h"
#include "aws/fault.h"
#include "aws/service.h"
#include "aws/sigv4_canon.h"
#include "aws/xml.h"

/* A message has 256 KiB at most, ours far fewer; encoded, three times as many. */
enum { BODY_MAX = 64 * 1024 };

struct aws_sns {
	struct aws_service_state state;
};

struct sns_call {
	aws_sns_fn *done;
	void *arg;
};

int aws_sns_new(struct aws_client *client, const char *region, const char *endpoint,
		unsigned timeout_ms, struct aws_sns **ret, struct errinfo *ei)
{
	struct aws_sns *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return ERR_NOMEM;
	err = aws_service_init(&s->state, client, AWS_SERVICE_SNS, region, endpoint, timeout_ms,
			       ei);
	if (err != 0) {
		free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void aws_sns_free(struct aws_sns *s)
{
	if (s == NULL)
		return;
	aws_service_fini(&s->state);
	free(s);
}

static int on_sns_leaf(void *arg, const char *path, const char *text)
{
	char *id = arg;

	if (strcmp(path, "PublishResponse/PublishResult/MessageId") != 0)
		return 0;
	return str_copy(id, AWS_SNS_ID_SIZE, slice_of(text)) != 0 ? ERR_INVAL : 0;
}

static void sns_parse_reply(const struct sns_call *c, const struct fetch_transfer_reply *reply)
{
	char id[AWS_SNS_ID_SIZE] = "";
	struct aws_error e;
	int err = xml_parse(reply->body, on_sns_leaf, id);

	if (err == 0 && id[0] != '\0') {
		c->done(c->arg, 0, id, NULL);
		return;
	}
	aws_fault_misread(reply, "SNS Publish", err, "the reply has no message id", &e);
	c->done(c->arg, e.err, NULL, &e);
}

static void on_sns_done(void *arg, const struct fetch_transfer_reply *reply,
			const struct aws_error *error)
{
	struct sns_call *c = arg;

	if (error != NULL)
		c->done(c->arg, error->err, NULL, error);
	else
		sns_parse_reply(c, reply);
	free(c);
}

static void sns_add(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_addf(out, "&%s=", name);
	sigv4_add_encoded(out, slice_of(value));
}

static int sns_add_request(struct buf *out, const struct aws_sns_message *m)
{
	buf_adds(out, "Action=Publish&Version=2010-03-31");
	sns_add(out, "TopicArn", m->topic);
	sns_add(out, "Subject", m->subject);
	sns_add(out, "Message", m->message);
	sns_add(out, "MessageGroupId", m->group);
	sns_add(out, "MessageDeduplicationId", m->deduplication_id);
	if (m->attribute != NULL) {
		sns_add(out, "MessageAttributes.entry.1.Name", m->attribute);
		sns_add(out, "MessageAttributes.entry.1.Value.DataType", "String");
		sns_add(out, "MessageAttributes.entry.1.Value.StringValue", m->attribute_value);
	}
	return buf_err(out);
}

int aws_sns_publish(struct aws_sns *s, const struct aws_sns_message *m, aws_sns_fn *done, void *arg)
{
	struct sns_call *c = calloc(1, sizeof(*c));
	struct buf body;
	struct aws_call_request req = {
		.operation = "Publish",
		.path = "/",
		.content_type = "application/x-www-form-urlencoded; charset=utf-8",
		.body = &body,
	};
	int err;

	if (c == NULL)
		return ERR_NOMEM;
	c->done = done;
	c->arg = arg;
	buf_init(&body, BODY_MAX);
	err = sns_add_request(&body, m);
	if (err == 0)
		err = aws_call_start(&s->state, &req, on_sns_done, c);
	buf_fini(&body);
	if (err != 0)
		free(c);
	return err;
}
