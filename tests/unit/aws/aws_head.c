/* SPDX-License-Identifier: BSD-2-Clause
 * What AWS says in the header of a reply. */
#include "aws/aws_head.h"

#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

#define LONG_80 "0123456789012345678901234567890123456789012345678901234567890123456789012345678"

static const struct {
	const char *name, *value;
	const char *request_id, *error_type;
	int64_t retry_after_ms, crc; /* -1: none */
} rows[] = {
	{"x-amzn-RequestId", "abc", "abc", "", -1, -1},
	{"X-Amz-Request-ID", "def", "def", "", -1, -1},
	{"x-amzn-requestid", LONG_80, LONG_80, "", -1, -1},
	{"x-amzn-requestid", LONG_80 "9", "", "", -1, -1},
	{"x-amzn-ErrorType", "Throttling:http://x/", "", "Throttling:http://x/", -1, -1},
	{"x-amz-retry-after", "1500", "", "", 1500, -1},
	{"x-amz-retry-after", "-1", "", "", -1, -1},
	{"x-amz-retry-after", "4294967296", "", "", -1, -1},
	{"x-amz-crc32", "4294967295", "", "", -1, 4294967295},
	{"x-amz-crc32", "0", "", "", -1, 0},
	{"x-amz-crc32", "none", "", "", -1, -1},
	{"Retry-After", "7", "", "", -1, -1},
	{"", "", "", "", -1, -1},
};

START_TEST(fields_that_are_known_are_kept)
{
	struct aws_head h;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		aws_head_ops.reset(&h);
		aws_head_ops.take(&h, slice_of(rows[i].name), slice_of(rows[i].value));
		ck_assert_msg(strcmp(h.request_id, rows[i].request_id) == 0, "row %zu", i);
		ck_assert_msg(strcmp(h.error_type, rows[i].error_type) == 0, "row %zu", i);
		ck_assert_msg(h.retry_after_ms == rows[i].retry_after_ms, "row %zu", i);
		ck_assert_msg((h.has_crc ? (int64_t)h.crc : -1) == rows[i].crc, "row %zu", i);
	}
}
END_TEST

START_TEST(the_header_of_an_interim_reply_is_forgotten)
{
	struct aws_head h;

	aws_head_ops.reset(&h);
	aws_head_ops.take(&h, slice_of("x-amzn-requestid"), slice_of("abc"));
	aws_head_ops.take(&h, slice_of("x-amz-crc32"), slice_of("1"));
	aws_head_ops.reset(&h);
	ck_assert_str_eq(h.request_id, "");
	ck_assert(!h.has_crc);
	ck_assert_int_eq(h.retry_after_ms, -1);
}
END_TEST

START_TEST(a_reply_without_one_has_an_empty_one)
{
	const struct aws_head own = {.retry_after_ms = 5};
	const struct fetch_transfer_reply with = {.head = &own}, without = {.status = 200};

	ck_assert_ptr_eq(aws_head_of(&with), &own);
	ck_assert_int_eq(aws_head_of(&without)->retry_after_ms, -1);
	ck_assert_str_eq(aws_head_of(&without)->request_id, "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		fields_that_are_known_are_kept,
		the_header_of_an_interim_reply_is_forgotten,
		a_reply_without_one_has_an_empty_one,
	};

	return unit_run("aws_head", tests, N_ELEMENTS(tests));
}
