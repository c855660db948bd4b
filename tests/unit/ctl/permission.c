/* SPDX-License-Identifier: BSD-2-Clause
 * What proves that AWS grants a permission. */
#include "ctl/permission.h"

#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

static const struct {
	enum permission p;
	int err;
	const char *code;
	enum permission_answer want;
} permission_rows[] = {
	{PERMISSION_GET_ITEM, 0, "", PERMISSION_GIVEN},
	{PERMISSION_GET_ITEM, ERR_DENIED, "AccessDeniedException", PERMISSION_MISSING},
	{PERMISSION_GET_ITEM, ERR_NOTFOUND, "ResourceNotFoundException", PERMISSION_UNKNOWN},
	{PERMISSION_GET_ITEM, ERR_REFUSED, "ValidationException", PERMISSION_UNKNOWN},
	{PERMISSION_SCAN, 0, "", PERMISSION_GIVEN},
	{PERMISSION_SCAN, ERR_THROTTLED, "ThrottlingException", PERMISSION_UNKNOWN},
	{PERMISSION_UPDATE_ITEM, ERR_CONFLICT, "ConditionalCheckFailedException", PERMISSION_GIVEN},
	{PERMISSION_UPDATE_ITEM, ERR_DENIED, "AccessDeniedException", PERMISSION_MISSING},
	{PERMISSION_UPDATE_ITEM, ERR_REFUSED, "ValidationException", PERMISSION_UNKNOWN},
	{PERMISSION_PUT_ITEM, ERR_CONFLICT, "ConditionalCheckFailedException", PERMISSION_GIVEN},
	{PERMISSION_DELETE_ITEM, ERR_CONFLICT, "ConditionalCheckFailedException", PERMISSION_GIVEN},
	{PERMISSION_CHANGE, ERR_REFUSED, "InvalidChangeBatch", PERMISSION_GIVEN},
	{PERMISSION_CHANGE, ERR_REFUSED, "InvalidInput", PERMISSION_UNKNOWN},
	{PERMISSION_CHANGE, ERR_DENIED, "AccessDenied", PERMISSION_MISSING},
	{PERMISSION_CHANGE, ERR_NOTFOUND, "NoSuchHostedZone", PERMISSION_UNKNOWN},
	{PERMISSION_CHANGE, ERR_THROTTLED, "PriorRequestNotComplete", PERMISSION_UNKNOWN},
	{PERMISSION_GET_ZONE, ERR_DENIED, "AccessDenied", PERMISSION_MISSING},
	{PERMISSION_LIST, 0, "", PERMISSION_GIVEN},
	{PERMISSION_GET_CHANGE, ERR_NOTFOUND, "NoSuchChange", PERMISSION_GIVEN},
	{PERMISSION_GET_CHANGE, ERR_NOTFOUND, "NoSuchHostedZone", PERMISSION_UNKNOWN},
	{PERMISSION_GET_CHANGE, ERR_UNAVAILABLE, "", PERMISSION_UNKNOWN},
};

START_TEST(a_permission_is_proven_by_the_right_refusal)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(permission_rows); i++)
		ck_assert_msg(permission_judge(permission_rows[i].p, permission_rows[i].err,
					       permission_rows[i].code) == permission_rows[i].want,
			      "row %zu", i);
}
END_TEST

/* The policy of the serverless stack. */
START_TEST(two_permissions_are_required)
{
	size_t p, n = 0;

	for (p = 0; p < PERMISSIONS; p++) {
		const struct permission_info *info = permission_info((enum permission)p);

		ck_assert_ptr_nonnull(strchr(info->action, ':'));
		ck_assert_ptr_nonnull(info->lost);
		n += info->is_required;
	}
	ck_assert_uint_eq(n, 2);
	ck_assert(permission_info(PERMISSION_GET_ITEM)->is_required);
	ck_assert(permission_info(PERMISSION_CHANGE)->is_required);
}
END_TEST

START_TEST(a_refusal_that_needs_an_identity_proves_the_signature)
{
	static const int yes[] = {0, ERR_DENIED, ERR_NOTFOUND, ERR_CONFLICT, ERR_REFUSED};
	static const int no[] = {ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_PROTOCOL, ERR_THROTTLED,
				 ERR_NOMEM};
	size_t i;

	for (i = 0; i < N_ELEMENTS(yes); i++)
		ck_assert_msg(permission_is_signed_in(yes[i]), "%d", yes[i]);
	for (i = 0; i < N_ELEMENTS(no); i++)
		ck_assert_msg(!permission_is_signed_in(no[i]), "%d", no[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_permission_is_proven_by_the_right_refusal,
		two_permissions_are_required,
		a_refusal_that_needs_an_identity_proves_the_signature,
	};

	return unit_run("permission", tests, N_ELEMENTS(tests));
}
