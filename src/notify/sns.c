/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/sns.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "aws/aws_sns.h"
#include "aws/endpoint.h"
#include "base/str.h"
#include "conf/conf.h"
#include "notify/notify_target.h"

enum { MS_PER_S = 1000 };

struct sns {
	struct notify_target target;
	const struct conf_notify *conf;
	struct aws_sns *sns;
	bool is_fifo;
	LIST_HEAD(, sns_message) all;
	unsigned n;
};

struct sns_message {
	struct sns *sns;
	LIST_ENTRY(sns_message) link;
	notify_sent_fn *done;
	void *arg;
};

/* arn:PARTITION:sns:REGION:ACCOUNT:NAME, as the configuration was checked. */
static struct slice region_of_topic(const char *topic)
{
	struct slice part = {NULL, 0}, rest = slice_of(topic);
	size_t n;

	for (n = 0; n < 4; n++)
		slice_cut(rest, ':', &part, &rest);
	return part;
}

/* Of an encrypted topic: SNS says it with 400 (KMSAccessDenied, KMSDisabled, KMSInvalidState and
 * their like), and what else an administrator has to mend with 403. */
static bool may_be_mended(const struct aws_error *error)
{
	return error->status == 403 || strncmp(error->code, "KMS", 3) == 0;
}

/* A topic that is not there, and a permission or a key that is missing, may come. */
static int sns_judge(int err, const char *message_id, const struct aws_error *error,
		     struct notify_answer *ret)
{
	if (err == 0)
		return err_set(&ret->said, 0, "SNS took it as %s", message_id);
	if (err == ERR_INVAL || err == ERR_LIMIT)
		err = ERR_REFUSED;
	if (err == ERR_REFUSED && may_be_mended(error))
		err = ERR_UNAVAILABLE;
	return err_set(&ret->said, err, "%s", error->why.text);
}

static void on_published(void *arg, int err, const char *message_id, const struct aws_error *error)
{
	struct sns_message *m = arg;
	struct notify_answer answer = {.wait_s = 0};

	err = sns_judge(err, message_id, error, &answer);
	LIST_REMOVE(m, link);
	m->sns->n--;
	m->done(m->arg, err, &answer);
	free(m);
}

/* What of one host happens stays in its order. */
static int sns_publish(const struct sns *s, const struct notify_message *m, struct sns_message *c)
{
	char subject[AWS_SNS_SUBJECT_MAX + 1], group[AWS_SNS_GROUP_MAX + 1];
	const struct aws_sns_message sns = {
		.topic = s->conf->topic,
		.subject = str_printable(subject, sizeof(subject), slice_of(m->title)),
		.message = m->json,
		.group = s->is_fifo
				 ? str_printable(group, sizeof(group),
						 slice_of(*m->host != '\0' ? m->host : "mooring"))
				 : NULL,
		.deduplication_id = s->is_fifo ? m->id : NULL,
		.attribute = "event",
		.attribute_value = m->kind,
	};

	return aws_sns_publish(s->sns, &sns, on_published, c);
}

static int sns_send(struct notify_target *t, const struct notify_message *m, notify_sent_fn *done,
		    void *arg)
{
	struct sns *s = (struct sns *)t;
	struct sns_message *c;
	int err;

	if (s->n == SNS_CALLS_MAX)
		return ERR_LIMIT;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR_NOMEM;
	c->sns = s;
	c->done = done;
	c->arg = arg;
	err = sns_publish(s, m, c);
	if (err != 0) {
		free(c);
		return err;
	}
	LIST_INSERT_HEAD(&s->all, c, link);
	s->n++;
	return 0;
}

/* Freeing the service ends its calls. */
static void sns_close(struct notify_target *t)
{
	struct sns *s = (struct sns *)t;

	aws_sns_free(s->sns);
	free(s);
}

int notify_sns_new(struct aws_client *client, const struct conf_notify *c,
		   struct notify_target **ret, struct errinfo *ei)
{
	static const struct notify_target_ops ops = {
		.kind = "sns",
		.send = sns_send,
		.close = sns_close,
	};
	static const char fifo[] = ".fifo";
	const size_t len = strlen(c->topic), fifo_len = sizeof(fifo) - 1;
	struct sns *s = calloc(1, sizeof(*s));
	char region[AWS_REGION_SIZE];
	int err;

	if (s == NULL)
		return ERR_NOMEM;
	s->target.ops = &ops;
	s->conf = c;
	s->is_fifo = len > fifo_len && strcmp(c->topic + len - fifo_len, fifo) == 0;
	err = str_copy(region, sizeof(region), region_of_topic(c->topic));
	if (err == 0)
		err = aws_sns_new(client, region, *c->endpoint != '\0' ? c->endpoint : NULL,
				  c->timeout_s * MS_PER_S, &s->sns, ei);
	if (err != 0) {
		free(s);
		return err;
	}
	*ret = &s->target;
	return 0;
}
