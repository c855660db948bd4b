/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/options.h"

#include <getopt.h>

#include "base/log.h"
#include "conf/find.h"

enum { LONG_VERSION = 256, LONG_HELP, LONG_START, LONG_DEBUGGABLE };

static const struct option long_options[] = {
	{"version", no_argument, NULL, LONG_VERSION},
	{"help", no_argument, NULL, LONG_HELP},
	{"start", no_argument, NULL, LONG_START},
	{"debuggable", no_argument, NULL, LONG_DEBUGGABLE},
	{NULL, 0, NULL, 0},
};

/* Errors are logged instead of printed by getopt, so that the journal knows their priority. */
static void tell_wrong(int c, char **argv)
{
	bool has_letter = optopt > 0 && optopt < LONG_VERSION;
	char letter[] = {'-', (char)(has_letter ? optopt : '-'), '\0'};

	log_error("%s: %s", has_letter ? letter : argv[optind - 1],
		  c == ':' ? "the option needs an argument" : "no such option");
}

enum options_verdict options_parse(int argc, char **argv, struct options *ret)
{
	enum options_verdict verdict = OPTIONS_RUN;
	int c;

	*ret = (struct options){.conf_path = NULL};
	optind = 0; /* begin anew, glibc and musl */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:hnTv", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			ret->conf_path = optarg;
			break;
		case 'n':
			verdict = OPTIONS_CHECK;
			break;
		case 'T':
			verdict = OPTIONS_PRINT;
			break;
		case 'v':
			ret->verbose = true;
			break;
		case LONG_START:
			ret->start = true;
			break;
		case LONG_DEBUGGABLE:
			ret->debuggable = true;
			break;
		case LONG_VERSION:
			return OPTIONS_VERSION;
		case 'h':
		case LONG_HELP:
			return OPTIONS_HELP;
		default:
			tell_wrong(c, argv);
			return OPTIONS_WRONG;
		}
	}
	if (ret->start && verdict != OPTIONS_CHECK) {
		log_error("--start goes with -n");
		return OPTIONS_WRONG;
	}
	if (optind == argc)
		return verdict;
	log_error("unexpected argument: %s", argv[optind]);
	return OPTIONS_WRONG;
}

void options_usage(FILE *out)
{
	fprintf(out,
		"usage: mooringd [-nTv] [-c file]\n"
		"       mooringd -n --start [-v] [-c file]\n"
		"       mooringd --version | -h | --help\n"
		"  -c file  the configuration (default: $MOORING_CONFIG, then %s)\n"
		"  -n       check the configuration and the certificate, and exit\n"
		"  --start  check also, as the service would find them, addresses and files\n"
		"  -T       print the configuration with all defaults, and exit\n"
		"  -v       log what helps debugging\n",
		CONF_DEFAULT_PATH);
}

const char *options_environment_file(void)
{
	return SYSCONFDIR "/default/mooring";
}
