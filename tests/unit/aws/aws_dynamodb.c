/* SPDX-License-Identifier: BSD-2-Clause
 * DynamoDB's protocol: the requests of the reference SDK, and replies of every kind. */
#include "aws/aws_dynamodb.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_aws.h"
#include "kit/aws_vectors.h"
#include "kit/fake_malloc.h"
#include "aws/client.h"
#include "kit/unit.h"

struct outcome {
	struct fake_aws_result r;
	json_t *reply;
	json_t *item;
};

static void on_done(void *arg, int err, const json_t *reply, const struct aws_error *error)
{
	struct outcome *o = arg;

	fake_aws_must((err == 0) == (reply != NULL) && (err == 0) == (error == NULL));
	fake_aws_take(&o->r, err, error);
	if (reply != NULL)
		o->reply = json_incref((json_t *)(uintptr_t)reply);
	if (error != NULL && error->item != NULL)
		o->item = json_incref((json_t *)(uintptr_t)error->item);
}

static void outcome_fini(struct outcome *o)
{
	json_decref(o->reply);
	json_decref(o->item);
	memset(o, 0, sizeof(*o));
}

static struct aws_dynamodb *open_db(struct fake_aws *k)
{
	struct errinfo ei = ERRINFO_INIT;
	struct aws_dynamodb *db = NULL;

	ck_assert_msg(aws_dynamodb_new(k->client, NULL, k->url, 5000, &db, &ei) == 0, "%s",
		      ei.text);
	aws_client_set_throttle_base_ms(k->client, 1);
	return db;
}

static void call(struct fake_aws *k, struct aws_dynamodb *db, const char *operation,
		 const json_t *request, struct outcome *o)
{
	memset(o, 0, sizeof(*o));
	ck_assert_int_eq(aws_dynamodb_call(db, operation, request, on_done, o), 0);
	ck_assert_uint_eq(o->r.n_done, 0);
	fake_aws_run(k, &o->r.n_done, 1);
}

/* ---- requests ---- */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void check_request(struct fake_aws *k, struct aws_dynamodb *db, const json_t *golden)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	const json_t *headers = json_object_get(golden, "headers");
	const char *target = text_of(headers, "X-Amz-Target"), *name = text_of(golden, "name");
	json_t *request = json_loads(text_of(golden, "body"), 0, NULL), *sent;
	struct outcome o;

	ck_assert_msg(request != NULL, "%s", name);
	fake_aws_script(k, script, 1);
	call(k, db, strchr(target, '.') + 1, request, &o);
	ck_assert_msg(o.r.err == 0, "%s: %s", name, o.r.text);
	ck_assert_str_eq(fake_aws_header(k, 0, "X-Amz-Target"), target);
	ck_assert_str_eq(fake_aws_header(k, 0, "Content-Type"), text_of(headers, "Content-Type"));
	ck_assert_int_eq(strncmp(k->requests[0], "POST / HTTP/1.1\r\n", 17), 0);
	fake_aws_assert_signed(k, 0, "eu-west-1", "dynamodb");
	sent = json_loads(fake_aws_body(k, 0), 0, NULL);
	ck_assert_msg(json_equal(sent, request), "%s: %s", name, fake_aws_body(k, 0));
	json_decref(sent);
	json_decref(request);
	outcome_fini(&o);
}

START_TEST(requests_are_those_of_the_reference_sdk)
{
	json_t *golden = vectors_read_json("sigv4/service-golden/golden.json"), *c;
	struct aws_dynamodb *db;
	size_t i, n = 0;
	struct fake_aws k;

	fake_aws_start(&k, NULL, 0, NULL);
	db = open_db(&k);
	json_array_foreach(json_object_get(golden, "cases"), i, c) {
		if (strcmp(text_of(c, "service"), "dynamodb") != 0)
			continue;
		check_request(&k, db, c);
		n++;
	}
	ck_assert_uint_eq(n, 19);
	aws_dynamodb_free(db);
	fake_aws_stop(&k);
	json_decref(golden);
}
END_TEST

/* ---- replies ---- */

static const struct {
	struct fake_aws_reply reply;
	int want_err;
	const char *want_reply; /* JSON */
	const char *want_text;
} reply_rows[] = {
	{FAKE_AWS_REPLY(200, NULL, "{}"), 0, "{}", NULL},
	{FAKE_AWS_REPLY(200, NULL, "{\"Item\":{\"user\":{\"S\":\"caf\xc3\xa9\"}}}"), 0,
	 "{\"Item\":{\"user\":{\"S\":\"caf\xc3\xa9\"}}}", NULL},
	{FAKE_AWS_REPLY(200, NULL, "{\"Item\":{\"note\":{\"S\":\"a\\u0000b\"}}}"), 0,
	 "{\"Item\":{\"note\":{\"S\":\"a\\u0000b\"}}}", NULL},
	{FAKE_AWS_REPLY(200, NULL, ""), ERR_PROTOCOL, NULL,
	 "DynamoDB GetItem: the reply is not a JSON object"},
	{FAKE_AWS_REPLY(200, NULL, "[]"), ERR_PROTOCOL, NULL,
	 "DynamoDB GetItem: the reply is not a JSON object"},
	{FAKE_AWS_REPLY(200, NULL, "null"), ERR_PROTOCOL, NULL,
	 "DynamoDB GetItem: the reply is not a JSON object"},
	{FAKE_AWS_REPLY(200, NULL, "{\"Item\":"), ERR_PROTOCOL, NULL,
	 "DynamoDB GetItem: the reply is not a JSON object"},
	{FAKE_AWS_REPLY(200, NULL, "{\"Item\":{},\"Item\":{}}"), ERR_PROTOCOL, NULL,
	 "DynamoDB GetItem: the reply is not a JSON object"},
	{FAKE_AWS_REPLY(200, NULL, "{} {}"), ERR_PROTOCOL, NULL,
	 "DynamoDB GetItem: the reply is not a JSON object"},
	{FAKE_AWS_REPLY(200, "Content-Type: text/html\r\n", "<html>Log in</html>"), ERR_PROTOCOL,
	 NULL, "DynamoDB GetItem: the reply is not a JSON object"},
	{FAKE_AWS_REPLY(400, "x-amzn-RequestId: R1\r\n",
			"{\"__type\":\"com.amazonaws.dynamodb.v20120810#"
			"ResourceNotFoundException\",\"message\":\"Requested resource not "
			"found\"}"),
	 ERR_NOTFOUND, NULL,
	 "DynamoDB GetItem: ResourceNotFoundException: Requested resource not found "
	 "(request id R1)"},
	{FAKE_AWS_REPLY(400, NULL,
			"{\"__type\":\"com.amazon.coral.service#SerializationException\"}"),
	 ERR_REFUSED, NULL, "DynamoDB GetItem: SerializationException"},
	{FAKE_AWS_REPLY(404, NULL, "<UnknownOperationException/>\n"), ERR_PROTOCOL, NULL,
	 "DynamoDB GetItem: HTTP status 404 without an error of AWS's"},
	/* An emulator that answers in XML whatever it was asked. */
	{FAKE_AWS_REPLY(403, NULL,
			"<?xml version=\"1.0\"?><ErrorResponse><Errors><Error>"
			"<Code>AccessDenied</Code><Message>User is not authorized</Message>"
			"</Error></Errors><RequestID>R2</RequestID></ErrorResponse>"),
	 ERR_DENIED, NULL,
	 "DynamoDB GetItem: AccessDenied: User is not authorized (request id R2)"},
};

START_TEST(replies_become_json_or_an_error)
{
	json_t *request = json_object();
	size_t i;

	for (i = 0; i < N_ELEMENTS(reply_rows); i++) {
		struct aws_dynamodb *db;
		struct outcome o;
		struct fake_aws k;

		fake_aws_start(&k, &reply_rows[i].reply, 1, NULL);
		db = open_db(&k);
		call(&k, db, "GetItem", request, &o);
		ck_assert_msg(o.r.err == reply_rows[i].want_err, "row %zu: %d %s", i, o.r.err,
			      o.r.text);
		ck_assert_uint_eq(k.n_requests, 1);
		if (reply_rows[i].want_reply != NULL) {
			json_t *want = json_loads(reply_rows[i].want_reply, JSON_ALLOW_NUL, NULL);

			ck_assert_msg(json_equal(o.reply, want), "row %zu", i);
			json_decref(want);
		} else {
			ck_assert_msg(strcmp(o.r.text, reply_rows[i].want_text) == 0, "row %zu: %s",
				      i, o.r.text);
		}
		outcome_fini(&o);
		aws_dynamodb_free(db);
		fake_aws_stop(&k);
	}
	json_decref(request);
}
END_TEST

START_TEST(a_failed_condition_brings_the_item)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(
		400, NULL,
		"{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","
		"\"Message\":\"The conditional request "
		"failed\",\"Item\":{\"seq\":{\"N\":\"7\"},\"note\":{\"S\":\"a\\u0000b\"}}}")};
	json_t *request = json_object();
	json_t *want = json_loads("{\"seq\":{\"N\":\"7\"},\"note\":{\"S\":\"a\\u0000b\"}}",
				  JSON_ALLOW_NUL, NULL);
	struct aws_dynamodb *db;
	struct outcome o;
	struct fake_aws k;

	fake_aws_start(&k, script, 1, NULL);
	db = open_db(&k);
	call(&k, db, "UpdateItem", request, &o);
	ck_assert_int_eq(o.r.err, ERR_CONFLICT);
	ck_assert_str_eq(o.r.code, "ConditionalCheckFailedException");
	ck_assert_str_eq(o.r.message, "The conditional request failed");
	ck_assert(json_equal(o.item, want));
	outcome_fini(&o);
	aws_dynamodb_free(db);
	fake_aws_stop(&k);
	json_decref(request);
	json_decref(want);
}
END_TEST

START_TEST(recorded_replies_are_understood)
{
	char *error;
	struct fake_aws_reply script[1] = {FAKE_AWS_REPLY(400, NULL, NULL)};
	json_t *request = json_object();
	struct aws_dynamodb *db;
	struct outcome o;
	struct fake_aws k;

	if (!vectors_have("aws-testdata/response-parsing/json")) {
		json_decref(request);
		return;
	}
	error = vectors_read("aws-testdata/response-parsing/json/errors/dynamodb-put-item.json");
	script[0].body = error;
	fake_aws_start(&k, script, 1, NULL);
	db = open_db(&k);
	call(&k, db, "PutItem", request, &o);
	ck_assert_int_eq(o.r.err, ERR_THROTTLED);
	ck_assert_str_eq(o.r.code, "ProvisionedThroughputExceededException");
	ck_assert_uint_eq(k.n_requests, AWS_RETRY_ATTEMPTS_DYNAMODB);
	outcome_fini(&o);
	aws_dynamodb_free(db);
	fake_aws_stop(&k);
	json_decref(request);
	free(error);
}
END_TEST

/* ---- ends ---- */

START_TEST(freeing_cancels_what_is_in_flight)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	json_t *request = json_object();
	struct outcome o = {0};
	struct aws_dynamodb *db;
	struct fake_aws k;

	fake_aws_start(&k, silent, 1, NULL);
	db = open_db(&k);
	ck_assert_int_eq(aws_dynamodb_call(db, "GetItem", request, on_done, &o), 0);
	ck_assert_int_eq(aws_dynamodb_call(db, "GetItem", request, on_done, &o), 0);
	while (k.n_requests < 2)
		uv_run(&k.loop, UV_RUN_ONCE);
	aws_dynamodb_free(db);
	aws_dynamodb_free(NULL);
	fake_aws_stop(&k);
	ck_assert_uint_eq(o.r.n_done, 2);
	ck_assert_int_eq(o.r.err, ERR_CANCELED);
	ck_assert_str_eq(o.r.text, "DynamoDB GetItem: cancelled");
	json_decref(request);
}
END_TEST

START_TEST(bad_settings_are_one_sentence)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	struct aws_dynamodb *db = NULL;
	struct errinfo ei = ERRINFO_INIT;
	struct fake_aws k;

	fake_aws_start(&k, script, 1, NULL);
	ck_assert_int_eq(aws_dynamodb_new(k.client, "nowhere!", NULL, 100, &db, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "\"nowhere!\" is not the name of an AWS region");
	err_reset(&ei);
	ck_assert_int_eq(aws_dynamodb_new(k.client, NULL, "ftp://x", 100, &db, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "DynamoDB: endpoint \"ftp://x\" is not of the form "
				  "http[s]://host[:port][/path]");
	ck_assert_ptr_null(db);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(a_failed_allocation_ends_one_call_alone)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{\"a\":1}")};
	json_t *request = json_object();
	struct aws_dynamodb *db;
	bool refused = true;
	struct outcome o;
	struct fake_aws k;
	size_t n;

	for (n = 1; refused; n++) {
		int err;

		fake_aws_start(&k, script, 1, NULL);
		db = open_db(&k);
		memset(&o, 0, sizeof(o));
		fake_malloc_fail_at(n);
		err = aws_dynamodb_call(db, "GetItem", request, on_done, &o);
		while (err == 0 && o.r.n_done == 0)
			uv_run(&k.loop, UV_RUN_ONCE);
		refused = fake_malloc_off();
		ck_assert_msg(err == 0 ? o.r.n_done == 1 : err == ERR_NOMEM && o.r.n_done == 0,
			      "allocation %zu: %d", n, err);
		outcome_fini(&o);
		aws_dynamodb_free(db);
		fake_aws_stop(&k);
	}
	ck_assert_uint_gt(n, 30);
	json_decref(request);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		requests_are_those_of_the_reference_sdk, replies_become_json_or_an_error,
		a_failed_condition_brings_the_item,	 recorded_replies_are_understood,
		freeing_cancels_what_is_in_flight,	 bad_settings_are_one_sentence,
		a_failed_allocation_ends_one_call_alone,
	};

	return vectors_exit(unit_run("aws_dynamodb", tests, N_ELEMENTS(tests)));
}
