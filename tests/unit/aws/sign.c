/* SPDX-License-Identifier: BSD-2-Clause
 * What an attempt sends. That its signature is right: tests/unit/aws/sigv4.c. */
#include "aws/sign.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { TIME_S = 1440938160 }; /* 20150830T123600Z */

/* In the place of aws/transfer.c: the request, and its headers as lines. */
static struct fetch_transfer_request sent;
static char url[9000], headers[4096];
static int start_err;
static unsigned n_sent;

static void on_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	(void)arg;
	(void)reply;
}

int fetch_transfer_start(struct fetch_transfers *ts, const struct fetch_transfer_request *req,
			 fetch_transfer_fn *done, void *arg, struct fetch_transfer **ret)
{
	size_t i, len = 0;

	(void)ret;
	if (ts != NULL || done != on_reply || arg != &sent)
		return ERR_INVAL;
	sent = *req;
	snprintf(url, sizeof(url), "%s", req->url);
	headers[0] = '\0';
	for (i = 0; i < req->n_headers; i++)
		len += (size_t)snprintf(headers + len, sizeof(headers) - len, "%.*s: %.*s\n",
					(int)req->headers[i].name.len, req->headers[i].name.p,
					(int)req->headers[i].value.len, req->headers[i].value.p);
	n_sent++;
	return start_err;
}

static const struct aws_endpoint endpoint = {
	.host = "h.example:8000",
	.path = "/prefix",
	.signing_region = "eu-west-1",
	.is_tls = true,
};
static const struct aws_sign_request request = {
	.endpoint = &endpoint,
	.service = AWS_SERVICE_DYNAMODB,
	.path = "/",
	.content_type = "application/x-amz-json-1.0",
	.target = "DynamoDB_20120810.GetItem",
	.body = {"{}", 2},
};

static struct aws_credentials *keys(const char *token)
{
	struct aws_credentials *c;

	ck_assert_int_eq(aws_credentials_new(slice_of("AKID"), slice_of("Sesame"), slice_of(token),
					     0, "test", &c, NULL),
			 0);
	return c;
}

static int send_with(const struct aws_sign_request *req, const char *token)
{
	struct aws_credentials *creds = token != NULL ? keys(token) : NULL;
	struct fetch_transfer *t;
	int err = aws_sign_and_send(NULL, req, creds, TIME_S, 1234, on_reply, &sent, &t);

	aws_credentials_unref(creds);
	return err;
}

START_TEST(a_post_has_its_body_and_its_headers_in_the_signature)
{
	static const char want[] =
		"Host: h.example:8000\nContent-Type: application/x-amz-json-1.0\n"
		"X-Amz-Target: DynamoDB_20120810.GetItem\nX-Amz-Date: 20150830T123600Z\n"
		"Authorization: AWS4-HMAC-SHA256 "
		"Credential=AKID/20150830/eu-west-1/dynamodb/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=";

	ck_assert_int_eq(send_with(&request, ""), 0);
	ck_assert_str_eq(url, "https://h.example:8000/prefix/");
	ck_assert(sent.is_post && !sent.is_put && sent.use_proxy && sent.may_connect == NULL);
	ck_assert_uint_eq(sent.timeout_ms, 1234);
	ck_assert(slice_eq(sent.body, "{}"));
	ck_assert_msg(strncmp(headers, want, sizeof(want) - 1) == 0, "%s", headers);
	ck_assert_ptr_null(strstr(headers, "Sesame"));
}
END_TEST

START_TEST(a_token_is_signed_too)
{
	ck_assert_int_eq(send_with(&request, "tok"), 0);
	ck_assert_ptr_nonnull(strstr(headers, "\nX-Amz-Security-Token: tok\n"));
	ck_assert_ptr_nonnull(
		strstr(headers, "content-type;host;x-amz-date;x-amz-security-token;x-amz-target,"));
}
END_TEST

START_TEST(a_get_has_its_query)
{
	static const struct {
		const char *query, *want;
	} rows[] = {
		{"", "https://h.example:8000/prefix/2013-04-01/x"},
		{"a=1&b=2", "https://h.example:8000/prefix/2013-04-01/x?a=1&b=2"},
	};
	struct aws_sign_request get = {
		.endpoint = &endpoint,
		.service = AWS_SERVICE_ROUTE53,
		.path = "/2013-04-01/x",
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		get.query = rows[i].query;
		ck_assert_int_eq(send_with(&get, ""), 0);
		ck_assert_str_eq(url, rows[i].want);
		ck_assert(!sent.is_post);
		ck_assert_ptr_nonnull(strstr(headers, "/route53/aws4_request, "
						      "SignedHeaders=host;x-amz-date, "));
		ck_assert_ptr_null(strstr(headers, "Content-Type"));
	}
}
END_TEST

/* STS takes a web identity so. */
START_TEST(without_keys_nothing_is_signed)
{
	ck_assert_int_eq(send_with(&request, NULL), 0);
	ck_assert_str_eq(headers, "Host: h.example:8000\nContent-Type: application/x-amz-json-1.0\n"
				  "X-Amz-Target: DynamoDB_20120810.GetItem\n");
}
END_TEST

START_TEST(the_proxy_is_for_tls_that_leaves_the_machine)
{
	static const struct {
		bool is_tls, is_loopback;
		bool want;
	} rows[] = {{true, false, true}, {true, true, false}, {false, false, false}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_endpoint e = endpoint;
		struct aws_sign_request req = request;

		e.is_tls = rows[i].is_tls;
		e.is_loopback = rows[i].is_loopback;
		req.endpoint = &e;
		ck_assert_int_eq(send_with(&req, ""), 0);
		ck_assert_msg(sent.use_proxy == rows[i].want, "row %zu", i);
		ck_assert_msg(strncmp(url, e.is_tls ? "https:" : "http:/", 6) == 0, "row %zu", i);
	}
}
END_TEST

START_TEST(what_cannot_be_sent_is_told)
{
	static char query[9000];
	struct aws_sign_request get = request;

	start_err = ERR_NOMEM;
	ck_assert_int_eq(send_with(&request, ""), ERR_NOMEM);
	start_err = 0;
	n_sent = 0;
	memset(query, 'a', sizeof(query) - 1);
	get.query = query;
	ck_assert_int_eq(send_with(&get, NULL), ERR_LIMIT);
	ck_assert_uint_eq(n_sent, 0);
}
END_TEST

START_TEST(without_memory_nothing_is_sent)
{
	struct aws_credentials *creds = keys("tok");
	size_t n;

	for (n = 1;; n++) {
		struct fetch_transfer *t;
		int err;

		n_sent = 0;
		fake_malloc_fail_at(n);
		err = aws_sign_and_send(NULL, &request, creds, TIME_S, 1234, on_reply, &sent, &t);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_uint_eq(n_sent, 0);
	}
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_uint_ge(n, 4);
	aws_credentials_unref(creds);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_post_has_its_body_and_its_headers_in_the_signature,
		a_token_is_signed_too,
		a_get_has_its_query,
		without_keys_nothing_is_signed,
		the_proxy_is_for_tls_that_leaves_the_machine,
		what_cannot_be_sent_is_told,
		without_memory_nothing_is_sent,
	};

	return unit_run("sign", tests, N_ELEMENTS(tests));
}
