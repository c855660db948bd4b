/* SPDX-License-Identifier: BSD-2-Clause
 * A request to the status socket: the whole input is its line. */
#include "ops/status_lines.h"

#include "base/buf.h"
#include "fuzz.h"

enum { ANSWER_MAX = 1 << 16 };

/* What was asked for is one name in its canonical form, or none. */
static void check_request(const struct status_request *r)
{
	struct fqdn again;

	if (r->host.len > 0)
		must(fqdn_parse(slice_of(r->host.text), &again) == 0 &&
		     fqdn_equal(&r->host, &again));
}

/* The refusal is one line, whatever it was that was refused. */
static void check_refusal(const char *sentence)
{
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	status_put_error(&out, sentence);
	must(buf_err(&out) == 0 && out.len > 0);
	must(memchr(out.data, '\n', out.len) == out.data + out.len - 1);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct status_request r = {.host = {.len = 0}};
	struct errinfo ei = ERRINFO_INIT;
	int err = status_request_parse(fuzz_slice(data, size), &r, &ei);

	must(err == 0 || err == ERR_INVAL);
	fuzz_must_explain(err, &ei);
	if (err == 0)
		check_request(&r);
	else
		check_refusal(ei.text);
	return 0;
}
