/* SPDX-License-Identifier: BSD-2-Clause
 * The value of an Authorization header: the whole input. */
#include "dyndns/basic_auth.h"

#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query_credentials credentials;
	struct query_refusal why;
	int err = dyndns_basic_auth_parse(fuzz_slice(data, size), &credentials, &why);

	must(err == 0 || err == ERR_INVAL);
	query_check_login(&credentials, &why, err);
	must((err == 0) == (why.reason == NULL));
	return 0;
}
