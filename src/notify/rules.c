/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/rules.h"

#include <string.h>
#include <time.h>

enum { MINUTES_OF_DAY = 24 * 60 };

static bool rule_fits(const char *rule, const char *host)
{
	const size_t len = strlen(host);
	size_t suffix;

	if (rule[0] != '*')
		return strcmp(rule, host) == 0;
	suffix = strlen(rule + 1); /* with its dot */
	return len > suffix && strcmp(host + len - suffix, rule + 1) == 0;
}

bool rules_have_host(const struct conf_texts *hosts, const char *host)
{
	size_t i;

	for (i = 0; i < hosts->n; i++)
		if (rule_fits(hosts->at[i], host))
			return true;
	return hosts->n == 0;
}

bool rules_want(const struct conf_notify *n, unsigned kind, const char *host)
{
	if (kind < CONF_EVENTS && !conf_notify_wants(n, (enum conf_event)kind))
		return false;
	return host[0] == '\0' || rules_have_host(&n->hosts, host);
}

static int64_t quiet_left_s(const struct conf_quiet *q, const struct tm *local)
{
	const unsigned now = (unsigned)(local->tm_hour * 60 + local->tm_min);
	const unsigned length = (q->to_min + MINUTES_OF_DAY - q->from_min) % MINUTES_OF_DAY;
	const unsigned since = (now + MINUTES_OF_DAY - q->from_min) % MINUTES_OF_DAY;

	if (since >= length)
		return 0;
	return (int64_t)(length - since) * 60 - (local->tm_sec < 60 ? local->tm_sec : 59);
}

int64_t rules_quiet_s(const struct conf_quiet *q, int64_t now_s)
{
	const time_t now = (time_t)now_s;
	struct tm local;
	int64_t left_s;

	if (localtime_r(&now, &local) == NULL)
		return 0;
	left_s = quiet_left_s(q, &local);
	return left_s < RULES_QUIET_MAX_S ? left_s : RULES_QUIET_MAX_S;
}
