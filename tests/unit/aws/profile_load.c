/* SPDX-License-Identifier: BSD-2-Clause
 * Where the shared files are, by AWS's table of places, and how they are read. */
#include "aws/profile_load.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/profile.h"
#include "kit/aws_vectors.h"
#include "kit/unit.h"

#define FOLDER "aws-testdata/cred-chain/aws-runtime/test-data"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

enum { ENV_MAX = 8, VARIABLE_SIZE = 256 };

/* {"HOME": "/x"} as a list of "HOME=/x". */
static void make_env(const json_t *object, char text[ENV_MAX][VARIABLE_SIZE],
		     const char *env[ENV_MAX + 1])
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		ck_assert_uint_lt(n, ENV_MAX);
		snprintf(text[n], VARIABLE_SIZE, "%s=%s", name, json_string_value(value));
		env[n] = text[n];
		n++;
	}
	env[n] = NULL;
}

static void check_location(const json_t *test)
{
	char text[ENV_MAX][VARIABLE_SIZE], path[AWS_PROFILE_PATH_SIZE];
	const char *env[ENV_MAX + 1], *profile = text_of(test, "profile");

	make_env(json_object_get(test, "environment"), text, env);
	ck_assert_int_eq(aws_profile_find_path(env, AWS_FILE_CONFIG, path), 0);
	ck_assert_str_eq(path, text_of(test, "configLocation"));
	ck_assert_int_eq(aws_profile_find_path(env, AWS_FILE_CREDENTIALS, path), 0);
	ck_assert_str_eq(path, text_of(test, "credentialsLocation"));
	if (profile != NULL)
		ck_assert(slice_eq(aws_profile_find_name(env), profile));
}

START_TEST(files_lie_where_the_vectors_say)
{
	json_t *vectors, *test;
	size_t i, n = 0;

	if (!vectors_have(FOLDER "/file-location-tests.json"))
		return;
	vectors = vectors_read_json(FOLDER "/file-location-tests.json");
	json_array_foreach(json_object_get(vectors, "tests"), i, test)
	{
		if (strcmp(text_of(test, "platform"), "linux") != 0)
			continue;
		check_location(test);
		n++;
	}
	ck_assert_uint_eq(n, 4);
	json_decref(vectors);
}
END_TEST

START_TEST(a_path_may_begin_in_the_home_folder)
{
	const char *const env[] = {"HOME=/h", "AWS_CONFIG_FILE=~/other", NULL};
	const char *const homeless[] = {"AWS_PROFILE=", NULL};
	char path[AWS_PROFILE_PATH_SIZE];

	ck_assert_int_eq(aws_profile_find_path(env, AWS_FILE_CONFIG, path), 0);
	ck_assert_str_eq(path, "/h/other");
	ck_assert_int_eq(aws_profile_find_path(homeless, AWS_FILE_CONFIG, path), 0);
	ck_assert_str_eq(path, "");
	ck_assert(slice_eq(aws_profile_find_name(homeless), "default"));
}
END_TEST

static const char sample[] = "# mine\n"
			     "[default]\n"
			     "region = eu-west-1\r\n"
			     "services = mine\n"
			     "[profile other]\n"
			     "Region = us-east-1 ; comment\n"
			     "[services mine]\n"
			     "dynamodb =\n"
			     "  endpoint_url = http://127.0.0.1:8000\n"
			     "route_53 =\n"
			     "\tendpoint_url=http://127.0.0.1:8001\n"
			     "\tendpoint_url = http://127.0.0.1:8002\n";

START_TEST(files_are_read_and_missing_ones_are_empty)
{
	char folder[] = "/tmp/mooring-profile.XXXXXX", config[64], home[64], here[80];
	const char *const env[] = {home, here, NULL};
	struct errinfo ei = ERRINFO_INIT;
	struct aws_profiles *p = NULL;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(config, sizeof(config), "%s/config", folder);
	snprintf(here, sizeof(here), "AWS_CONFIG_FILE=%s", config);
	snprintf(home, sizeof(home), "HOME=%s", folder);
	f = fopen(config, "w");
	ck_assert_ptr_nonnull(f);
	fputs(sample, f);
	fclose(f);
	ck_assert_int_eq(aws_profiles_load(env, &p, &ei), 0);
	ck_assert(aws_profiles_has(p, AWS_SECTION_PROFILE, slice_of("other")));
	aws_profiles_free(p);
	ck_assert_int_eq(unlink(config), 0);
	ck_assert_int_eq(mkdir(config, 0700), 0);
	ck_assert_int_eq(aws_profiles_load(env, &p, &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, config));
	ck_assert_int_eq(rmdir(config), 0);
	ck_assert_int_eq(aws_profiles_load(env, &p, &ei), 0);
	ck_assert(!aws_profiles_has(p, AWS_SECTION_PROFILE, slice_of("default")));
	aws_profiles_free(p);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		files_lie_where_the_vectors_say,
		a_path_may_begin_in_the_home_folder,
		files_are_read_and_missing_ones_are_empty,
	};

	return vectors_exit(unit_run("profile_load", tests, N_ELEMENTS(tests)));
}
