/* SPDX-License-Identifier: BSD-2-Clause
 * Documents with temporary keys: what is taken, what is refused, and that no sentence shows a key.
 */
#include "aws/keydoc.h"

#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"

#define KEYS "\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"Sesame\""
#define STS(inner)                                                                                 \
	"<AssumeRoleResponse "                                                                     \
	"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"                   \
	"<Credentials>" inner                                                                      \
	"</Credentials><PackedPolicySize>1</PackedPolicySize></AssumeRoleResult>"                  \
	"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>"
#define XML_KEYS                                                                                   \
	"<AccessKeyId>AKID</AccessKeyId><SecretAccessKey>Sesame</SecretAccessKey>"                 \
	"<SessionToken>tok</SessionToken>"

START_TEST(times_are_read_as_aws_and_its_imitators_write_them)
{
	static const struct {
		const char *text;
		int64_t want; /* 0: refused */
	} rows[] = {
		{"2009-02-13T23:31:30Z", 1234567890},
		{"2009-02-13T23:31:30.123456Z", 1234567890},
		{"2009-02-13T23:31:30+00:00", 1234567890},
		{"2009-02-14T00:31:30.5+01:00", 1234567890},
		{"2009-02-13T18:01:30-05:30", 1234567890},
		{"2009-02-13T18:01:30-0530", 1234567890},
		{"2009-02-13T18:01:30-053", 0},
		{"2009-02-13T18:01:30-05300", 0},
		{"2009-02-13T23:31:30", 0},
		{"2009-02-13 23:31:30Z", 0},
		{"2009-02-13T23:31:30Zx", 0},
		{"2009-02-13T23:31:30+1:00", 0},
		{"2009-02-13T23:31:30+24:00", 0},
		{"2009-02-13T23:31:30+25:00", 0},
		{"2009-02-30T25:31:30Z", 0},
		{" 2009-02-13T23:31:30Z", 0},
		{"-009-02-13T23:31:30Z", 0},
		{"1234567890", 0},
		{"", 0},
		{"2009-02-13T23:31:30.000000000000000000000000000000000000000000000000Z", 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		int64_t got = 0;
		int err = aws_keydoc_parse_time(slice_of(rows[i].text), &got);

		ck_assert_msg(got == rows[i].want && (err == 0) == (rows[i].want != 0),
			      "\"%s\": %d, %lld", rows[i].text, err, (long long)got);
	}
}
END_TEST

struct doc_row {
	const char *body;
	int want_err;
	int64_t want_expires_s;
	const char *want; /* the token, or what the sentence has in it */
};

static const struct doc_row json_rows[] = {
	{"{" KEYS ",\"Token\":\"tok\",\"Expiration\":\"2009-02-13T23:31:30Z\"}", 0, 1234567890,
	 "tok"},
	{"{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\"," KEYS ",\"Token\":\"tok\"}", 0, 0, "tok"},
	{"{" KEYS "}", 0, 0, NULL},
	{"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"EC2 cannot\\nassume\"}",
	 ERR_UNAVAILABLE, 0,
	 "here has no keys: AssumeRoleUnauthorizedAccess: EC2 cannot\\x0aassume"},
	{"{\"Code\":\"Failed\"," KEYS "}", ERR_UNAVAILABLE, 0, "here has no keys: Failed"},
	{"{" KEYS ",\"Expiration\":\"soon\"}", ERR_PROTOCOL, 0, "expire at \"soon\""},
	{"{" KEYS ",\"Token\":\"a\\r\\nX-Evil: 1\"}", ERR_INVAL, 0, "session token from here"},
	/* the borders of what a header line may have */
	{"{" KEYS ",\"Token\":\"!a~\"}", 0, 0, "!a~"},
	{"{" KEYS ",\"Token\":\"a\x7f"
	 "b\"}",
	 ERR_INVAL, 0, "session token from here"},
	{"{" KEYS ",\"Token\":\"a b\"}", ERR_INVAL, 0, "session token from here"},
	{"{" KEYS ",\"Token\":\"a\\u0080b\"}", ERR_INVAL, 0, "session token from here"},
	{"{\"AccessKeyId\":\"AKID\"}", ERR_PROTOCOL, 0, "has no keys in it"},
	{"{\"AccessKeyId\":1,\"SecretAccessKey\":\"Sesame\"}", ERR_PROTOCOL, 0, "has no keys"},
	{"{" KEYS ",\"SecretAccessKey\":\"Sesame2\"}", ERR_PROTOCOL, 0, "is no JSON object"},
	{"[\"Sesame\"]", ERR_PROTOCOL, 0, "is no JSON object"},
	{"{" KEYS, ERR_PROTOCOL, 0, "is no JSON object"},
	{"<html>Sesame</html>", ERR_PROTOCOL, 0, "is no JSON object"},
	{"", ERR_PROTOCOL, 0, "is no JSON object"},
};

static const struct doc_row sts_rows[] = {
	{STS(XML_KEYS "<Expiration>2009-02-13T23:31:30Z</Expiration>"), 0, 1234567890, "tok"},
	{STS(XML_KEYS "<Expiration> 2009-02-13T23:31:30.000001Z\n</Expiration>"), 0, 1234567890,
	 "tok"},
	{STS("<AccessKeyId>AKID</AccessKeyId>"), ERR_PROTOCOL, 0, "STS has no keys in it"},
	{STS(XML_KEYS "<SecretAccessKey>Sesame2</SecretAccessKey>"), ERR_PROTOCOL, 0,
	 "not what its manual says"},
	{STS(XML_KEYS "<Expiration>0</Expiration>"), ERR_PROTOCOL, 0, "expire at \"0\""},
	{"<Credentials>" XML_KEYS "</Credentials>", ERR_PROTOCOL, 0, "STS has no keys in it"},
	{"<!DOCTYPE a [<!ENTITY b \"Sesame\">]><a>&b;</a>", ERR_PROTOCOL, 0, "manual"},
	{"<AssumeRoleResponse>Sesame", ERR_PROTOCOL, 0, "manual"},
	{"{" KEYS "}", ERR_PROTOCOL, 0, "manual"},
	{"", ERR_PROTOCOL, 0, "manual"},
};

static const struct doc_row process_rows[] = {
	{"{\"Version\":1," KEYS ",\"SessionToken\":\"tok\",\"Expiration\":"
	 "\"2009-02-13T23:31:30Z\"}\n",
	 0, 1234567890, "tok"},
	{"{\"Version\":1," KEYS ",\"Expiration\":\"2009-02-14T01:31:30+02:00\"}", 0, 1234567890,
	 NULL},
	{"{\"Version\":1," KEYS ",\"Expiration\":null,\"AccountId\":\"1\"}", 0, 0, NULL},
	{"{\"Version\":1," KEYS ",\"Token\":\"another\"}", 0, 0, NULL},
	{"{" KEYS "}", ERR_PROTOCOL, 0, "the reply of here does not say \"Version\": 1"},
	{"{\"Version\":2," KEYS "}", ERR_PROTOCOL, 0, "does not say \"Version\": 1"},
	{"{\"Version\":\"1\"," KEYS "}", ERR_PROTOCOL, 0, "does not say \"Version\": 1"},
	{"{\"Version\":1.0," KEYS "}", ERR_PROTOCOL, 0, "does not say \"Version\": 1"},
	{"{\"Version\":1," KEYS ",\"Expiration\":1234567890}", ERR_PROTOCOL, 0,
	 "the Expiration in the reply of here is no text"},
	{"{\"Version\":1," KEYS ",\"Expiration\":\"soon\"}", ERR_PROTOCOL, 0, "expire at \"soon\""},
	{"{\"Version\":1,\"SecretAccessKey\":\"Sesame\"}", ERR_PROTOCOL, 0, "has no keys in it"},
	{"{\"Version\":1," KEYS "} {}", ERR_PROTOCOL, 0, "is no JSON object"},
	{"Sesame", ERR_PROTOCOL, 0, "the reply of here is no JSON object"},
	{"", ERR_PROTOCOL, 0, "the reply of here is no JSON object"},
};

enum form { FORM_JSON, FORM_STS, FORM_PROCESS };

static int parse(enum form form, const char *body, struct aws_credentials **ret, struct errinfo *ei)
{
	if (form == FORM_PROCESS)
		return aws_keydoc_parse_process(slice_of(body), "here", ret, ei);
	return form == FORM_JSON ? aws_keydoc_parse_json(slice_of(body), "here", ret, ei)
				 : aws_keydoc_parse_sts(slice_of(body), ret, ei);
}

static void check_row(const struct doc_row *row, enum form form)
{
	struct aws_credentials *c = NULL;
	struct errinfo ei = ERRINFO_INIT;
	int err = parse(form, row->body, &c, &ei);

	ck_assert_msg(err == row->want_err, "%s: %d, %s", row->body, err, ei.text);
	ck_assert_msg(strstr(ei.text, "Sesame") == NULL, "%s", ei.text);
	if (err != 0) {
		ck_assert_ptr_null(c);
		ck_assert_msg(strstr(ei.text, row->want) != NULL, "%s: %s", row->body, ei.text);
		return;
	}
	ck_assert_str_eq(c->key_id, "AKID");
	ck_assert_str_eq(c->secret, "Sesame");
	ck_assert_int_eq(c->expires_s, row->want_expires_s);
	ck_assert(!c->is_instance);
	if (row->want == NULL)
		ck_assert_ptr_null(c->token);
	else
		ck_assert_str_eq(c->token, row->want);
	aws_credentials_unref(c);
}

START_TEST(documents_are_taken_whole_or_refused_with_a_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(json_rows); i++)
		check_row(&json_rows[i], FORM_JSON);
	for (i = 0; i < N_ELEMENTS(sts_rows); i++)
		check_row(&sts_rows[i], FORM_STS);
	for (i = 0; i < N_ELEMENTS(process_rows); i++)
		check_row(&process_rows[i], FORM_PROCESS);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	size_t k, n;

	const char *const bodies[] = {
		[FORM_JSON] = json_rows[0].body,
		[FORM_STS] = sts_rows[0].body,
		[FORM_PROCESS] = process_rows[0].body,
	};

	for (k = 0; k < N_ELEMENTS(bodies); k++) {
		const char *body = bodies[k];
		struct aws_credentials *c = NULL;
		int err;

		for (n = 1;; n++) {
			fake_malloc_fail_at(n);
			err = parse((enum form)k, body, &c, NULL);
			if (!fake_malloc_off())
				break;
			ck_assert_msg(err == ERR_NOMEM && c == NULL, "%zu, allocation %zu: %d", k,
				      n, err);
		}
		ck_assert_int_eq(err, 0);
		ck_assert_uint_gt(n, 3);
		aws_credentials_unref(c);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		times_are_read_as_aws_and_its_imitators_write_them,
		documents_are_taken_whole_or_refused_with_a_sentence,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return unit_run("keydoc", tests, N_ELEMENTS(tests));
}
