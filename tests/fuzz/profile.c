/* SPDX-License-Identifier: BSD-2-Clause
 * A file of AWS profiles: the whole input is read as ~/.aws/config, and then as ~/.aws/credentials;
 * what a few profiles demand is asked for. */
#include "aws/profile.h"

#include "aws/roleplan.h"
#include "fuzz.h"

static void check_get(const struct aws_profiles *p, enum aws_profile_section section,
		      const char *name)
{
	static const char *const keys[] = {"region", "role_arn", "aws_access_key_id", "dynamodb",
					   "credential_process"};
	struct slice value, sub;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = aws_profiles_get(p, section, slice_of(name), keys[i]);
		must(value.p == NULL || aws_profiles_has(p, section, slice_of(name)));
		sub = aws_profile_sub(value, "endpoint_url");
		must(sub.len == 0 || (sub.p >= value.p && sub.p + sub.len <= value.p + value.len));
	}
}

static void check_plan(const struct aws_profiles *p, const char *name)
{
	struct errinfo ei = ERRINFO_INIT;
	struct aws_roleplan plan;
	int err = aws_roleplan_make(p, slice_of(name), &plan, &ei);
	size_t i;

	must(err == 0 || err == ERR_NOTFOUND || err == ERR_UNAVAILABLE);
	if (err != ERR_NOTFOUND)
		fuzz_must_explain(err, &ei);
	if (err != 0)
		return;
	must(plan.n_roles <= AWS_ROLES_MAX);
	must(plan.base != AWS_BASE_KEYS || (plan.key_id.len > 0 && plan.secret.len > 0));
	for (i = 0; i < plan.n_roles; i++)
		must(plan.roles[i].arn.len > 0 &&
		     (plan.roles[i].session_name.len == 0 ||
		      aws_role_is_session_name(plan.roles[i].session_name)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"default", "a", "b", "c"};
	static const enum aws_profile_file files[] = {AWS_FILE_CONFIG, AWS_FILE_CREDENTIALS};
	const struct slice text = fuzz_slice(data, size);
	struct aws_profiles *p = NULL;
	size_t i;
	int err;

	must(aws_profiles_new(&p) == 0);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct errinfo ei = ERRINFO_INIT;

		err = aws_profiles_parse(p, files[i], "file", text, &ei);
		must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT);
		fuzz_must_explain(err, &ei);
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		check_get(p, AWS_SECTION_PROFILE, names[i]);
		check_get(p, AWS_SECTION_SERVICES, names[i]);
		check_plan(p, names[i]);
	}
	aws_profiles_free(p);
	return 0;
}
