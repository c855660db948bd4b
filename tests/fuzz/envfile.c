/* SPDX-License-Identifier: BSD-2-Clause
 * The file of variables of the unit: the whole input. */
#include "ops/envfile.h"

#include "fuzz.h"

static void on_variable(void *arg, const char *name, const char *value)
{
	(void)arg;
	must(name[0] != '\0' && strchr(name, '=') == NULL && strlen(value) < SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int err = envfile_parse(fuzz_slice(data, size), on_variable, NULL);

	must(err == 0 || err == ERR_LIMIT);
	return 0;
}
