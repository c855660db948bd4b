/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/refused.h"

#include "base/log.h"
#include "net/line_limit.h"

void refused_log(struct line_limit *limit, const struct refused *r, int64_t now_ms)
{
	char client[ADDR_TEXT_MAX];

	if (!line_limit_take(limit, r->client, now_ms))
		return;
	log_event(LOG_LEVEL_INFO, "update",
		  LOG_FIELDS(log_uint("id", r->id),
			     log_str("client", addr_format(r->client, client)),
			     log_str("verdict", r->verdict), log_uint("status", r->status),
			     log_str("reason", r->reason), log_slice("user", r->user),
			     log_slice("agent", r->agent)));
}
