/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/message_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NUMBER_SIZE = 24 };

bool message_is_trouble(const struct notify_message *m)
{
	static const char *const harmless[] = {"address-changed", "digest", "test"};
	size_t i;

	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(m->kind, harmless[i]) == 0)
			return false;
	return true;
}

void message_time(int64_t time_s, char out[MESSAGE_TIME_SIZE])
{
	time_t t = (time_t)time_s;
	struct tm tm = {0};

	gmtime_r(&t, &tm);
	strftime(out, MESSAGE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int message_add_template(struct buf *out, const char *text, enum template_form form,
			 const struct notify_message *m)
{
	char time_text[MESSAGE_TIME_SIZE], seconds[NUMBER_SIZE], attempt[NUMBER_SIZE];
	const struct template_value values[] = {
		{"id", m->id},	   {"event", m->kind}, {"host", m->host},    {"user", m->user},
		{"old", m->old},   {"new", m->new},    {"title", m->title},  {"text", m->text},
		{"at", time_text}, {"at-s", seconds},  {"attempt", attempt},
	};

	message_time(m->at_s, time_text);
	snprintf(seconds, sizeof(seconds), "%" PRId64, m->at_s);
	snprintf(attempt, sizeof(attempt), "%u", m->attempt);
	return template_add(out, text, form, values, sizeof(values) / sizeof(values[0]));
}
