/* SPDX-License-Identifier: BSD-2-Clause
 * The store in memory against the conformance suite, which it is the model of. */
#include "store/memory.h"

#include <stdlib.h>

#include "suite/store_suite.h"

enum { TIMEOUT_MS = 5000 };

static int open_memory(void *ctx, struct uv_loop_s *loop, bool fresh, struct store **ret,
		       struct errinfo *ei)
{
	int err = store_memory_open(loop, ret);

	(void)ctx;
	(void)fresh;
	return err < 0 ? err_set(ei, err, "%s", err_str(err)) : 0;
}

static const struct store_subject memory_subject = {
	.name = "memory",
	.open = open_memory,
	.timeout_ms = TIMEOUT_MS,
};

int main(void)
{
	Suite *s = suite_create("memory");
	SRunner *runner;
	int failed;

	store_suite_add(s, &memory_subject);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
