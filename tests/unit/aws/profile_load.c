/* SPDX-License-Identifier: BSD-2-Clause
 * Where the shared files are, by AWS's table of places, and how they are read. */
#include "aws/profile_load.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/profile.h"
#include "kit/aws_vectors.h"
#include "kit/log_kit.h"
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

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		ck_assert_uint_lt(n, ENV_MAX);
		snprintf(text[n], VARIABLE_SIZE, "%s=%s", name, json_string_value(value));
		env[n] = text[n];
		n++;
	}
	env[n] = NULL;
}

static bool check_location(const json_t *test)
{
	char text[ENV_MAX][VARIABLE_SIZE], path[AWS_PROFILE_PATH_SIZE];
	const char *env[ENV_MAX + 1], *profile = text_of(test, "profile");

	if (strcmp(text_of(test, "platform"), "linux") != 0)
		return false;
	make_env(json_object_get(test, "environment"), text, env);
	ck_assert_int_eq(aws_profile_find_path(env, AWS_FILE_CONFIG, path), 0);
	ck_assert_str_eq(path, text_of(test, "configLocation"));
	ck_assert_int_eq(aws_profile_find_path(env, AWS_FILE_CREDENTIALS, path), 0);
	ck_assert_str_eq(path, text_of(test, "credentialsLocation"));
	if (profile != NULL)
		ck_assert(slice_eq(aws_profile_find_name(env), profile));
	return true;
}

START_TEST(files_lie_where_the_vectors_say)
{
	vectors_each(FOLDER "/file-location-tests.json", "tests", check_location, 4);
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

START_TEST(a_path_has_its_maximum)
{
	static char variable[sizeof("AWS_CONFIG_FILE=") + AWS_PROFILE_PATH_SIZE] =
		"AWS_CONFIG_FILE=";
	const char *const env[] = {variable, NULL};
	char path[AWS_PROFILE_PATH_SIZE];
	size_t len = strlen(variable);

	memset(variable + len, '/', AWS_PROFILE_PATH_SIZE);
	ck_assert_int_eq(aws_profile_find_path(env, AWS_FILE_CONFIG, path), ERR_LIMIT);
	variable[len + AWS_PROFILE_PATH_SIZE - 1] = '\0';
	ck_assert_int_eq(aws_profile_find_path(env, AWS_FILE_CONFIG, path), 0);
	ck_assert_uint_eq(strlen(path), AWS_PROFILE_PATH_SIZE - 1);
}
END_TEST

START_TEST(the_older_variable_names_a_profile_too)
{
	static const struct {
		const char *env[3];
		const char *want_variable;
		const char *want;
	} table[] = {
		{{NULL}, NULL, "default"},
		{{"AWS_DEFAULT_PROFILE=old"}, "AWS_DEFAULT_PROFILE", "old"},
		{{"AWS_DEFAULT_PROFILE=old", "AWS_PROFILE=new"}, "AWS_PROFILE", "new"},
		{{"AWS_PROFILE= ", "AWS_DEFAULT_PROFILE=old\n"}, "AWS_DEFAULT_PROFILE", "old"},
		{{"AWS_PROFILE=", "AWS_DEFAULT_PROFILE="}, NULL, "default"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(table); i++) {
		const char *variable = aws_profile_find_variable(table[i].env);

		ck_assert_msg(slice_eq(aws_profile_find_name(table[i].env), table[i].want),
			      "row %zu", i);
		if (table[i].want_variable == NULL)
			ck_assert_ptr_null(variable);
		else
			ck_assert_str_eq(variable, table[i].want_variable);
	}
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

/* ---- a file that nobody can read ---- */

enum { PLACE_SIZE = 128, TEXT_SIZE = 256 };

/* HOME, with a folder .aws in it. */
static char home_path[32];

static const char *place(const char *name)
{
	static char path[PLACE_SIZE];

	snprintf(path, sizeof(path), "%s/.aws/%s", home_path, name);
	return path;
}

static void make_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static const char good[] = "[default]\r\nregion = eu-west-1\r\n";
static const char bad[] = "[default]\nregion = eu-west-1\n[profile x\n";

static void make_text(const char *path)
{
	make_file(path, good, strlen(good));
}

static void make_nothing(const char *path)
{
	(void)path;
}

static void make_folder(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_fifo(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_dangling_link(const char *path)
{
	ck_assert_int_eq(symlink("nowhere", path), 0);
}

static void make_link_loop(const char *path)
{
	ck_assert_int_eq(symlink(strrchr(path, '/') + 1, path), 0);
}

static void make_utf8_mark(const char *path)
{
	make_file(path, "\xef\xbb\xbf[default]\n", 13);
}

static void make_utf16(const char *path)
{
	make_file(path, "\xff\xfe[\0d\0", 6);
}

static void make_error(const char *path)
{
	make_file(path, bad, strlen(bad));
}

static void make_zeros(const char *path)
{
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
}

static void make_too_large(const char *path)
{
	make_file(path, good, strlen(good));
	ck_assert_int_eq(truncate(path, AWS_PROFILE_FILE_MAX + 1), 0);
}

static void make_empty(const char *path)
{
	ck_assert_int_eq(symlink("/dev/null", path), 0);
}

typedef void make_fn(const char *path);

static const struct {
	make_fn *make;
	const char *want_text; /* why it is passed over; NULL: it is not */
	bool has_default;
	bool is_missing; /* to a variable that names it */
} trouble_rows[] = {
	{make_text, NULL, true, false},
	{make_nothing, NULL, false, true},
	{make_empty, NULL, false, false},
	{make_folder, "Is a directory", false, false},
	{make_fifo, "is a pipe, not a file", false, false},
	{make_dangling_link, "is a link to nothing", false, true},
	{make_link_loop, "symbolic links", false, false},
	{make_utf8_mark, "begins with a byte order mark (BOM)", false, false},
	{make_utf16, "begins with a byte order mark (BOM)", false, false},
	{make_error, "line 3: Profile definition must end with ']'", false, false},
	{make_too_large, "is larger than 1048576 bytes", false, false},
	{make_zeros, "is larger than 1048576 bytes", false, false},
};

static void open_home(char variable[TEXT_SIZE])
{
	snprintf(home_path, sizeof(home_path), "/tmp/mooring-home.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home_path));
	ck_assert_int_eq(mkdir(place(""), 0700), 0);
	snprintf(variable, TEXT_SIZE, "HOME=%s", home_path);
}

static void close_home(void)
{
	ck_assert_int_eq(rmdir(place("")), 0);
	ck_assert_int_eq(rmdir(home_path), 0);
}

/* What is in HOME is passed over; what a variable names is an error, unless it is not there. */
static void check_trouble(size_t i, const char *name, const char *variable)
{
	const char *want = trouble_rows[i].want_text;
	char home[TEXT_SIZE], named[TEXT_SIZE];
	const char *const env[] = {home, NULL}, *const naming[] = {named, NULL};
	struct errinfo ei = ERRINFO_INIT;
	struct aws_profiles *p = NULL;
	bool is_error;
	int err;

	open_home(home);
	trouble_rows[i].make(place(name));
	ck_assert_msg(aws_profiles_load(env, &p, &ei) == 0, "row %zu: %s", i, ei.text);
	ck_assert_msg(aws_profiles_has(p, AWS_SECTION_PROFILE, slice_of("default")) ==
			      trouble_rows[i].has_default,
		      "row %zu, %s", i, name);
	if (want == NULL)
		ck_assert_str_eq(aws_profiles_left_out(p), "");
	else
		ck_assert_msg(strstr(aws_profiles_left_out(p), want) != NULL, "row %zu: %s", i,
			      aws_profiles_left_out(p));
	aws_profiles_free(p);
	snprintf(named, sizeof(named), "%s=%s", variable, place(name));
	is_error = want != NULL && !trouble_rows[i].is_missing;
	err = aws_profiles_load(naming, &p, &ei);
	ck_assert_msg((err != 0) == is_error, "row %zu: %d %s", i, err, ei.text);
	if (err == 0)
		aws_profiles_free(p);
	else
		ck_assert_msg(strstr(ei.text, want) != NULL, "row %zu: %s", i, ei.text);
	if (unlink(place(name)) != 0)
		rmdir(place(name));
	close_home();
}

START_TEST(a_file_that_nobody_named_may_be_unreadable)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(trouble_rows); i++) {
		check_trouble(i, "config", "AWS_CONFIG_FILE");
		check_trouble(i, "credentials", "AWS_SHARED_CREDENTIALS_FILE");
	}
}
END_TEST

/* The folder itself: a file in its place, a link to nothing; and a HOME that is none. */
START_TEST(a_folder_that_is_none_is_passed_over)
{
	static const char *const homeless[] = {"HOME=/dev/null", NULL};
	char home[TEXT_SIZE], folder[PLACE_SIZE];
	const char *const env[] = {home, NULL};
	struct aws_profiles *p = NULL;

	open_home(home);
	snprintf(folder, sizeof(folder), "%s/.aws", home_path);
	ck_assert_int_eq(rmdir(folder), 0);
	make_text(folder);
	ck_assert_int_eq(aws_profiles_load(env, &p, NULL), 0);
	ck_assert_ptr_nonnull(strstr(aws_profiles_left_out(p), ".aws is no folder"));
	aws_profiles_free(p);
	ck_assert_int_eq(unlink(folder), 0);
	make_dangling_link(folder);
	ck_assert_int_eq(aws_profiles_load(env, &p, NULL), 0);
	ck_assert_ptr_nonnull(strstr(aws_profiles_left_out(p), ".aws is no folder"));
	aws_profiles_free(p);
	ck_assert_int_eq(unlink(folder), 0);
	ck_assert_int_eq(rmdir(home_path), 0);
	ck_assert_int_eq(aws_profiles_load(homeless, &p, NULL), 0);
	ck_assert_str_eq(aws_profiles_left_out(p), "");
	aws_profiles_free(p);
}
END_TEST

static size_t count_warnings(const char *log)
{
	size_t n = 0;

	while ((log = strstr(log, "is passed over")) != NULL) {
		log++;
		n++;
	}
	return n;
}

/* The files are read again and again. */
START_TEST(what_is_passed_over_is_told_once)
{
	char home[TEXT_SIZE];
	const char *const env[] = {home, NULL};
	struct aws_profiles *p = NULL;
	size_t i;

	open_home(home);
	make_folder(place("config"));
	capture();
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(aws_profiles_load(env, &p, NULL), 0);
		aws_profiles_free(p);
	}
	ck_assert_uint_eq(count_warnings(captured()), 1);
	ck_assert_int_eq(rmdir(place("config")), 0);
	ck_assert_int_eq(aws_profiles_load(env, &p, NULL), 0);
	aws_profiles_free(p);
	make_folder(place("config"));
	capture();
	ck_assert_int_eq(aws_profiles_load(env, &p, NULL), 0);
	ck_assert_uint_eq(count_warnings(captured()), 1);
	aws_profiles_free(p);
	ck_assert_int_eq(rmdir(place("config")), 0);
	close_home();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		files_lie_where_the_vectors_say,
		a_path_may_begin_in_the_home_folder,
		a_path_has_its_maximum,
		the_older_variable_names_a_profile_too,
		files_are_read_and_missing_ones_are_empty,
		a_file_that_nobody_named_may_be_unreadable,
		a_folder_that_is_none_is_passed_over,
		what_is_passed_over_is_told_once,
	};

	return vectors_exit(unit_run("profile_load", tests, N_ELEMENTS(tests)));
}
