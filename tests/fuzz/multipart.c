/* SPDX-License-Identifier: BSD-2-Clause
 * Any body: the first line is the Content-Type, the second one the Content-Encoding, the rest the
 * body. */
#include "dyndns/multipart.h"

#include "query.h"

/* Every name and value lies in the body, one behind the other. */
static void check_parts(struct slice type, struct slice body)
{
	const char *at = body.p;
	struct slice name, value;
	struct multipart m;
	int err = multipart_open(type, body, &m);

	must(err == 0 || err == ERR_INVAL);
	while (err == 0 && (err = multipart_next(&m, &name, &value)) == 0) {
		must(name.len > 0 && name.p >= at && name.p + name.len <= body.p + body.len);
		must(value.p >= name.p + name.len && value.p + value.len <= body.p + body.len);
		at = value.p + value.len;
	}
	must(err == ERR_NOTFOUND || err == ERR_INVAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = fuzz_slice(data, size);
	struct slice type = fuzz_line(&body), encoding = fuzz_line(&body);

	query_run_body(type, encoding, body);
	check_parts(type, body);
	return 0;
}
