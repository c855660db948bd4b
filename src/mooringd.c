/* SPDX-License-Identifier: BSD-2-Clause
 * mooringd: a dynamic DNS server. This file has the order of the steps; the steps are in ops/. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/dump.h"
#include "conf/find.h"
#include "conf/load.h"
#include "ops/addresses.h"
#include "ops/backends.h"
#include "ops/daemon.h"
#include "ops/envfile.h"
#include "ops/logging.h"
#include "ops/options.h"
#include "ops/process.h"
#include "ops/start_check.h"
#include "ops/targets.h"
#include "ops/versions.h"

#ifndef MOORING_VERSION
#define MOORING_VERSION "0"
#endif

/* EX_CONFIG of sysexits(3): another start with this configuration cannot succeed, and the systemd
 * unit does not try one. Trouble that may pass ends with EXIT_FAILURE. */
enum { EXIT_USAGE = 2, EXIT_CONFIG = 78 };

static int mooringd_fail(const struct errinfo *ei)
{
	log_error("%s", ei->text);
	return EXIT_FAILURE;
}

/* Output that was not written, to a full disk for example, is a failure: nobody can read it. */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	log_error("cannot write to standard output");
	return EXIT_FAILURE;
}

/* Under systemd the variables are set already, and the file may be readable by root only. */
static int read_unit_environment(struct errinfo *ei)
{
	if (getenv("INVOCATION_ID") != NULL)
		return 0;
	return envfile_load(options_environment_file(), ei);
}

/* -n and -T end with 1 after every failure, as they always did. */
static int mooringd_fail_conf(bool is_start, const struct errinfo *ei)
{
	bool may_pass = ei->code == ERR_IO || ei->code == ERR_NOMEM;

	mooringd_fail(ei);
	return is_start && !may_pass ? EXIT_CONFIG : EXIT_FAILURE;
}

static int mooringd_check(const char *path, const struct conf *conf, bool start)
{
	struct errinfo ei = ERRINFO_INIT;

	if (start && start_check(conf, path) > 0)
		return EXIT_FAILURE;
	if (!start && daemon_check(conf, &ei) != 0)
		return mooringd_fail(&ei);
	printf("%s: OK\n", path != NULL ? path : "environment");
	return finish_output(EXIT_SUCCESS);
}

static int mooringd_run(const char *path, const struct conf *conf, bool debuggable)
{
	struct errinfo ei = ERRINFO_INIT;
	struct daemon *d = NULL;
	uv_loop_t loop;
	bool is_hashing;
	int started, ended, status;

	process_harden(debuggable);
	/* What a target lacks does not pass by itself, unlike what daemon_start() may find. */
	if (targets_try(conf, &ei) != 0)
		return mooringd_fail_conf(true, &ei);
	if (uv_loop_init(&loop) != 0) {
		log_error("no event loop");
		return EXIT_FAILURE;
	}
	started = daemon_start(&loop, conf, path, &d, &ei);
	if (started != 0)
		mooringd_fail(&ei);
	uv_run(&loop, UV_RUN_DEFAULT);
	do
		is_hashing = daemon_waits_for_hashes(d);
	while (!is_hashing && uv_run(&loop, UV_RUN_ONCE) != 0);
	ended = daemon_free(d);
	status = started == 0 && ended == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	/* exit() has libuv wait for its workers. */
	if (is_hashing)
		_exit(finish_output(status));
	if (uv_loop_close(&loop) != 0)
		abort(); /* one of our handles is still open: a bug */
	return status;
}

int main(int argc, char **argv)
{
	struct errinfo ei = ERRINFO_INIT;
	struct options options;
	struct conf *conf = NULL;
	char versions[VERSIONS_TEXT_MAX];
	const char *path;
	enum options_verdict verdict;
	int status = EXIT_SUCCESS;
	bool is_start;

	process_ignore_signals();
	logging_begin((const char *const *)environ);
	verdict = options_parse(argc, argv, &options);
	switch (verdict) {
	case OPTIONS_VERSION:
		printf("mooringd %s\n%s\n%s\n", MOORING_VERSION, versions_print(versions),
		       versions_parts());
		return finish_output(EXIT_SUCCESS);
	case OPTIONS_HELP:
		options_usage(stdout);
		return finish_output(EXIT_SUCCESS);
	case OPTIONS_WRONG:
		options_usage(stderr);
		return EXIT_USAGE;
	default:
		break;
	}
	is_start = verdict == OPTIONS_RUN || options.start;
	if (options.start && read_unit_environment(&ei) != 0)
		return mooringd_fail(&ei);
	if (conf_find(options.conf_path, CONF_DEFAULT_PATH, &path, &ei) != 0 ||
	    conf_load(path, (const char *const *)environ, &conf, &ei) != 0)
		return mooringd_fail_conf(is_start, &ei);
	logging_setup(conf, options.verbose);
	logging_warn(conf);
	if (verdict != OPTIONS_PRINT && backends_check(conf, &ei) != 0)
		status = mooringd_fail_conf(is_start, &ei);
	else if (is_start && addresses_inherit(conf, &ei) != 0)
		status = mooringd_fail_conf(is_start, &ei);
	else if (verdict == OPTIONS_CHECK)
		status = mooringd_check(path, conf, options.start);
	else if (verdict == OPTIONS_PRINT)
		status = finish_output(conf_dump(conf, stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	else
		status = mooringd_run(path, conf, options.debuggable);
	conf_free(conf);
	return status;
}
