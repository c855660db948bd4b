/* SPDX-License-Identifier: BSD-2-Clause
 * Error replies in every shape, and what they mean. */
#include "aws/fault.h"

#include <stdio.h>
#include <string.h>

#include "aws/retry.h"
#include "kit/aws_vectors.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

#define R53_NS "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""

static const struct {
	const char *body;
	const char *error_type;
	const char *header_id;
	const char *want_code;
	const char *want_message;
	const char *want_id;
} shape_rows[] = {
	{"{\"__type\":\"com.amazonaws.dynamodb.v20120810#ValidationException\","
	 "\"message\":\"m\"}",
	 "", "I", "ValidationException", "m", "I"},
	{"{\"__type\":\"X\",\"Message\":\"M\"}", "", "", "X", "M", ""},
	{" {\"__type\":\"a#b#X:http://x/#y\"}", "", "", "X", "", ""},
	{"{\"__type\":\"a b\"}", "", "", "", "", ""},
	{"{\"__type\":7,\"message\":[]}", "", "", "", "", ""},
	{"{\"__type\":\"Body\"}", "Header:http://x", "", "Header", "", ""},
	{"{\"__type\":\"X\",\"message\":\"one\",\"Message\":\"two\"}", "", "", "X", "one", ""},
	{"{\"__type\":", "", "", "", "", ""},
	{"", "", "I", "", "", "I"},
	{"   ", "", "", "", "", ""},
	{"<html><head><title>503</title></head><body>Service<br>Unavailable</body></html>", "", "",
	 "", "", ""},
	{"<ErrorResponse " R53_NS "><Error><Type>Sender</Type><Code>NoSuchHostedZone</Code>"
	 "<Message>No hosted zone</Message></Error><RequestId>R</RequestId>"
	 "</ErrorResponse>",
	 "", "", "NoSuchHostedZone", "No hosted zone", "R"},
	{"<ErrorResponse><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>s"
	 "</Message></Error></Errors><RequestID>R</RequestID></ErrorResponse>",
	 "", "", "SignatureDoesNotMatch", "s", "R"},
	{"<Response><Errors><Error><Code>A</Code><Message>a</Message></Error><Error><Code>B"
	 "</Code><Message>b</Message></Error></Errors></Response>",
	 "", "", "A", "a", ""},
	{"<Error><Code>SlowDown</Code><Message>s</Message><RequestId>R</RequestId></Error>", "",
	 "H", "SlowDown", "s", "H"},
	{"<?xml version=\"1.0\"?>\n<InvalidChangeBatch " R53_NS "><Messages><Message>one"
	 "</Message><Message> two </Message></Messages><RequestId>R</RequestId>"
	 "</InvalidChangeBatch>",
	 "", "", "InvalidChangeBatch", "[one, two]", "R"},
	{"<InvalidChangeBatch><Messages><Message>Tried to delete resource record set "
	 "[name='a.', type='A'] but it was not found</Message></Messages>"
	 "</InvalidChangeBatch>",
	 "", "", "InvalidChangeBatch",
	 "[Tried to delete resource record set [name='a.', type='A'] but it was not found]", ""},
	{"<InvalidChangeBatch/>", "", "", "InvalidChangeBatch", "", ""},
	{"<!DOCTYPE x [<!ENTITY e 'Throttling'>]><ErrorResponse><Error><Code>&e;</Code>"
	 "</Error></ErrorResponse>",
	 "", "", "", "", ""},
};

START_TEST(every_shape_gives_code_message_and_request_id)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(shape_rows); i++) {
		struct aws_fault f;

		aws_fault_init(&f);
		ck_assert_int_eq(aws_fault_parse(&f, slice_of(shape_rows[i].body),
						 shape_rows[i].error_type, shape_rows[i].header_id),
				 0);
		ck_assert_msg(strcmp(f.code, shape_rows[i].want_code) == 0, "row %zu: %s", i,
			      f.code);
		ck_assert_msg(strcmp(buf_str(&f.message), shape_rows[i].want_message) == 0,
			      "row %zu: %s", i, buf_str(&f.message));
		ck_assert_msg(strcmp(f.request_id, shape_rows[i].want_id) == 0, "row %zu: %s", i,
			      f.request_id);
		aws_fault_fini(&f);
	}
}
END_TEST

static void explain(const char *body, struct aws_fault *f, struct aws_error *e)
{
	aws_fault_init(f);
	memset(e, 0, sizeof(*e));
	e->status = 400;
	ck_assert_int_eq(aws_fault_parse(f, slice_of(body), "", "I7"), 0);
	aws_fault_explain(f, "DynamoDB GetItem", ERR_REFUSED, e);
	ck_assert_int_eq(e->err, ERR_REFUSED);
}

START_TEST(the_sentence_names_operation_code_and_request)
{
	static const struct {
		const char *body;
		const char *want;
	} rows[] = {
		{"{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}",
		 "DynamoDB GetItem: ThrottlingException: Rate exceeded (request id I7)"},
		{"{\"__type\":\"SerializationException\"}",
		 "DynamoDB GetItem: SerializationException (request id I7)"},
		{"<html/>",
		 "DynamoDB GetItem: HTTP status 400 without an error of AWS's (request id I7)"},
		{"{\"__type\":\"X\",\"message\":\"bell \\u0007\"}",
		 "DynamoDB GetItem: X: bell \\x07 (request id I7)"},
		{"{\"__type\":\"InvalidSignatureException\",\"message\":\"The request signature we "
		 "calculated does not match.\\n\\nThe Canonical String for this request should "
		 "have been\\n'POST\\n/\\n\\nx-amz-security-token:SESAME'\"}",
		 "DynamoDB GetItem: InvalidSignatureException: The request signature we calculated "
		 "does not match. (request id I7)"},
		{"{\"__type\":\"X\",\"message\":\"No. The Canonical String was x-amz-security-token"
		 ":SESAME\"}",
		 "DynamoDB GetItem: X: No. The (request id I7)"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_error e;
		struct aws_fault f;

		explain(rows[i].body, &f, &e);
		ck_assert_msg(strcmp(e.why.text, rows[i].want) == 0, "row %zu: %s", i, e.why.text);
		ck_assert_str_eq(e.request_id, "I7");
		aws_fault_fini(&f);
	}
}
END_TEST

START_TEST(the_item_of_a_failed_condition_is_handed_on)
{
	struct aws_error e;
	struct aws_fault f;

	explain("{\"__type\":\"ConditionalCheckFailedException\",\"Item\":{\"a\":{\"N\":\"7\"}}}",
		&f, &e);
	ck_assert_str_eq(e.code, "ConditionalCheckFailedException");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(e.item, "a"), "N")),
			 "7");
	aws_fault_fini(&f);
	explain("{\"__type\":\"ConditionalCheckFailedException\",\"Item\":7}", &f, &e);
	ck_assert_ptr_null(e.item);
	aws_fault_fini(&f);
}
END_TEST

#define CANCELED(reasons)                                                                          \
	"{\"__type\":\"com.amazonaws.dynamodb.v20120810#TransactionCanceledException\","           \
	"\"message\":\"m\",\"CancellationReasons\":[" reasons "]}"
#define REASON(code) "{\"Code\":\"" code "\"}"

static const struct {
	const char *body, *want;
	int err;
} cause_rows[] = {
	{CANCELED(REASON("None") "," REASON("ConditionalCheckFailed")),
	 "ConditionalCheckFailedException", ERR_CONFLICT},
	{CANCELED(REASON("TransactionConflict") "," REASON("ConditionalCheckFailed")),
	 "ConditionalCheckFailedException", ERR_CONFLICT},
	{CANCELED(REASON("TransactionConflict")), "TransactionConflictException", ERR_UNAVAILABLE},
	{CANCELED(REASON("ThrottlingError")), "ThrottlingException", ERR_THROTTLED},
	{CANCELED(REASON("ProvisionedThroughputExceeded")),
	 "ProvisionedThroughputExceededException", ERR_THROTTLED},
	{CANCELED(REASON("ValidationError") "," REASON("ConditionalCheckFailed")),
	 "ValidationException", ERR_REFUSED},
	{CANCELED("7,{},null," REASON("Unheard")), "TransactionCanceledException", ERR_REFUSED},
	{"{\"__type\":\"X\"}", "X", ERR_REFUSED},
};

START_TEST(a_canceled_transaction_is_judged_by_its_worst_reason)
{
	struct aws_fault f;
	size_t i;

	for (i = 0; i < N_ELEMENTS(cause_rows); i++) {
		aws_fault_init(&f);
		ck_assert_int_eq(aws_fault_parse(&f, slice_of(cause_rows[i].body), "", ""), 0);
		ck_assert_str_eq(aws_fault_cause(&f), cause_rows[i].want);
		ck_assert_int_eq(aws_retry_judge(400, aws_fault_cause(&f)).err, cause_rows[i].err);
		aws_fault_fini(&f);
	}
}
END_TEST

START_TEST(a_flood_of_messages_is_cut)
{
	struct aws_error e;
	struct aws_fault f;
	struct buf body;
	size_t i;

	buf_init(&body, 1024 * 1024);
	buf_adds(&body, "<InvalidChangeBatch><Messages>");
	for (i = 0; i < 1000; i++)
		buf_adds(&body, "<Message>0123456789012345678901234567890123456789</Message>");
	buf_adds(&body, "</Messages></InvalidChangeBatch>");
	ck_assert_int_eq(body.err, 0);
	explain(buf_str(&body), &f, &e);
	ck_assert_str_eq(e.code, "InvalidChangeBatch");
	ck_assert_uint_le(strlen(e.message), AWS_FAULT_MESSAGE_MAX);
	ck_assert_ptr_nonnull(strstr(e.why.text, "[0123456789"));
	aws_fault_fini(&f);
	buf_fini(&body);
}
END_TEST

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void check_protocol_case(const json_t *c)
{
	const json_t *response = json_object_get(c, "response");
	const char *type = text_of(json_object_get(response, "headers"), "X-Amzn-Errortype");
	const char *message = text_of(c, "errorMessage");
	struct aws_fault f;

	aws_fault_init(&f);
	ck_assert_int_eq(aws_fault_parse(&f, slice_of(text_of(response, "body")),
					 type != NULL ? type : "", ""),
			 0);
	ck_assert_msg(strcmp(f.code, text_of(c, "errorCode")) == 0, "%s: %s", text_of(c, "id"),
		      f.code);
	if (message != NULL)
		ck_assert_msg(strcmp(buf_str(&f.message), message) == 0, "%s: %s", text_of(c, "id"),
			      buf_str(&f.message));
	aws_fault_fini(&f);
}

static size_t check_protocol_file(const char *path)
{
	json_t *vectors = vectors_read_json(path), *suite, *c;
	size_t i, k, n = 0;

	json_array_foreach(vectors, i, suite) {
		json_array_foreach(json_object_get(suite, "cases"), k, c) {
			if (json_object_get(c, "errorCode") == NULL)
				continue;
			check_protocol_case(c);
			n++;
		}
	}
	json_decref(vectors);
	return n;
}

START_TEST(errors_of_the_protocol_tests_are_understood)
{
	if (!vectors_have("aws-testdata/protocol-tests"))
		return;
	ck_assert_uint_eq(check_protocol_file("aws-testdata/protocol-tests/output/json_1_0.json"),
			  12);
	ck_assert_uint_eq(check_protocol_file("aws-testdata/protocol-tests/output/rest-xml.json"),
			  2);
}
END_TEST

static void check_recorded(const char *body_path, const char *want_path)
{
	char *body = vectors_read(body_path);
	json_t *want = vectors_read_json(want_path);
	const json_t *error = json_object_get(want, "Error");
	struct aws_fault f;

	aws_fault_init(&f);
	ck_assert_int_eq(aws_fault_parse(&f, slice_of(body), "", ""), 0);
	ck_assert_msg(strcmp(f.code, text_of(error, "Code")) == 0, "%s: %s", body_path, f.code);
	ck_assert_msg(strcmp(buf_str(&f.message), text_of(error, "Message")) == 0, "%s: %s",
		      body_path, buf_str(&f.message));
	ck_assert_str_eq(f.request_id,
			 text_of(json_object_get(want, "ResponseMetadata"), "RequestId"));
	aws_fault_fini(&f);
	json_decref(want);
	free(body);
}

START_TEST(recorded_errors_are_understood)
{
	static const char folder[] = "aws-testdata/response-parsing/xml/errors/";
	static const char *const names[] = {"route53-get-hosted-zone", "sns-delete-topic",
					    "sts-get-session-token"};
	char body[128], want[128];
	size_t i;

	if (!vectors_have(folder))
		return;
	for (i = 0; i < N_ELEMENTS(names); i++) {
		snprintf(body, sizeof(body), "%s%s.xml", folder, names[i]);
		snprintf(want, sizeof(want), "%s%s.json", folder, names[i]);
		check_recorded(body, want);
	}
}
END_TEST

START_TEST(codes_win_over_the_status)
{
	static const struct {
		long status;
		const char *code;
		int want_err;
		enum aws_retry_class want_retry;
	} rows[] = {
		{400, "Throttling", ERR_THROTTLED, AWS_RETRY_THROTTLE},
		{400, "PriorRequestNotComplete", ERR_THROTTLED, AWS_RETRY_THROTTLE},
		{400, "RequestLimitExceeded", ERR_THROTTLED, AWS_RETRY_THROTTLE},
		{400, "InvalidChangeBatch", ERR_REFUSED, AWS_RETRY_NEVER},
		{400, "InvalidInput", ERR_REFUSED, AWS_RETRY_NEVER},
		{404, "NoSuchHostedZone", ERR_NOTFOUND, AWS_RETRY_NEVER},
		{403, "AccessDenied", ERR_DENIED, AWS_RETRY_NEVER},
		{403, "SignatureDoesNotMatch", ERR_UNAVAILABLE, AWS_RETRY_SKEW},
		{400, "UnrecognizedClientException", ERR_UNAVAILABLE, AWS_RETRY_CREDENTIALS},
		{403, "InvalidClientTokenId", ERR_UNAVAILABLE, AWS_RETRY_CREDENTIALS},
		{400, "MissingAuthenticationTokenException", ERR_UNAVAILABLE, AWS_RETRY_NEVER},
		{400, "InternalServerError", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
		{500, "", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
		{504, "Whatever", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
		{501, "NotImplemented", ERR_UNAVAILABLE, AWS_RETRY_NEVER},
		{429, "", ERR_THROTTLED, AWS_RETRY_THROTTLE},
		{400, "Unheard", ERR_REFUSED, AWS_RETRY_NEVER},
		{400, "", ERR_PROTOCOL, AWS_RETRY_NEVER},
		{302, "", ERR_PROTOCOL, AWS_RETRY_NEVER},
		{302, "Moved", ERR_PROTOCOL, AWS_RETRY_NEVER},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_verdict v = aws_retry_judge(rows[i].status, rows[i].code);

		ck_assert_msg(v.err == rows[i].want_err && v.retry == rows[i].want_retry,
			      "row %zu: %d %d", i, v.err, v.retry);
	}
}
END_TEST

/* What jansson and expat allocate is theirs; ours must be reported. */
START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	static const char *const bodies[] = {
		"{\"__type\":\"X\",\"message\":\"some message\"}",
		"<ErrorResponse><Error><Code>X</Code><Message>some message</Message></Error>"
		"</ErrorResponse>",
		"<InvalidChangeBatch><Messages><Message>one</Message></Messages>"
		"</InvalidChangeBatch>",
	};
	size_t i, n;

	for (i = 0; i < N_ELEMENTS(bodies); i++) {
		for (n = 1;; n++) {
			struct aws_fault f;
			int err;

			aws_fault_init(&f);
			fake_malloc_fail_at(n);
			err = aws_fault_parse(&f, slice_of(bodies[i]), "", "");
			aws_fault_fini(&f);
			if (!fake_malloc_off()) {
				ck_assert_int_eq(err, 0);
				break;
			}
			ck_assert_msg(err == ERR_NOMEM, "body %zu, allocation %zu: %d", i, n, err);
		}
		ck_assert_uint_gt(n, 1);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_shape_gives_code_message_and_request_id,
		the_sentence_names_operation_code_and_request,
		the_item_of_a_failed_condition_is_handed_on,
		a_canceled_transaction_is_judged_by_its_worst_reason,
		a_flood_of_messages_is_cut,
		errors_of_the_protocol_tests_are_understood,
		recorded_errors_are_understood,
		codes_win_over_the_status,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return vectors_exit(unit_run("fault", tests, N_ELEMENTS(tests)));
}
