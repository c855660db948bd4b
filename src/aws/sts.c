/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sts.h"

#include <stdlib.h>
#include <string.h>

#include "aws/call.h"
#include "aws/fault.h"
#include "aws/keydoc.h"
#include "aws/service.h"
#include "aws/sigv4.h"
#include "aws/xml.h"

enum { BODY_MAX = 96 * 1024 };

static const char default_session_name[] = "mooring";
static const char content_type[] = "application/x-www-form-urlencoded; charset=utf-8";

struct aws_sts {
	struct aws_service_state state;
	aws_credentials_fn *done; /* NULL: no question is open */
	void *arg;
};

int aws_sts_new(struct aws_client *client, const char *region, struct aws_sts **ret,
		struct errinfo *ei)
{
	struct aws_sts *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return ERR_NOMEM;
	err = aws_service_init(&s->state, client, AWS_SERVICE_STS, region, NULL, 0, ei);
	if (err != 0) {
		free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void aws_sts_free(struct aws_sts *s)
{
	if (s == NULL)
		return;
	s->done = NULL;
	aws_service_fini(&s->state);
	free(s);
}

static void on_sts_reply(void *arg, const struct fetch_transfer_reply *reply,
			 const struct aws_error *error)
{
	struct aws_sts *s = arg;
	aws_credentials_fn *done = s->done;
	struct aws_credentials *creds = NULL;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	s->done = NULL;
	if (done == NULL)
		return;
	if (error != NULL) {
		done(s->arg, error->err, NULL, &error->why);
		return;
	}
	err = aws_keydoc_parse_sts(reply->body, &creds, &ei);
	done(s->arg, err, creds, err != 0 ? &ei : NULL);
	aws_credentials_unref(creds);
}

static void add_param(struct buf *out, const char *name, struct slice value)
{
	if (value.len == 0)
		return;
	buf_addf(out, "&%s=", name);
	sigv4_add_encoded(out, value);
}

static int add_body(struct buf *out, const struct aws_role *role, bool is_signed,
		    struct slice token)
{
	buf_addf(out, "Action=%s&Version=2011-06-15",
		 is_signed ? "AssumeRole" : "AssumeRoleWithWebIdentity");
	add_param(out, "RoleArn", role->arn);
	add_param(out, "RoleSessionName",
		  role->session_name.len > 0 ? role->session_name : slice_of(default_session_name));
	if (is_signed)
		add_param(out, "ExternalId", role->external_id);
	else
		add_param(out, "WebIdentityToken", token);
	if (role->duration_s > 0)
		buf_addf(out, "&DurationSeconds=%u", role->duration_s);
	return buf_err(out);
}

int aws_sts_assume(struct aws_sts *s, const struct aws_role *role, struct aws_credentials *creds,
		   struct slice token, aws_credentials_fn *done, void *arg)
{
	struct buf body;
	struct aws_call_request req = {
		.operation = creds != NULL ? "AssumeRole" : "AssumeRoleWithWebIdentity",
		.path = "/",
		.content_type = content_type,
		.body = &body,
		.has_own_credentials = true,
		.credentials = creds,
	};
	int err;

	buf_init(&body, BODY_MAX);
	err = add_body(&body, role, creds != NULL, token);
	if (err == 0)
		err = aws_call_start(&s->state, &req, on_sts_reply, s);
	if (err == 0) {
		s->done = done;
		s->arg = arg;
	}
	buf_fini_secret(&body);
	return err;
}

/* ---- whose keys they are ---- */

struct question {
	aws_caller_fn *done;
	void *arg;
};

static int on_caller_leaf(void *arg, const char *path, const char *text)
{
	static const char root[] = "GetCallerIdentityResponse/GetCallerIdentityResult/";
	struct aws_caller *caller = arg;

	if (strncmp(path, root, sizeof(root) - 1) != 0)
		return 0;
	path += sizeof(root) - 1;
	if (strcmp(path, "Account") == 0)
		return str_copy(caller->account, sizeof(caller->account), slice_of(text));
	if (strcmp(path, "Arn") == 0)
		return str_copy(caller->arn, sizeof(caller->arn), slice_of(text));
	return 0;
}

static void parse_caller(const struct question *q, const struct fetch_transfer_reply *reply)
{
	struct aws_error e;
	struct aws_caller caller = {.account = ""};
	int err = xml_parse(reply->body, on_caller_leaf, &caller);

	if (err == 0 && caller.account[0] != '\0' && caller.arn[0] != '\0') {
		q->done(q->arg, 0, &caller, NULL);
		return;
	}
	aws_fault_misread(reply, "STS GetCallerIdentity", err, "the reply names nobody", &e);
	q->done(q->arg, e.err, NULL, &e);
}

static void on_caller(void *arg, const struct fetch_transfer_reply *reply,
		      const struct aws_error *error)
{
	struct question *q = arg;

	if (error != NULL)
		q->done(q->arg, error->err, NULL, error);
	else
		parse_caller(q, reply);
	free(q);
}

int aws_sts_get_caller(struct aws_sts *s, aws_caller_fn *done, void *arg)
{
	struct question *q = calloc(1, sizeof(*q));
	struct buf body;
	struct aws_call_request req = {.operation = "GetCallerIdentity",
				       .path = "/",
				       .content_type = content_type,
				       .body = &body};
	int err;

	if (q == NULL)
		return ERR_NOMEM;
	q->done = done;
	q->arg = arg;
	buf_init(&body, BODY_MAX);
	err = buf_adds(&body, "Action=GetCallerIdentity&Version=2011-06-15");
	if (err == 0)
		err = aws_call_start(&s->state, &req, on_caller, q);
	buf_fini(&body);
	if (err != 0)
		free(q);
	return err;
}
