/* SPDX-License-Identifier: BSD-2-Clause
 * The checksum of DynamoDB's replies. */
#include "aws/crc32.h"

#include "kit/unit.h"

START_TEST(crc32_is_that_of_the_standard)
{
	ck_assert_uint_eq(aws_crc32(slice_of("")), 0);
	ck_assert_uint_eq(aws_crc32(slice_of("123456789")), 0xcbf43926);
	ck_assert_uint_eq(aws_crc32(slice_of("{}")), 2745614147);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		crc32_is_that_of_the_standard,
	};

	return unit_run("crc32", tests, N_ELEMENTS(tests));
}
