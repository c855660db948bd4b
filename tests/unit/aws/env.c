/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/env.h"

#include "kit/unit.h"

static const char *const env[] = {
	"AWS_REGIO=a",
	"AWS_REGION_2=b",
	"AWS_REGION= eu-west-1\r\n",
	"AWS_REGION=second",
	"AWS_BLANK= \t",
	"AWS_BLANK=second",
	"AWS_EMPTY=",
	"AWS_EQUALS=a=b",
	"AWS_BARE",
	"YES=TRUE",
	"TRIMMED= true\n",
	"ONE=1",
	"TRUE_ISH=truer",
	NULL,
};

START_TEST(the_first_of_a_name_counts)
{
	static const struct {
		const char *name;
		const char *want; /* NULL: none */
	} rows[] = {
		{"AWS_REGION", "eu-west-1"}, {"AWS_REGION_2", "b"},
		{"AWS_REGIO", "a"},	     {"AWS_REG", NULL},
		{"AWS_BLANK", NULL},	     {"AWS_EMPTY", NULL},
		{"AWS_EQUALS", "a=b"},	     {"AWS_BARE", NULL},
		{"aws_region", NULL},	     {"", NULL},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct slice got = aws_env_get(env, rows[i].name);

		ck_assert_msg((got.p != NULL) == (rows[i].want != NULL), "row %zu", i);
		ck_assert_msg(slice_eq(got, rows[i].want != NULL ? rows[i].want : ""), "row %zu",
			      i);
		ck_assert_ptr_null(aws_env_get(NULL, rows[i].name).p);
	}
}
END_TEST

START_TEST(true_alone_is_true)
{
	ck_assert(aws_env_is_true(env, "YES"));
	ck_assert(aws_env_is_true(env, "TRIMMED"));
	ck_assert(!aws_env_is_true(env, "ONE"));
	ck_assert(!aws_env_is_true(env, "TRUE_ISH"));
	ck_assert(!aws_env_is_true(env, "NO_SUCH"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_first_of_a_name_counts,
		true_alone_is_true,
	};

	return unit_run("env", tests, N_ELEMENTS(tests));
}
