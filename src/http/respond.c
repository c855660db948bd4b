/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/respond.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "dyndns/reply.h"

/* Clones of Dyn's service send this realm, and clients are known to look for "Basic" first. */
#define CHALLENGE  "Basic realm=\"DynDNS API Access\""
#define TEXT_PLAIN "text/plain"

enum { SECONDS_TEXT_MAX = 12 };

struct responses {
	struct MHD_Response *at[FIXED_COUNT][2]; /* by keep */
};

/* No body has a word that some client takes for success (inadyn: "ok", "good", "true" anywhere). */
static const struct {
	unsigned status;
	const char *body;
	const char *name, *value; /* one header more; value NULL: Retry-After */
} fixed[FIXED_COUNT] = {
	[FIXED_BADAUTH] = {401, "badauth", MHD_HTTP_HEADER_WWW_AUTHENTICATE, CHALLENGE},
	[FIXED_911] = {503, "911", MHD_HTTP_HEADER_RETRY_AFTER, NULL},
	[FIXED_NO_ADDRESS] = {503, "address unknown", MHD_HTTP_HEADER_RETRY_AFTER, NULL},
	[FIXED_BADAGENT] = {405, "badagent", MHD_HTTP_HEADER_ALLOW, "GET, POST, PUT"},
	[FIXED_METHOD] = {405, "method not allowed", MHD_HTTP_HEADER_ALLOW, "GET, HEAD"},
	[FIXED_BAD_REQUEST] = {400, "bad request", NULL, NULL},
	[FIXED_TOO_LARGE] = {413, "body too large", NULL, NULL},
	[FIXED_MEDIA_TYPE] = {415, "unsupported media type", NULL, NULL},
	[FIXED_HEAD_TOO_LARGE] = {431, "head too large", NULL, NULL},
	[FIXED_VERSION] = {505, "version not supported", NULL, NULL},
	[FIXED_NOT_FOUND] = {404, "not found", NULL, NULL},
	[FIXED_OK] = {200, "ok", NULL, NULL},
};

unsigned fixed_status(enum fixed what)
{
	return fixed[what].status;
}

const char *fixed_body(enum fixed what)
{
	return fixed[what].body;
}

static bool add_header(struct MHD_Response *r, const char *name, const char *value)
{
	return MHD_add_response_header(r, name, value) == MHD_YES;
}

/* Every reply has these. Takes r; NULL when a header could not be added. */
static struct MHD_Response *respond_finish(struct MHD_Response *r, const char *type, bool keep)
{
	if (r == NULL)
		return NULL;
	if (add_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
	    add_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
	    (keep || add_header(r, MHD_HTTP_HEADER_CONNECTION, "close")))
		return r;
	MHD_destroy_response(r);
	return NULL;
}

static struct MHD_Response *make_fixed(enum fixed what, const char *retry_after, bool keep)
{
	const char *body = fixed[what].body, *value = fixed[what].value;
	struct MHD_Response *r;

	r = MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body,
					    MHD_RESPMEM_PERSISTENT);
	r = respond_finish(r, TEXT_PLAIN, keep);
	if (r == NULL || fixed[what].name == NULL)
		return r;
	if (add_header(r, fixed[what].name, value != NULL ? value : retry_after))
		return r;
	MHD_destroy_response(r);
	return NULL;
}

int responses_new(unsigned retry_after_s, struct responses **ret)
{
	struct responses *rs = calloc(1, sizeof(*rs));
	char retry_after[SECONDS_TEXT_MAX];
	int what, keep;

	if (rs == NULL)
		return ERR_NOMEM;
	snprintf(retry_after, sizeof(retry_after), "%u", retry_after_s);
	for (what = 0; what < FIXED_COUNT; what++)
		for (keep = 0; keep < 2; keep++) {
			rs->at[what][keep] = make_fixed((enum fixed)what, retry_after, keep != 0);
			if (rs->at[what][keep] == NULL) {
				responses_free(rs);
				return ERR_NOMEM;
			}
		}
	*ret = rs;
	return 0;
}

void responses_free(struct responses *rs)
{
	int what, keep;

	if (rs == NULL)
		return;
	for (what = 0; what < FIXED_COUNT; what++)
		for (keep = 0; keep < 2; keep++)
			if (rs->at[what][keep] != NULL)
				MHD_destroy_response(rs->at[what][keep]);
	free(rs);
}

static void respond_count(unsigned status)
{
	static const struct {
		unsigned status;
		enum metric metric;
	} rows[] = {
		{200, METRIC_HTTP_200}, {400, METRIC_HTTP_400}, {401, METRIC_HTTP_401},
		{404, METRIC_HTTP_404}, {405, METRIC_HTTP_405}, {413, METRIC_HTTP_413},
		{415, METRIC_HTTP_415}, {431, METRIC_HTTP_431}, {503, METRIC_HTTP_503},
		{505, METRIC_HTTP_505},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].status == status)
			metric_add(rows[i].metric, 1);
}

enum MHD_Result respond_fixed(const struct responses *rs, struct MHD_Connection *c, enum fixed what,
			      bool keep)
{
	respond_count(fixed[what].status);
	return MHD_queue_response(c, fixed[what].status, rs->at[what][keep ? 1 : 0]);
}

static enum MHD_Result respond_queue(struct MHD_Connection *c, unsigned status,
				     struct MHD_Response *r)
{
	enum MHD_Result result;

	if (r == NULL)
		return MHD_NO;
	respond_count(status);
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static struct MHD_Response *make_text(const char *type, struct slice body, bool keep)
{
	return respond_finish(MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.p,
							      MHD_RESPMEM_MUST_COPY),
			      type, keep);
}

enum MHD_Result respond_text(struct MHD_Connection *c, unsigned status, const char *type,
			     struct slice body, bool keep)
{
	return respond_queue(c, status, make_text(type, body, keep));
}

enum MHD_Result respond_dyndns(const struct responses *rs, struct MHD_Connection *c,
			       const struct dyndns_reply *reply, bool keep)
{
	struct slice body = {.p = reply->body, .len = reply->body_len};
	char seconds[SECONDS_TEXT_MAX];
	struct MHD_Response *r;

	if (reply->challenge)
		return respond_fixed(rs, c, FIXED_BADAUTH, keep);
	r = make_text(TEXT_PLAIN, body, keep);
	snprintf(seconds, sizeof(seconds), "%u", reply->retry_after_s);
	if (r != NULL && reply->retry_after_s > 0 &&
	    !add_header(r, MHD_HTTP_HEADER_RETRY_AFTER, seconds)) {
		MHD_destroy_response(r);
		r = NULL;
	}
	return respond_queue(c, reply->status, r);
}
