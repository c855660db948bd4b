/* SPDX-License-Identifier: BSD-2-Clause
 * The first bytes of a connection from a proxy that passes bytes on (PROXY protocol): the whole
 * input. */
#include "http/proxy_header.h"

#include "fuzz.h"

/* However the bytes arrive, the verdict is the same one: the first that is not "more". */
static void check_pieces(const uint8_t *data, size_t size, enum proxy_verdict whole,
			 const struct proxy_header *header)
{
	struct proxy_header h = {.len = 0};
	enum proxy_verdict verdict = PROXY_MORE;
	size_t len;

	for (len = 0; len <= size && verdict == PROXY_MORE; len++)
		verdict = proxy_header_parse(data, len, &h);
	must(verdict == whole);
	if (verdict == PROXY_WHOLE)
		must(h.len == header->len && h.source == header->source &&
		     addr_equal(&h.client, &header->client));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header h = {.len = 0};
	enum proxy_verdict verdict;

	if (size > PROXY_HEADER_MAX)
		size = PROXY_HEADER_MAX;
	if (size == 0)
		return 0;
	verdict = proxy_header_parse(data, size, &h);
	must(verdict != PROXY_MORE || size < PROXY_HEADER_MAX);
	if (verdict == PROXY_WHOLE) {
		must(h.len > 0 && h.len <= size);
		must((h.source == PROXY_SOURCE_CLIENT) == addr_is_set(&h.client));
	} else {
		must(h.len == 0);
	}
	check_pieces(data, size, verdict, &h);
	return 0;
}
