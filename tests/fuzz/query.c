/* SPDX-License-Identifier: BSD-2-Clause
 * The query string of an update: the whole input. */
#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	query_run(fuzz_slice(data, size), NULL);
	return 0;
}
