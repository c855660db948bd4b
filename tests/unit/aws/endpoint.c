/* SPDX-License-Identifier: BSD-2-Clause
 * Regions, partitions and endpoints against the rule sets' own test cases. Out of scope of this
 * client, and passed over below:
 *   - hosts of one account (123456789012.ddb.us-east-1...), which are an optimisation of SDKs, and
 *     the errors that only they can cause;
 *   - IsSearchOperation (search-dynamodb...): we call no search operation;
 *   - Route 53 without any region: an error for SDKs, the "aws" partition for us;
 *   - UseGlobalEndpoint of STS: SDKs keep it for those who set AWS_STS_REGIONAL_ENDPOINTS=legacy.
 */
#include "aws/endpoint.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/aws_vectors.h"
#include "aws/endpoint_find.h"
#include "aws/topic.h"
#include "base/buf.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

#define FOLDER "aws-testdata/endpoint-tests"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *want_url(const json_t *test)
{
	return text_of(json_object_get(json_object_get(test, "expect"), "endpoint"), "url");
}

static const char *want_error(const json_t *test)
{
	return text_of(json_object_get(test, "expect"), "error");
}

static bool is_in_scope(const json_t *test, enum aws_service service)
{
	const json_t *params = json_object_get(test, "params");
	bool has_own = text_of(params, "Endpoint") != NULL;
	const char *url = want_url(test), *error = want_error(test);

	if (json_object_get(params, "IsSearchOperation") != NULL && !has_own)
		return false;
	if (json_is_true(json_object_get(params, "UseGlobalEndpoint")) && !has_own)
		return false;
	if (service == AWS_SERVICE_ROUTE53 && json_object_size(params) == 0)
		return false;
	if (url != NULL)
		return has_own || strstr(url, ".ddb.") == NULL;
	return strstr(error, "ccount") == NULL;
}

static const char *want_signing_region(const json_t *test)
{
	const json_t *e = json_object_get(json_object_get(test, "expect"), "endpoint");
	const json_t *schemes = json_object_get(json_object_get(e, "properties"), "authSchemes");

	return text_of(json_array_get(schemes, 0), "signingRegion");
}

/* The vectors' sentences without their "Invalid Configuration: "; ours say more. */
static void assert_error(const char *shown, int err, const char *got, const char *want)
{
	static const char prefix[] = "Invalid Configuration: ";
	char start[61];

	if (strncmp(want, prefix, sizeof(prefix) - 1) == 0)
		want += sizeof(prefix) - 1;
	snprintf(start, sizeof(start), "%s", want);
	start[strcspn(start, ".")] = '\0';
	ck_assert_msg((err == ERR_INVAL || err == ERR_NOTFOUND) && strstr(got, start) != NULL,
		      "%s: %d, \"%s\", not \"%s\"", shown, err, got, start);
}

static void assert_endpoint(const char *shown, const struct aws_endpoint *e, const json_t *test)
{
	const char *region = want_signing_region(test);
	char url[AWS_HOST_SIZE + AWS_PATH_SIZE + 8], want[sizeof(url)];
	size_t len;

	snprintf(url, sizeof(url), "%s://%s%s", e->is_tls ? "https" : "http", e->host, e->path);
	snprintf(want, sizeof(want), "%s", want_url(test));
	len = strlen(want);
	if (want[len - 1] == '/')
		want[len - 1] = '\0';
	ck_assert_msg(strcmp(url, want) == 0, "%s: %s, not %s", shown, url, want);
	if (region != NULL)
		ck_assert_msg(strcmp(e->signing_region, region) == 0, "%s: signed for %s", shown,
			      e->signing_region);
}

static void check_case(const json_t *test, enum aws_service service)
{
	const json_t *params = json_object_get(test, "params");
	struct aws_endpoint_params p = {
		.service = service,
		.region = slice_of(text_of(params, "Region")),
		.url = slice_of(text_of(params, "Endpoint")),
		.use_fips = json_is_true(json_object_get(params, "UseFIPS")),
		.use_dualstack = json_is_true(json_object_get(params, "UseDualStack")),
	};
	char *shown = json_dumps(params, JSON_COMPACT);
	struct errinfo ei = ERRINFO_INIT;
	struct aws_endpoint e;
	int err = aws_endpoint_resolve(&p, &e, &ei);

	if (want_error(test) != NULL) {
		assert_error(shown, err, ei.text, want_error(test));
	} else {
		ck_assert_msg(err == 0, "%s: %s", shown, ei.text);
		assert_endpoint(shown, &e, test);
	}
	free(shown);
}

static void check_service(const char *path, enum aws_service service, size_t want_n)
{
	json_t *vectors, *test;
	size_t i, n = 0;

	if (!vectors_have(path))
		return;
	vectors = vectors_read_json(path);
	json_array_foreach(json_object_get(vectors, "testCases"), i, test)
	{
		if (!is_in_scope(test, service))
			continue;
		check_case(test, service);
		n++;
	}
	ck_assert_uint_eq(n, want_n);
	json_decref(vectors);
}

START_TEST(dynamodb_is_where_the_vectors_say)
{
	check_service(FOLDER "/dynamodb.json", AWS_SERVICE_DYNAMODB, 356);
}
END_TEST

START_TEST(sts_and_sns_are_where_the_vectors_say)
{
	check_service(FOLDER "/sts.json", AWS_SERVICE_STS, 52);
	check_service(FOLDER "/sns.json", AWS_SERVICE_SNS, 49);
}
END_TEST

START_TEST(route53_is_where_the_vectors_say)
{
	check_service(FOLDER "/route53.json", AWS_SERVICE_ROUTE53, 25);
}
END_TEST

START_TEST(signatures_name_the_region_of_the_partition)
{
	static const struct {
		enum aws_service service;
		const char *region;
		const char *url;
		const char *want_host;
		const char *want_region;
	} rows[] = {
		{AWS_SERVICE_ROUTE53, "eu-west-1", NULL, "route53.amazonaws.com", "us-east-1"},
		{AWS_SERVICE_ROUTE53, NULL, NULL, "route53.amazonaws.com", "us-east-1"},
		{AWS_SERVICE_ROUTE53, "cn-north-1", NULL, "route53.amazonaws.com.cn",
		 "cn-northwest-1"},
		{AWS_SERVICE_ROUTE53, "eusc-de-east-1", NULL, "route53.amazonaws.eu",
		 "eusc-de-east-1"},
		{AWS_SERVICE_ROUTE53, "us-gov-east-1", NULL, "route53.us-gov.amazonaws.com",
		 "us-gov-west-1"},
		{AWS_SERVICE_ROUTE53, "eu-west-1", "http://r53:81", "r53:81", "us-east-1"},
		{AWS_SERVICE_DYNAMODB, "mx-central-1", NULL, "dynamodb.mx-central-1.amazonaws.com",
		 "mx-central-1"},
		{AWS_SERVICE_DYNAMODB, "xx-new-7", NULL, "dynamodb.xx-new-7.amazonaws.com",
		 "xx-new-7"},
		{AWS_SERVICE_DYNAMODB, "eusc-de-east-1", NULL,
		 "dynamodb.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
		{AWS_SERVICE_DYNAMODB, "eu-west-1", "http://127.0.0.1:8000", "127.0.0.1:8000",
		 "eu-west-1"},
		{AWS_SERVICE_DYNAMODB, NULL, "http://127.0.0.1:8000", "127.0.0.1:8000",
		 "us-east-1"},
		{AWS_SERVICE_DYNAMODB, "local", NULL, "localhost:8000", "us-east-1"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_endpoint_params p = {.service = rows[i].service,
						.region = slice_of(rows[i].region),
						.url = slice_of(rows[i].url)};
		struct errinfo ei = ERRINFO_INIT;
		struct aws_endpoint e;

		ck_assert_msg(aws_endpoint_resolve(&p, &e, &ei) == 0, "row %zu: %s", i, ei.text);
		ck_assert_msg(strcmp(e.host, rows[i].want_host) == 0, "row %zu: %s", i, e.host);
		ck_assert_msg(strcmp(e.signing_region, rows[i].want_region) == 0, "row %zu: %s", i,
			      e.signing_region);
	}
}
END_TEST

START_TEST(own_endpoints_are_taken_apart)
{
	static const struct {
		const char *url;
		const char *want_host; /* NULL: refused */
		const char *want_path;
		bool is_tls;
		bool is_loopback;
	} rows[] = {
		{"https://example.com", "example.com", "", true, false},
		{"https://EXAMPLE.com:443/", "example.com", "", true, false},
		{"https://example.com:80", "example.com:80", "", true, false},
		{"http://example.com:80", "example.com", "", false, false},
		{"http://example.com:443/a/b/", "example.com:443", "/a/b", false, false},
		{"http://127.0.0.1:8000", "127.0.0.1:8000", "", false, true},
		{"http://localhost:4566", "localhost:4566", "", false, true},
		{"http://ddb.localhost:4566", "ddb.localhost:4566", "", false, true},
		{"http://[::1]:8000", "[::1]:8000", "", false, true},
		{"https://[2001:db8::1]", "[2001:db8::1]", "", true, false},
		{"ftp://example.com", NULL, NULL, false, false},
		{"file:///etc/passwd", NULL, NULL, false, false},
		{"example.com", NULL, NULL, false, false},
		{"https://", NULL, NULL, false, false},
		{"https://user:pw@example.com", NULL, NULL, false, false},
		{"https://example.com/?a=b", NULL, NULL, false, false},
		{"https://example.com/#a", NULL, NULL, false, false},
		{"https://exam ple.com", NULL, NULL, false, false},
		{"http://example.com?query", NULL, NULL, false, false},
		{"http://example.com?", NULL, NULL, false, false},
		{"http://example.com/#", NULL, NULL, false, false},
		{"http://example.com#part", NULL, NULL, false, false},
		{"http://example.com:8000?query", NULL, NULL, false, false},
		{"http://user@example.com", NULL, NULL, false, false},
		{"http://:pw@example.com", NULL, NULL, false, false},
		{"https://example.com:99999", NULL, NULL, false, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_endpoint_params p = {.service = AWS_SERVICE_ROUTE53,
						.url = slice_of(rows[i].url)};
		struct errinfo ei = ERRINFO_INIT;
		struct aws_endpoint e;
		int err = aws_endpoint_resolve(&p, &e, &ei);

		if (rows[i].want_host == NULL) {
			ck_assert_msg(err == ERR_INVAL && ei.text[0] != '\0', "row %zu: %d", i,
				      err);
			continue;
		}
		ck_assert_msg(err == 0, "row %zu: %s", i, ei.text);
		ck_assert_msg(strcmp(e.host, rows[i].want_host) == 0 &&
				      strcmp(e.path, rows[i].want_path) == 0 &&
				      e.is_tls == rows[i].is_tls &&
				      e.is_loopback == rows[i].is_loopback,
			      "row %zu: %s %s %d %d", i, e.host, e.path, e.is_tls, e.is_loopback);
	}
}
END_TEST

START_TEST(a_region_that_is_none_is_refused)
{
	static const char *const rows[] = {"eu-west-1.evil.example#",
					   "EU-WEST-1",
					   "-a",
					   "a-",
					   "a b",
					   ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa")};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_endpoint_params p = {.region = slice_of(rows[i])};
		struct errinfo ei = ERRINFO_INIT;
		struct aws_endpoint e;

		ck_assert_msg(aws_endpoint_resolve(&p, &e, &ei) == ERR_INVAL, "%s", rows[i]);
		ck_assert_ptr_nonnull(strstr(ei.text, "is not the name of an AWS region"));
	}
}
END_TEST

/* ---- the environment and the profile ---- */

static char config_file[64];
static char config_variable[96];

static void write_config(const char *text)
{
	char folder[] = "/tmp/mooring-endpoint.XXXXXX";
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(config_file, sizeof(config_file), "%s/config", folder);
	snprintf(config_variable, sizeof(config_variable), "AWS_CONFIG_FILE=%s", config_file);
	f = fopen(config_file, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void remove_config(void)
{
	ck_assert_int_eq(unlink(config_file), 0);
	*strrchr(config_file, '/') = '\0';
	ck_assert_int_eq(rmdir(config_file), 0);
}

static const struct {
	const char *region;
	const char *url;
	const char *env[3];
	const char *want_host;
	const char *want_region;
} setting_rows[] = {
	{NULL, NULL, {NULL}, "dynamodb.eu-north-1.amazonaws.com", "eu-north-1"},
	{"", "", {NULL}, "dynamodb.eu-north-1.amazonaws.com", "eu-north-1"},
	{NULL,
	 NULL,
	 {"AWS_DEFAULT_REGION=eu-west-2"},
	 "dynamodb.eu-west-2.amazonaws.com",
	 "eu-west-2"},
	{NULL,
	 NULL,
	 {"AWS_DEFAULT_REGION=eu-west-2", "AWS_REGION=eu-west-3"},
	 "dynamodb.eu-west-3.amazonaws.com",
	 "eu-west-3"},
	{"eu-west-1",
	 NULL,
	 {"AWS_REGION=eu-west-3"},
	 "dynamodb.eu-west-1.amazonaws.com",
	 "eu-west-1"},
	{NULL, NULL, {"AWS_PROFILE=fips"}, "dynamodb-fips.us-west-2.amazonaws.com", "us-west-2"},
	{NULL,
	 NULL,
	 {"AWS_PROFILE=fips", "AWS_USE_FIPS_ENDPOINT=false"},
	 "dynamodb.us-west-2.amazonaws.com",
	 "us-west-2"},
	{NULL,
	 NULL,
	 {"AWS_USE_DUALSTACK_ENDPOINT=True"},
	 "dynamodb.eu-north-1.api.aws",
	 "eu-north-1"},
	{NULL,
	 "http://127.0.0.1:1",
	 {"AWS_ENDPOINT_URL=http://127.0.0.1:2"},
	 "127.0.0.1:1",
	 "eu-north-1"},
	{NULL, NULL, {"AWS_ENDPOINT_URL=http://127.0.0.1:2"}, "127.0.0.1:2", "eu-north-1"},
	{NULL,
	 NULL,
	 {"AWS_ENDPOINT_URL=http://127.0.0.1:2", "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:3"},
	 "127.0.0.1:3",
	 "eu-north-1"},
	{NULL,
	 NULL,
	 {"AWS_ENDPOINT_URL=http://127.0.0.1:2", "AWS_ENDPOINT_URL_ROUTE_53=http://127.0.0.1:3"},
	 "127.0.0.1:2",
	 "eu-north-1"},
};

START_TEST(settings_are_taken_in_the_standard_order)
{
	size_t i;

	write_config("[default]\nregion = eu-north-1\n"
		     "[profile fips]\nregion = us-west-2\nuse_fips_endpoint = true\n");
	for (i = 0; i < N_ELEMENTS(setting_rows); i++) {
		const char *env[] = {config_variable, NULL, NULL, NULL};
		struct errinfo ei = ERRINFO_INIT;
		struct aws_endpoint e;

		memcpy(env + 1, setting_rows[i].env, 2 * sizeof(env[0]));
		ck_assert_msg(aws_endpoint_find(AWS_SERVICE_DYNAMODB, setting_rows[i].region,
						setting_rows[i].url, env, &e, &ei) == 0,
			      "row %zu: %s", i, ei.text);
		ck_assert_msg(strcmp(e.host, setting_rows[i].want_host) == 0, "row %zu: %s", i,
			      e.host);
		ck_assert_msg(strcmp(e.signing_region, setting_rows[i].want_region) == 0,
			      "row %zu: %s", i, e.signing_region);
	}
	remove_config();
}
END_TEST

START_TEST(a_missing_region_and_a_broken_file_are_one_sentence)
{
	const char *const none[] = {NULL};
	struct errinfo ei = ERRINFO_INIT;
	const char *env[2] = {NULL};
	struct aws_endpoint e;

	ck_assert_int_eq(aws_endpoint_find(AWS_SERVICE_DYNAMODB, NULL, NULL, none, &e, &ei),
			 ERR_NOTFOUND);
	ck_assert_str_eq(ei.text, "DynamoDB: Missing Region, set store.region or AWS_REGION");
	write_config("[default]\nregion\n");
	env[0] = config_variable;
	ei = (struct errinfo)ERRINFO_INIT;
	ck_assert_int_eq(aws_endpoint_find(AWS_SERVICE_ROUTE53, NULL, NULL, env, &e, &ei),
			 ERR_INVAL);
	ck_assert_ptr_nonnull(strstr(ei.text, "/config, line 2: Expected an '='"));
	remove_config();
}
END_TEST

/* The vectors configure S3; the rules are the same for every service, so DynamoDB stands in. */
static void add_sections(struct buf *out, const json_t *sections, const char *prefix)
{
	const char *name, *key, *sub;
	json_t *section, *value, *text;

	json_object_foreach((json_t *)(uintptr_t)sections, name, section)
	{
		buf_addf(out, "[%s %s]\n", prefix, name);
		json_object_foreach(section, key, value)
		{
			if (json_is_string(value)) {
				buf_addf(out, "%s = %s\n", key, json_string_value(value));
				continue;
			}
			buf_addf(out, "%s =\n", strcmp(key, "s3") == 0 ? "dynamodb" : "other");
			json_object_foreach(value, sub, text)
			{
				buf_addf(out, "  %s = %s\n", sub, json_string_value(text));
			}
		}
	}
}

static void check_precedence(const json_t *suite, const json_t *test)
{
	const json_t *vars = json_object_get(json_object_get(suite, "environments"),
					     text_of(test, "environment"));
	const json_t *client = json_object_get(json_object_get(suite, "client_configs"),
					       text_of(test, "client_config"));
	const char *own = text_of(client, "endpoint_url"), *name, *env[6] = {config_variable};
	const char *want = text_of(json_object_get(test, "output"), "endpointUrl");
	char text[5][128], url[AWS_HOST_SIZE + 8];
	struct errinfo ei = ERRINFO_INIT;
	struct aws_endpoint e;
	size_t n = 0;
	json_t *value;

	snprintf(text[n++], sizeof(text[0]), "AWS_PROFILE=%s", text_of(test, "profile"));
	json_object_foreach((json_t *)(uintptr_t)vars, name, value)
	{
		bool is_s3 = strcmp(name, "AWS_ENDPOINT_URL_S3") == 0;

		ck_assert_uint_lt(n, N_ELEMENTS(text));
		snprintf(text[n++], sizeof(text[0]), "%s=%s",
			 is_s3 ? "AWS_ENDPOINT_URL_DYNAMODB" : name, json_string_value(value));
	}
	while (n-- > 0)
		env[n + 1] = text[n];
	ck_assert_msg(aws_endpoint_find(AWS_SERVICE_DYNAMODB, NULL, own, env, &e, &ei) == 0, "%s",
		      ei.text);
	snprintf(url, sizeof(url), "https://%s", e.host);
	if (strcmp(want, "https://s3.fake-region-10.amazonaws.com") == 0)
		want = "https://dynamodb.fake-region-10.amazonaws.com";
	ck_assert_msg(strcmp(url, want) == 0, "%s: %s, not %s", text_of(test, "name"), url, want);
}

START_TEST(own_endpoints_are_found_in_the_order_of_the_vectors)
{
	static const char path[] = FOLDER "/configured-endpoint-url-profile-tests.json";
	json_t *vectors, *test;
	const json_t *suite;
	struct buf config;
	size_t i, n = 0;

	if (!vectors_have(path))
		return;
	vectors = vectors_read_json(path);
	suite = json_array_get(json_object_get(vectors, "testSuites"), 0);
	buf_init(&config, 65536);
	add_sections(&config, json_object_get(suite, "profiles"), "profile");
	add_sections(&config, json_object_get(suite, "services"), "services");
	write_config(buf_str(&config));
	json_array_foreach(json_object_get(suite, "endpointUrlTests"), i, test)
	{
		/* What a client of ours cannot be told: to ignore the environment, in its own
		 * configuration, without an endpoint there. And S3 is DynamoDB already. */
		if (strcmp(text_of(test, "client_config"), "ignore_configured_endpoint_urls") ==
			    0 ||
		    strcmp(text_of(test, "service"), "s3") != 0)
			continue;
		check_precedence(suite, test);
		n++;
	}
	ck_assert_uint_eq(n, 36);
	remove_config();
	buf_fini(&config);
	json_decref(vectors);
}
END_TEST

static const struct {
	const char *arn;
	const char *region; /* NULL: refused */
	const char *host;
} topic_rows[] = {
	{"arn:aws:sns:eu-west-1:123456789012:ddns", "eu-west-1", "sns.eu-west-1.amazonaws.com"},
	{"arn:aws:sns:us-east-1:123456789012:ddns.fifo", "us-east-1",
	 "sns.us-east-1.amazonaws.com"},
	{"arn:aws-cn:sns:cn-north-1:123456789012:a-B_9", "cn-north-1",
	 "sns.cn-north-1.amazonaws.com.cn"},
	{"arn:aws-us-gov:sns:us-gov-west-1:123456789012:t", "us-gov-west-1",
	 "sns.us-gov-west-1.amazonaws.com"},
	{"arn:aws-eusc:sns:eusc-de-east-1:123456789012:t", "eusc-de-east-1",
	 "sns.eusc-de-east-1.amazonaws.eu"},
	{"arn:aws:sns:cn-north-1:123456789012:t", NULL, NULL},
	{"arn:aws-cn:sns:eu-west-1:123456789012:t", NULL, NULL},
	{"arn:aws:sqs:eu-west-1:123456789012:t", NULL, NULL},
	{"arn:aws:sns::123456789012:t", NULL, NULL},
	{"arn:aws:sns:evil.example/:123456789012:t", NULL, NULL},
	{"arn:aws:sns:eu-west-1:12345678901:t", NULL, NULL},
	{"arn:aws:sns:eu-west-1:12345678901x:t", NULL, NULL},
	{"arn:aws:sns:eu-west-1:123456789012:", NULL, NULL},
	{"arn:aws:sns:eu-west-1:123456789012:t:subscription", NULL, NULL},
	{"arn:aws:sns:eu-west-1:123456789012", NULL, NULL},
	{"ARN:aws:sns:eu-west-1:123456789012:t", NULL, NULL},
	{"ddns", NULL, NULL},
	{"", NULL, NULL},
};

START_TEST(a_topic_tells_its_region)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(topic_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		char region[AWS_REGION_SIZE] = "untouched";
		struct aws_endpoint_params params = {.service = AWS_SERVICE_SNS};
		struct aws_endpoint e;
		int err = aws_topic_region(topic_rows[i].arn, region, &ei);

		if (topic_rows[i].region == NULL) {
			ck_assert_msg(err == ERR_INVAL && ei.text[0] != '\0', "row %zu", i);
			ck_assert_str_eq(region, "untouched");
			continue;
		}
		ck_assert_msg(err == 0, "row %zu: %s", i, ei.text);
		ck_assert_str_eq(region, topic_rows[i].region);
		params.region = slice_of(region);
		ck_assert_int_eq(aws_endpoint_resolve(&params, &e, &ei), 0);
		ck_assert_str_eq(e.host, topic_rows[i].host);
		ck_assert_str_eq(e.signing_region, topic_rows[i].region);
	}
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	const char *env[] = {config_variable, "AWS_ENDPOINT_URL=http://127.0.0.1:2/x", NULL};
	struct aws_endpoint e;
	size_t n;
	int err;

	write_config("[default]\nregion = eu-north-1\n");
	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = aws_endpoint_find(AWS_SERVICE_DYNAMODB, NULL, NULL, env, &e, NULL);
		if (!fake_malloc_off())
			break;
		ck_assert_msg(err == ERR_NOMEM, "allocation %zu: %d", n, err);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(n, 4);
	remove_config();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		dynamodb_is_where_the_vectors_say,
		route53_is_where_the_vectors_say,
		sts_and_sns_are_where_the_vectors_say,
		signatures_name_the_region_of_the_partition,
		own_endpoints_are_taken_apart,
		a_region_that_is_none_is_refused,
		settings_are_taken_in_the_standard_order,
		a_missing_region_and_a_broken_file_are_one_sentence,
		own_endpoints_are_found_in_the_order_of_the_vectors,
		a_topic_tells_its_region,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return vectors_exit(unit_run("endpoint", tests, N_ELEMENTS(tests)));
}
