/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/logging.h"

#include "base/log.h"
#include "conf/conf.h"
#include "conf/variables.h"
#include "ops/process.h"

static void setup(enum conf_log_format format, enum conf_log_level level)
{
	static const enum log_level levels[] = {
		[CONF_LOG_ERROR] = LOG_LEVEL_ERROR,
		[CONF_LOG_WARN] = LOG_LEVEL_WARN,
		[CONF_LOG_INFO] = LOG_LEVEL_INFO,
		[CONF_LOG_DEBUG] = LOG_LEVEL_DEBUG,
	};

	log_setup(levels[level], format == CONF_LOG_TEXT ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON,
		  process_logs_to_journal() ? LOG_READER_JOURNAL : LOG_READER_FILE);
}

void logging_begin(const char *const *environ_list)
{
	enum conf_log_format format = CONF_LOG_TEXT;
	enum conf_log_level level = CONF_LOG_INFO;

	conf_read_log_environment(environ_list, &format, &level);
	setup(format, level);
}

void logging_setup(const struct conf *conf, bool verbose)
{
	setup(conf->log_format, verbose ? CONF_LOG_DEBUG : conf->log_level);
}

void logging_warn(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_warnings; i++)
		log_warn("%s", conf->warnings[i]);
}
