/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/refused.h"

#include "base/log.h"
#include "net/line_limit.h"
#include "net/pseudonym.h"

void refused_log(struct line_limit *limit, const struct refused *r, int64_t now_ms)
{
	char user[PSEUDONYM_LOGIN_MAX];

	if (!line_limit_take(limit, r->client, now_ms))
		return;
	log_event(LOG_LEVEL_INFO, "update",
		  LOG_FIELDS(log_uint("id", r->id), LOG_ADDR("client", r->client),
			     log_str("verdict", r->verdict), log_uint("status", r->status),
			     log_str("reason", r->reason),
			     log_slice("user", pseudonym_login_slice(r->user, user)),
			     log_slice("agent", r->agent)));
}
