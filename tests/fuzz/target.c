/* SPDX-License-Identifier: BSD-2-Clause
 * The target of a request: the first line is the Host header, the rest the target. */
#include "http/target.h"

#include "fuzz.h"

/* A part is a slice of the whole, or empty. */
static void check_part(struct slice part, struct slice raw)
{
	must(part.len == 0 || (part.p >= raw.p && part.p + part.len <= raw.p + raw.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = fuzz_slice(data, size), host = fuzz_line(&raw);
	struct target t = {.endpoint = ENDPOINT_NONE};

	if (raw.len > 0 && memchr(raw.p, '\0', raw.len) != NULL)
		return 0;
	target_parse(raw, host, &t);
	check_part(t.query, raw);
	check_part(t.token, raw);
	must(t.endpoint != ENDPOINT_READY && t.endpoint != ENDPOINT_METRICS);
	must((t.token.len > 0) == (t.endpoint == ENDPOINT_CHALLENGE));
	t = (struct target){.endpoint = ENDPOINT_NONE};
	target_parse_admin(raw, &t);
	check_part(t.query, raw);
	must(t.endpoint == ENDPOINT_NONE || t.endpoint == ENDPOINT_HEALTH ||
	     t.endpoint == ENDPOINT_READY || t.endpoint == ENDPOINT_METRICS);
	return 0;
}
