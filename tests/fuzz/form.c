/* SPDX-License-Identifier: BSD-2-Clause
 * A body without a Content-Type, which is a form, or JSON by its first byte; and the same with the
 * type that a form has. The whole input. */
#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice none = {NULL, 0};

	query_run_body(none, none, fuzz_slice(data, size));
	query_run_body(slice_of("application/x-www-form-urlencoded; charset=utf-8"),
		       slice_of("identity"), fuzz_slice(data, size));
	return 0;
}
