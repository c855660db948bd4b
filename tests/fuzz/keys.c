/* SPDX-License-Identifier: BSD-2-Clause
 * Keys as they are handed out: a reply of a container's or an instance's endpoint, of a
 * credential_process or of STS, and a time. The whole input is read as each of them. */
#include "aws/keydoc.h"

#include "fuzz.h"

/* Only a snapshot with the same key, secret and token is. */
static void check_equal(struct aws_credentials *c)
{
	const struct slice key_id = slice_of(c->key_id), secret = slice_of(c->secret);
	struct aws_credentials *other = NULL;
	struct errinfo ei = ERRINFO_INIT;

	must(aws_credentials_equal(c, aws_credentials_ref(c)));
	aws_credentials_unref(c);
	must(aws_credentials_new(key_id, slice_of("another"), slice_of(c->token), 0, "test", &other,
				 &ei) == 0);
	must(aws_credentials_equal(c, other) == slice_eq(secret, "another"));
	aws_credentials_unref(other);
}

static void check_credentials(struct aws_credentials *c)
{
	must(c->key_id[0] != '\0' && strlen(c->key_id) <= AWS_KEY_ID_MAX);
	must(c->secret[0] != '\0' && strlen(c->secret) <= AWS_SECRET_MAX);
	must(c->token == NULL || (c->token[0] != '\0' && strlen(c->token) <= AWS_TOKEN_MAX));
	/* They become lines of a header. */
	must(!slice_has_control(slice_of(c->key_id)) && !slice_has_control(slice_of(c->token)));
	check_equal(c);
}

static void check(int err, struct aws_credentials *c, const struct errinfo *ei)
{
	must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT || err == ERR_PROTOCOL ||
	     err == ERR_UNAVAILABLE);
	fuzz_must_explain(err, ei);
	must((err == 0) == (c != NULL));
	if (err == 0)
		check_credentials(c);
	aws_credentials_unref(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice body = fuzz_slice(data, size);
	struct errinfo ei = ERRINFO_INIT;
	struct aws_credentials *c = NULL;
	int64_t time_s;
	int err = aws_keydoc_parse_json(body, "the endpoint", &c, &ei);

	check(err, c, &ei);
	c = NULL;
	err_reset(&ei);
	err = aws_keydoc_parse_process(body, "the program", &c, &ei);
	check(err, c, &ei);
	c = NULL;
	err_reset(&ei);
	err = aws_keydoc_parse_sts(body, &c, &ei);
	check(err, c, &ei);
	err = aws_keydoc_parse_time(body, &time_s);
	must(err == 0 || err == ERR_INVAL);
	return 0;
}
