/* SPDX-License-Identifier: BSD-2-Clause
 * Regions and endpoints from the environment and the profile, in the standard order. */
#include "aws/endpoint_find.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws/endpoint.h"
#include "kit/aws_vectors.h"
#include "base/buf.h"
#include "kit/unit.h"

#define FOLDER "aws-testdata/endpoint-tests"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

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
	err_reset(&ei);
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

	json_object_foreach((json_t *)(uintptr_t)sections, name, section) {
		buf_addf(out, "[%s %s]\n", prefix, name);
		json_object_foreach(section, key, value) {
			if (json_is_string(value)) {
				buf_addf(out, "%s = %s\n", key, json_string_value(value));
				continue;
			}
			buf_addf(out, "%s =\n", strcmp(key, "s3") == 0 ? "dynamodb" : "other");
			json_object_foreach(value, sub, text) {
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
	json_object_foreach((json_t *)(uintptr_t)vars, name, value) {
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
	json_array_foreach(json_object_get(suite, "endpointUrlTests"), i, test) {
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

int main(void)
{
	const TTest *const tests[] = {
		settings_are_taken_in_the_standard_order,
		a_missing_region_and_a_broken_file_are_one_sentence,
		own_endpoints_are_found_in_the_order_of_the_vectors,
	};

	return vectors_exit(unit_run("endpoint_find", tests, N_ELEMENTS(tests)));
}
