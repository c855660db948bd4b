/* SPDX-License-Identifier: BSD-2-Clause
 * GetChange. */
#include "aws/route53_change.h"

#include <stdlib.h>
#include <string.h>

#include "aws/fault.h"
#include "aws/aws_route53_int.h"
#include "aws/xml.h"

enum { PATH_SIZE = 64 };

#define OPERATION "GetChange"

struct question {
	aws_route53_status_fn *done;
	void *arg;
};

struct status {
	bool is_known;
	bool is_insync;
};

static int on_get_change_leaf(void *arg, const char *path, const char *text)
{
	struct status *s = arg;

	if (strcmp(path, "GetChangeResponse/ChangeInfo/Status") != 0)
		return 0;
	s->is_insync = strcmp(text, "INSYNC") == 0;
	s->is_known = s->is_insync || strcmp(text, "PENDING") == 0;
	return 0;
}

static void get_change_parse_reply(const struct question *q,
				   const struct fetch_transfer_reply *reply)
{
	struct aws_error e;
	struct status s = {false, false};
	int err = xml_parse(reply->body, on_get_change_leaf, &s);

	if (err == 0 && s.is_known) {
		q->done(q->arg, 0, s.is_insync, NULL);
		return;
	}
	aws_fault_misread(reply, "Route 53 " OPERATION, err,
			  "the reply has no status of the change", &e);
	q->done(q->arg, e.err, false, &e);
}

static void on_get_change_done(void *arg, const struct fetch_transfer_reply *reply,
			       const struct aws_error *error)
{
	struct question *q = arg;

	if (error != NULL)
		q->done(q->arg, error->err, false, error);
	else
		get_change_parse_reply(q, reply);
	free(q);
}

int aws_route53_get_change(struct aws_route53 *r, const char *change_id,
			   aws_route53_status_fn *done, void *arg)
{
	struct aws_call_request req = {.operation = OPERATION, .query = ""};
	char id[AWS_ROUTE53_ID_SIZE];
	struct question *q;
	struct buf path;
	int err = route53_take_id(id, change_id);

	if (err != 0)
		return err;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return ERR_NOMEM;
	q->done = done;
	q->arg = arg;
	buf_init(&path, PATH_SIZE);
	err = buf_addf(&path, "/2013-04-01/change/%s", id);
	req.path = buf_str(&path);
	if (err == 0)
		err = aws_call_start(&r->state, &req, on_get_change_done, q);
	buf_fini(&path);
	if (err != 0)
		free(q);
	return err;
}
