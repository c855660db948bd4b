/* SPDX-License-Identifier: BSD-2-Clause
 * Name servers to ask: the whole input is the text of resolv.conf(5), and each of its lines an
 * address as mooringctl's --resolver has it. */
#include "ctl/resolver.h"

#include <netinet/in.h>

#include "fuzz.h"

static void check_address(const struct sockaddr_storage *sa)
{
	must(sa->ss_family == AF_INET || sa->ss_family == AF_INET6);
	/* At the same offset for both. */
	must(((const struct sockaddr_in *)sa)->sin_port != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	struct sockaddr_storage sa;
	struct resolvers r;
	size_t i;

	resolver_parse_conf(text, &r);
	must(r.n >= 1 && r.n <= RESOLVERS_MAX);
	for (i = 0; i < r.n; i++)
		check_address(&r.at[i]);
	while (text.len > 0)
		if (resolver_parse(fuzz_line(&text), &sa) == 0)
			check_address(&sa);
	return 0;
}
