/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/keys_kit.h"

#include <string.h>
#include <uv.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

void keys_expect_answer(const struct fake_aws *k, const struct fake_aws_answer *a, const char *want,
			size_t want_requests, const char *secret, size_t row)
{
	const char *text = a->why.text;

	ck_assert_uint_eq(a->n_done, 1);
	ck_assert_msg((a->err == 0) == (want == NULL), "row %zu: %d %s", row, a->err, text);
	ck_assert_msg((a->err == 0) == (a->creds != NULL), "row %zu", row);
	ck_assert_msg(want == NULL || strstr(text, want) != NULL, "row %zu: %s", row, text);
	ck_assert_msg(strstr(text, "Sesame") == NULL && strstr(text, FAKE_AWS_SECRET) == NULL &&
			      (secret == NULL || strstr(text, secret) == NULL),
		      "row %zu: %s", row, text);
	ck_assert_msg(k->n_requests == want_requests, "row %zu: %zu requests", row, k->n_requests);
}

void keys_fail_allocations(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script,
			   size_t n_min)
{
	struct fake_aws_answer a;
	size_t n;

	for (n = 1;; n++) {
		fake_aws_script(k, script, n_script);
		fake_malloc_fail_at(n);
		fake_aws_start_ask(k, true, &a);
		while (a.n_done == 0)
			uv_run(&k->loop, UV_RUN_ONCE);
		aws_credentials_unref(a.creds);
		if (!fake_malloc_off())
			break;
		/* One that fails within the test's server breaks a connection; the next attempt
		 * then hears the next answer of the script. */
		ck_assert_msg(a.err == 0 || a.err == ERR_NOMEM || a.err == ERR_UNAVAILABLE ||
				      (n_script > 1 && a.err == ERR_PROTOCOL),
			      "allocation %zu: %d %s", n, a.err, a.why.text);
	}
	ck_assert_int_eq(a.err, 0);
	ck_assert_uint_gt(n, n_min);
}
