/* SPDX-License-Identifier: BSD-2-Clause
 * The shared files: AWS's 65 cases of grammar. */
#include "aws/profile.h"

#include <stdio.h>
#include <string.h>

#include "kit/aws_vectors.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { WORD_SIZE = 256, TEXT_SIZE = 16384 };

#define FOLDER "aws-testdata/cred-chain/aws-runtime/test-data"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int parse_both(struct aws_profiles *p, const char *config, const char *credentials,
		      struct errinfo *ei)
{
	int err = aws_profiles_parse(p, AWS_FILE_CONFIG, "config", slice_of(config), ei);

	if (err == 0)
		err = aws_profiles_parse(p, AWS_FILE_CREDENTIALS, "credentials",
					 slice_of(credentials), ei);
	return err;
}

/* The next word of *text, of the letters that names of profiles and properties have; false: there
 * is none. */
static bool take_word(const char **text, char word[WORD_SIZE])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/.%@:+";
	size_t len;

	*text += strcspn(*text, letters);
	len = strspn(*text, letters);
	ck_assert_uint_lt(len, WORD_SIZE);
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return len > 0;
}

static void assert_property(const struct aws_profiles *p, enum aws_profile_section section,
			    const char *name, const json_t *want, const char *key)
{
	struct slice got = aws_profiles_get(p, section, slice_of(name), key);
	const char *value = text_of(want, key);

	ck_assert_msg(value != NULL ? got.p != NULL && slice_eq(got, value) : got.p == NULL,
		      "%s, %s: %.*s", name, key, (int)got.len, got.p != NULL ? got.p : "");
}

/* The section has what the vector wants, and nothing that is called like a word of text. */
static void assert_section(const struct aws_profiles *p, enum aws_profile_section section,
			   const char *name, const json_t *want, const char *text)
{
	char word[WORD_SIZE];
	const char *key;
	json_t *value;
	char *c;

	ck_assert_msg(aws_profiles_has(p, section, slice_of(name)) == (want != NULL), "%s", name);
	json_object_foreach((json_t *)(uintptr_t)want, key, value) {
		assert_property(p, section, name, want, key);
	}
	while (take_word(&text, word)) {
		for (c = word; *c != '\0'; c++)
			*c = str_lower(*c);
		assert_property(p, section, name, want, word);
	}
}

static void assert_sections(const struct aws_profiles *p, enum aws_profile_section section,
			    const json_t *want, const char *text)
{
	const char *name, *rest = text;
	char word[WORD_SIZE];
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)want, name, value) {
		assert_section(p, section, name, value, text);
	}
	while (take_word(&rest, word))
		assert_section(p, section, word, json_object_get(want, word), text);
}

static void assert_config(const char *name, const struct aws_profiles *p, const json_t *want,
			  const json_t *input)
{
	char text[TEXT_SIZE];
	const char *config = text_of(input, "configFile");
	const char *credentials = text_of(input, "credentialsFile");
	int len = snprintf(text, sizeof(text), "%s\n%s", config != NULL ? config : "",
			   credentials != NULL ? credentials : "");

	ck_assert_msg(len > 0 && (size_t)len < sizeof(text), "%s", name);
	assert_sections(p, AWS_SECTION_PROFILE, json_object_get(want, "profiles"), text);
	assert_sections(p, AWS_SECTION_SSO_SESSION, json_object_get(want, "sso_sessions"), text);
}

static bool check_grammar(const json_t *test)
{
	const json_t *input = json_object_get(test, "input"),
		     *output = json_object_get(test, "output");
	const char *want_error = text_of(output, "errorContaining"), *name = text_of(test, "name");
	struct errinfo ei = ERRINFO_INIT;
	struct aws_profiles *p = NULL;
	int err;

	ck_assert_int_eq(aws_profiles_new(&p), 0);
	err = parse_both(p, text_of(input, "configFile"), text_of(input, "credentialsFile"), &ei);
	if (want_error != NULL) {
		ck_assert_msg(err == ERR_INVAL && strstr(ei.text, want_error) != NULL, "%s: %d, %s",
			      name, err, ei.text);
	} else {
		ck_assert_msg(err == 0, "%s: %s", name, ei.text);
		assert_config(name, p, json_object_get(output, "config"), input);
	}
	aws_profiles_free(p);
	return true;
}

START_TEST(files_mean_what_the_vectors_say)
{
	vectors_each(FOLDER "/profile-parser-tests.json", "tests", check_grammar, 65);
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

START_TEST(values_are_found_by_section_and_key)
{
	struct slice nested, name = slice_of("default");
	struct aws_profiles *p = NULL;

	ck_assert_int_eq(aws_profiles_new(&p), 0);
	ck_assert_int_eq(parse_both(p, sample, NULL, NULL), 0);
	ck_assert(slice_eq(aws_profiles_get(p, AWS_SECTION_PROFILE, name, "region"), "eu-west-1"));
	ck_assert(slice_eq(aws_profiles_get(p, AWS_SECTION_PROFILE, slice_of("other"), "region"),
			   "us-east-1"));
	ck_assert_ptr_null(aws_profiles_get(p, AWS_SECTION_PROFILE, name, "none").p);
	ck_assert_ptr_null(aws_profiles_get(p, AWS_SECTION_PROFILE, slice_of("none"), "region").p);
	ck_assert(!aws_profiles_has(p, AWS_SECTION_PROFILE, slice_of("mine")));
	ck_assert(aws_profiles_has(p, AWS_SECTION_SERVICES, slice_of("mine")));
	nested = aws_profiles_get(p, AWS_SECTION_SERVICES, slice_of("mine"), "dynamodb");
	ck_assert(slice_eq(aws_profile_sub(nested, "endpoint_url"), "http://127.0.0.1:8000"));
	nested = aws_profiles_get(p, AWS_SECTION_SERVICES, slice_of("mine"), "route_53");
	ck_assert(slice_eq(aws_profile_sub(nested, "endpoint_url"), "http://127.0.0.1:8002"));
	ck_assert_ptr_null(aws_profile_sub(nested, "endpoint").p);
	aws_profiles_free(p);
}
END_TEST

START_TEST(errors_name_file_and_line)
{
	static const struct {
		const char *config;
		const char *want;
	} rows[] = {
		{"[default]\nregion\n", "config, line 2: Expected an '='"},
		{"\n\n[default\n", "config, line 3: Profile definition must end"},
		{"[default] x\n", "config, line 1: Profile definition must end"},
		{"[", "config, line 1: Profile definition must end"},
		{"[profile in valid]\nx\n", "config, line 2: Expected an '='"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct aws_profiles *p = NULL;

		ck_assert_int_eq(aws_profiles_new(&p), 0);
		ck_assert_int_eq(parse_both(p, rows[i].config, NULL, &ei), ERR_INVAL);
		ck_assert_msg(strstr(ei.text, rows[i].want) != NULL, "row %zu: %s", i, ei.text);
		aws_profiles_free(p);
	}
}
END_TEST

START_TEST(a_nul_byte_and_endless_files_are_refused)
{
	struct errinfo ei = ERRINFO_INIT;
	struct aws_profiles *p = NULL;
	struct slice nul = {"[default]\nx = \0y\n", 17};
	char *many = malloc(16 * (AWS_PROFILE_SECTIONS_MAX + 2));
	size_t i, len = 0;

	ck_assert_int_eq(aws_profiles_new(&p), 0);
	ck_assert_int_eq(aws_profiles_parse(p, AWS_FILE_CONFIG, "f", nul, &ei), ERR_INVAL);
	for (i = 0; i <= AWS_PROFILE_SECTIONS_MAX; i++)
		len += (size_t)snprintf(many + len, 16, "[p%zu]\n", i);
	err_reset(&ei);
	ck_assert_int_eq(
		aws_profiles_parse(p, AWS_FILE_CREDENTIALS, "f", (struct slice){many, len}, &ei),
		ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(ei.text, "Too many profiles"));
	ck_assert_int_eq(aws_profiles_parse(p, AWS_FILE_CONFIG, "f",
					    (struct slice){many, AWS_PROFILE_FILE_MAX + 1}, &ei),
			 ERR_LIMIT);
	free(many);
	aws_profiles_free(p);
}
END_TEST

/* The limit is of one section: the same key again is no further property, nor is what an ignored
 * section has. */
START_TEST(a_section_has_no_more_properties_than_its_limit)
{
	static const struct {
		const char *head, *tail;
		size_t n;
		int want;
	} rows[] = {
		{"[default]\n", "", AWS_PROFILE_PROPERTIES_MAX - 1, 0},
		{"[default]\n", "", AWS_PROFILE_PROPERTIES_MAX, 0},
		{"[default]\n", "", AWS_PROFILE_PROPERTIES_MAX + 1, ERR_LIMIT},
		{"[default]\n", "k0 = again\n", AWS_PROFILE_PROPERTIES_MAX, 0},
		{"[default]\n", "another = x\n", AWS_PROFILE_PROPERTIES_MAX, ERR_LIMIT},
		{"[default]\n", "[profile b]\nanother = x\n", AWS_PROFILE_PROPERTIES_MAX, 0},
		{"[profile a]\nx = y\n", "", AWS_PROFILE_PROPERTIES_MAX - 1, 0},
		{"[profile a]\nx = y\n", "", AWS_PROFILE_PROPERTIES_MAX, ERR_LIMIT},
	};
	size_t i, k, len, size = 16 * (AWS_PROFILE_PROPERTIES_MAX + 16);
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct aws_profiles *p = NULL;

		len = (size_t)snprintf(text, size, "%s", rows[i].head);
		for (k = 0; k < rows[i].n; k++)
			len += (size_t)snprintf(text + len, size - len, "k%zu = v\n", k);
		len += (size_t)snprintf(text + len, size - len, "%s", rows[i].tail);
		ck_assert_int_eq(aws_profiles_new(&p), 0);
		ck_assert_msg(aws_profiles_parse(p, AWS_FILE_CONFIG, "f", (struct slice){text, len},
						 &ei) == rows[i].want,
			      "row %zu: %s", i, ei.text);
		if (rows[i].want != 0)
			ck_assert_ptr_nonnull(strstr(ei.text, "Too many properties"));
		aws_profiles_free(p);
	}
	free(text);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	struct aws_profiles *p;
	size_t n;
	int err;

	for (n = 1;; n++) {
		p = NULL;
		fake_malloc_fail_at(n);
		err = aws_profiles_new(&p);
		if (err == 0)
			err = parse_both(p, sample, "[default]\nregion = x\n", NULL);
		if (!fake_malloc_off())
			break;
		ck_assert_msg(err == ERR_NOMEM, "allocation %zu: %d", n, err);
		aws_profiles_free(p);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(n, 10);
	aws_profiles_free(p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		files_mean_what_the_vectors_say,
		values_are_found_by_section_and_key,
		errors_name_file_and_line,
		a_nul_byte_and_endless_files_are_refused,
		a_section_has_no_more_properties_than_its_limit,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return vectors_exit(unit_run("profile", tests, N_ELEMENTS(tests)));
}
