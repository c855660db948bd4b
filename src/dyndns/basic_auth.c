/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/basic_auth.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* Decodes Basic credentials into pair. Of a text that is too long only the beginning is stored:
 * CREDENTIALS_PAIR_MAX + 1 bytes. */
static int decode(struct slice header, char pair[CREDENTIALS_PAIR_ROOM], size_t *ret_len,
		  struct query_refusal *why)
{
	struct slice scheme, base64;
	int err;

	if (header.len == 0) {
		why->reason = "no Authorization header";
		return ERR_INVAL;
	}
	if (!slice_cut(header, ' ', &scheme, &base64) || !slice_eq_nocase(scheme, "basic")) {
		why->reason = "the Authorization is not of the Basic scheme";
		return ERR_INVAL;
	}
	err = str_base64_decode(slice_trim(base64, STR_BLANKS), pair, CREDENTIALS_PAIR_MAX + 1,
				ret_len);
	if (err == ERR_LIMIT)
		*ret_len = CREDENTIALS_PAIR_MAX + 1;
	else if (err != 0)
		why->reason = "the credentials are not base64";
	return err == ERR_LIMIT ? 0 : err;
}

int dyndns_basic_auth_parse(struct slice header, struct query_credentials *ret,
			    struct query_refusal *why)
{
	char pair[CREDENTIALS_PAIR_ROOM];
	size_t len = 0;
	int err;

	memset(ret, 0, sizeof(*ret));
	memset(why, 0, sizeof(*why));
	err = decode(slice_trim(header, STR_BLANKS), pair, &len, why);
	if (err == 0)
		err = credentials_from_pair(pair, len, ret, why);
	explicit_bzero(pair, sizeof(pair));
	if (err != 0)
		explicit_bzero(ret, sizeof(*ret));
	return err;
}
