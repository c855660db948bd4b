/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/real_route53.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "aws/endpoint.h"
#include "aws/endpoint_find.h"
#include "aws/sigv4.h"
#include "fetch/transfer.h"
#include "aws/xml.h"
#include "base/buf.h"
#include "base/clock.h"

enum { TIMEOUT_MS = 10000, TEXT_MAX = 8192, RESPONSE_MAX = 1 << 20 };

#define SET "ListResourceRecordSetsResponse/ResourceRecordSets/ResourceRecordSet/"

struct listing {
	struct real_route53 *list;
	struct errinfo why;
	int err;
};

/* A set begins with its name. */
static int on_leaf(void *arg, const char *path, const char *text)
{
	struct real_route53 *list = arg;
	struct real_route53_set *set = list->n > 0 ? &list->sets[list->n - 1] : NULL;

	if (strcmp(path, SET "Name") == 0) {
		if (list->n == REAL_ROUTE53_MAX)
			return ERR_LIMIT;
		set = &list->sets[list->n++];
		memset(set, 0, sizeof(*set));
		return str_copy(set->name, sizeof(set->name), slice_of(text));
	}
	if (set == NULL)
		return 0;
	if (strcmp(path, SET "Type") == 0)
		return str_copy(set->type, sizeof(set->type), slice_of(text));
	if (strcmp(path, SET "TTL") == 0)
		set->ttl = (uint32_t)strtoul(text, NULL, 10);
	if (strcmp(path, SET "ResourceRecords/ResourceRecord/Value") == 0 && set->value[0] == '\0')
		snprintf(set->value, sizeof(set->value), "%.60s", text);
	return 0;
}

static void on_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	struct listing *l = arg;

	if (reply->result != FETCH_TRANSFER_DONE)
		l->err = err_set(&l->why, ERR_UNAVAILABLE, "listing: %s", reply->why);
	else if (reply->status != 200)
		l->err = err_set(&l->why, ERR_UNAVAILABLE, "listing: HTTP %ld: %.200s",
				 reply->status, reply->body.len > 0 ? reply->body.p : "");
	else
		l->err = xml_parse(reply->body, on_leaf, l->list);
}

static int add_query(struct buf *out, const char *name, const char *type, unsigned max)
{
	buf_addf(out, "maxitems=%u", max);
	if (name != NULL) {
		buf_adds(out, "&name=");
		(void)sigv4_add_encoded(out, slice_of(name));
		buf_addf(out, "&type=%s", type);
	}
	return buf_err(out);
}

static int start(struct fetch_transfers *ts, const struct aws_endpoint *e, const char *path,
		 const char *query, struct listing *l)
{
	struct sigv4_signer signer = {.key_id = getenv("AWS_ACCESS_KEY_ID"),
				      .secret = getenv("AWS_SECRET_ACCESS_KEY"),
				      .region = e->signing_region,
				      .service = aws_service_signing_name(AWS_SERVICE_ROUTE53)};
	struct fetch_header headers[3] = {{slice_of("Host"), slice_of(e->host)}};
	struct sigv4_request sr = {.method = slice_of("GET"),
				   .path = slice_of(path),
				   .query = slice_of(query),
				   .headers = headers,
				   .n_headers = 2};
	struct fetch_transfer_request tr = {
		.headers = headers, .n_headers = 3, .timeout_ms = TIMEOUT_MS};
	struct fetch_transfer *transfer;
	struct buf url, authorization;
	int err = sigv4_format_time(clock_wall_s(), signer.time);

	headers[1] = (struct fetch_header){slice_of("X-Amz-Date"), slice_of(signer.time)};
	buf_init(&url, TEXT_MAX);
	buf_init(&authorization, TEXT_MAX);
	buf_addf(&url, "%s://%s%s?%s", e->is_tls ? "https" : "http", e->host, path, query);
	err = err != 0 ? err : sigv4_add_authorization(&authorization, &signer, &sr);
	headers[2] =
		(struct fetch_header){slice_of("Authorization"), slice_of(buf_str(&authorization))};
	tr.url = buf_str(&url);
	err = err != 0 ? err : fetch_transfer_start(ts, &tr, on_reply, l, &transfer);
	buf_fini(&authorization);
	buf_fini(&url);
	return err;
}

int real_route53(const char *endpoint, const char *zone_id, const char *name, const char *type,
		 unsigned max, struct real_route53 *ret, struct errinfo *ei)
{
	const struct fetch_transfers_conf conf = {.connect_timeout_ms = TIMEOUT_MS,
						  .max_connections = 1,
						  .max_response_bytes = RESPONSE_MAX};
	struct listing l = {.list = ret, .why = ERRINFO_INIT};
	struct fetch_transfers *ts;
	struct aws_endpoint e;
	char path[128];
	struct buf query;
	uv_loop_t loop;
	int err = aws_endpoint_find(AWS_SERVICE_ROUTE53, NULL, endpoint,
				    (const char *const *)environ, &e, ei);

	if (err != 0 || uv_loop_init(&loop) != 0)
		return err != 0 ? err : ERR_NOMEM;
	ret->n = 0;
	snprintf(path, sizeof(path), "/2013-04-01/hostedzone/%s/rrset", zone_id);
	buf_init(&query, TEXT_MAX);
	err = add_query(&query, name, type, max);
	err = err != 0 ? err : fetch_transfers_new(&loop, &conf, &ts);
	if (err == 0) {
		err = start(ts, &e, path, buf_str(&query), &l);
		uv_run(&loop, UV_RUN_DEFAULT);
		fetch_transfers_close(ts);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	buf_fini(&query);
	if (uv_loop_close(&loop) != 0)
		return err_set(ei, ERR_INVAL, "listing: a handle was left open");
	err = err != 0 ? err : l.err;
	return err != 0 ? err_set(ei, err, "%s", l.why.code != 0 ? l.why.text : err_str(err)) : 0;
}
