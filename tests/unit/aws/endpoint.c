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
#include <unistd.h>

#include "kit/aws_vectors.h"
#include "aws/endpoint_find.h"
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
	json_array_foreach(json_object_get(vectors, "testCases"), i, test) {
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

START_TEST(sts_is_where_the_vectors_say)
{
	check_service(FOLDER "/sts.json", AWS_SERVICE_STS, 52);
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
		sts_is_where_the_vectors_say,
		signatures_name_the_region_of_the_partition,
		own_endpoints_are_taken_apart,
		a_region_that_is_none_is_refused,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return vectors_exit(unit_run("endpoint", tests, N_ELEMENTS(tests)));
}
