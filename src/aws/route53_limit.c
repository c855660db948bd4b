/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/route53_limit.h"

#include <stdlib.h>
#include <string.h>

#include "aws/aws_route53_int.h"
#include "aws/fault.h"
#include "aws/xml.h"

enum { PATH_SIZE = 112 };

#define OPERATION "GetHostedZoneLimit"
#define ROOT	  OPERATION "Response/"

struct limit_question {
	aws_route53_limit_fn *done;
	void *arg;
};

struct limit_reply {
	struct aws_route53_limit limit;
	bool has_max;
	bool has_count;
};

static bool take_number(const char *text, size_t *ret)
{
	uint64_t n;

	if (str_parse_uint(slice_of(text), SIZE_MAX, &n) != 0)
		return false;
	*ret = (size_t)n;
	return true;
}

static int on_limit_leaf(void *arg, const char *path, const char *text)
{
	struct limit_reply *l = arg;

	if (strcmp(path, ROOT "Limit/Value") == 0)
		l->has_max = take_number(text, &l->limit.max);
	else if (strcmp(path, ROOT "Count") == 0)
		l->has_count = take_number(text, &l->limit.n_sets);
	return 0;
}

static void limit_parse_reply(const struct limit_question *q,
			      const struct fetch_transfer_reply *reply)
{
	struct limit_reply l = {.has_max = false};
	int err = xml_parse(reply->body, on_limit_leaf, &l);
	struct aws_error e;

	if (err == 0 && l.has_max && l.has_count) {
		q->done(q->arg, 0, &l.limit, NULL);
		return;
	}
	aws_fault_misread(reply, "Route 53 " OPERATION, err, "the reply tells no limit", &e);
	q->done(q->arg, e.err, NULL, &e);
}

static void on_limit_done(void *arg, const struct fetch_transfer_reply *reply,
			  const struct aws_error *error)
{
	struct limit_question *q = arg;

	if (error != NULL)
		q->done(q->arg, error->err, NULL, error);
	else
		limit_parse_reply(q, reply);
	free(q);
}

int aws_route53_get_limit(struct aws_route53 *r, const char *hosted_zone_id,
			  aws_route53_limit_fn *done, void *arg)
{
	struct aws_call_request req = {.operation = OPERATION, .query = ""};
	struct limit_question *q = calloc(1, sizeof(*q));
	char id[AWS_ROUTE53_ID_SIZE];
	struct buf path;
	int err;

	if (q == NULL)
		return ERR_NOMEM;
	q->done = done;
	q->arg = arg;
	buf_init(&path, PATH_SIZE);
	err = route53_take_id(id, hosted_zone_id);
	if (err == 0)
		err = buf_addf(&path, "/2013-04-01/hostedzonelimit/%s/MAX_RRSETS_BY_ZONE", id);
	req.path = buf_str(&path);
	if (err == 0)
		err = aws_call_start(&r->state, &req, on_limit_done, q);
	buf_fini(&path);
	if (err != 0)
		free(q);
	return err;
}
