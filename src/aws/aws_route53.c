/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/aws_route53.h"

#include <stdlib.h>
#include <string.h>

#include "aws/fault.h"
#include "aws/aws_route53_int.h"
#include "aws/service.h"
#include "aws/xml.h"

enum {
	REQUEST_MAX = 1024 * 1024,
	PATH_SIZE = 96,
};

#define NAMESPACE "https://route53.amazonaws.com/doc/2013-04-01/"
#define OPERATION "ChangeResourceRecordSets"

struct pending {
	aws_route53_fn *done;
	void *arg;
};

int aws_route53_new(struct aws_client *client, const char *region, const char *endpoint,
		    unsigned timeout_ms, struct aws_route53 **ret, struct errinfo *ei)
{
	struct aws_route53 *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return ERR_NOMEM;
	err = aws_service_init(&r->state, client, AWS_SERVICE_ROUTE53, region, endpoint, timeout_ms,
			       ei);
	if (err != 0) {
		free(r);
		return err;
	}
	*ret = r;
	return 0;
}

const char *aws_route53_region(const struct aws_route53 *r)
{
	return r->state.endpoint.signing_region;
}

void aws_route53_free(struct aws_route53 *r)
{
	if (r == NULL)
		return;
	aws_service_fini(&r->state);
	free(r);
}

bool aws_route53_was_lost(const struct aws_route53 *r)
{
	return r->state.was_lost;
}

void aws_route53_set_again(struct aws_route53 *r, aws_route53_again_fn *again, void *arg)
{
	r->state.again = again;
	r->state.again_arg = arg;
}

int route53_take_id(char *ret, const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *slash = strrchr(text, '/');
	const char *id = slash != NULL ? slash + 1 : text;

	if (id[0] == '\0' || strspn(id, letters) != strlen(id))
		return ERR_INVAL;
	return str_copy(ret, AWS_ROUTE53_ID_SIZE, slice_of(id)) != 0 ? ERR_INVAL : 0;
}

/* AWS wants the elements in this very order. */
static void add_change(struct buf *out, const struct aws_route53_change *c)
{
	buf_addf(out, "<Change><Action>%s</Action><ResourceRecordSet><Name>",
		 c->remove ? "DELETE" : "UPSERT");
	xml_add_text(out, c->name);
	buf_adds(out, "</Name><Type>");
	xml_add_text(out, c->type);
	buf_addf(out, "</Type><TTL>%u</TTL><ResourceRecords><ResourceRecord><Value>",
		 (unsigned)c->ttl);
	xml_add_text(out, c->value);
	buf_adds(out, "</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
		      "</Change>");
}

static int check_changes(const struct aws_route53_change *changes, size_t n)
{
	size_t i, chars = 0;

	if (n == 0)
		return ERR_INVAL;
	if (n > AWS_ROUTE53_CHANGES_MAX)
		return ERR_LIMIT;
	for (i = 0; i < n; i++) {
		if (changes[i].ttl > ROUTE53_TTL_MAX)
			return ERR_INVAL;
		chars += strlen(changes[i].value) * (changes[i].remove ? 1 : 2);
	}
	return chars > AWS_ROUTE53_VALUE_CHARS_MAX ? ERR_LIMIT : 0;
}

static int add_request(struct buf *out, const struct aws_route53_change *changes, size_t n)
{
	size_t i;
	int err = check_changes(changes, n);

	if (err != 0)
		return err;
	buf_adds(out, "<ChangeResourceRecordSetsRequest xmlns=\"" NAMESPACE "\">"
		      "<ChangeBatch><Changes>");
	for (i = 0; i < n; i++)
		add_change(out, &changes[i]);
	return buf_adds(out, "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
}

/* The reply's ChangeInfo/Id: "/change/C2682N5HXP0BZ4". */
static int on_route53_leaf(void *arg, const char *path, const char *text)
{
	char *id = arg;

	if (strcmp(path, "ChangeResourceRecordSetsResponse/ChangeInfo/Id") != 0)
		return 0;
	return route53_take_id(id, text);
}

static void route53_parse_reply(const struct pending *p, const struct fetch_transfer_reply *reply)
{
	struct aws_error e;
	char id[AWS_ROUTE53_ID_SIZE] = "";
	int err = xml_parse(reply->body, on_route53_leaf, id);

	if (err == 0 && id[0] != '\0') {
		p->done(p->arg, 0, id, NULL);
		return;
	}
	aws_fault_misread(reply, "Route 53 " OPERATION, err, "the reply has no change id", &e);
	p->done(p->arg, e.err, NULL, &e);
}

static void on_route53_done(void *arg, const struct fetch_transfer_reply *reply,
			    const struct aws_error *error)
{
	struct pending *p = arg;

	if (error != NULL)
		p->done(p->arg, error->err, NULL, error);
	else
		route53_parse_reply(p, reply);
	free(p);
}

static int route53_start(struct aws_route53 *r, const char *zone_id, struct buf *body,
			 struct pending *p)
{
	struct aws_call_request req = {.operation = OPERATION, .body = body};
	struct buf path;
	int err;

	buf_init(&path, PATH_SIZE);
	err = buf_addf(&path, "/2013-04-01/hostedzone/%s/rrset/", zone_id);
	req.path = buf_str(&path);
	if (err == 0)
		err = aws_call_start(&r->state, &req, on_route53_done, p);
	buf_fini(&path);
	return err;
}

int aws_route53_change(struct aws_route53 *r, const char *hosted_zone_id,
		       const struct aws_route53_change *changes, size_t n, aws_route53_fn *done,
		       void *arg)
{
	char id[AWS_ROUTE53_ID_SIZE];
	struct pending *p;
	struct buf body;
	int err;

	err = route53_take_id(id, hosted_zone_id);
	if (err != 0)
		return err;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ERR_NOMEM;
	p->done = done;
	p->arg = arg;
	buf_init(&body, REQUEST_MAX);
	err = add_request(&body, changes, n);
	if (err == 0)
		err = route53_start(r, id, &body, p);
	buf_fini(&body);
	if (err != 0)
		free(p);
	return err;
}
