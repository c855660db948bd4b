/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/secret_given.h"

#include "account/text.h"
#include "dyndns/user_password.h"

int secret_given_check(struct slice secret, struct errinfo *ei)
{
	if (secret.len < SECRET_GIVEN_MIN)
		return err_set(ei, ERR_INVAL, "the secret is shorter than %d bytes",
			       SECRET_GIVEN_MIN);
	if (secret.len > QUERY_PASSWORD_MAX)
		return err_set(ei, ERR_LIMIT, "the secret is longer than %d bytes",
			       QUERY_PASSWORD_MAX);
	if (!text_is_printable(secret))
		return err_set(ei, ERR_INVAL,
			       "the secret holds a control character or is not UTF-8");
	return 0;
}
