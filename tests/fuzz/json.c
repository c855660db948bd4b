/* SPDX-License-Identifier: BSD-2-Clause
 * A body that is said to be JSON: the whole input. */
#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	query_run_body(slice_of("application/json"), slice_of(""), fuzz_slice(data, size));
	return 0;
}
