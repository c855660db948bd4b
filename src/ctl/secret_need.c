/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/secret_need.h"

#include <stdint.h>

#include "account/account.h"
#include "account/pepper.h"
#include "account/secret.h"

enum secret_need secret_need_of(const struct account *a, const struct peppers *peppers)
{
	const uint32_t newest = peppers_newest(peppers);
	enum secret_kind kind;
	uint32_t version;

	if (a->secret == NULL || (a->flaws & ACCOUNT_FLAW_SECRET) != 0 ||
	    secret_kind(a->secret, &kind) != 0)
		return SECRET_UNUSABLE;
	if (kind == SECRET_CLEAR)
		return SECRET_IS_CLEAR;
	secret_unpepper(a->secret, &version);
	if (version == 0)
		return newest == 0 ? SECRET_NEEDS_NOTHING : SECRET_WITHOUT_PEPPER;
	if (!peppers_have(peppers, version))
		return SECRET_OF_LOST_PEPPER;
	return version == newest ? SECRET_NEEDS_NOTHING : SECRET_OF_OLD_PEPPER;
}
