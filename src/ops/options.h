/* SPDX-License-Identifier: BSD-2-Clause
 * mooringd's command line. Pure. */
#ifndef MOORING_OPS_OPTIONS_H
#define MOORING_OPS_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

enum options_verdict {
	OPTIONS_RUN,
	OPTIONS_CHECK,	 /* -n */
	OPTIONS_PRINT,	 /* -T */
	OPTIONS_VERSION, /* --version */
	OPTIONS_HELP,	 /* -h, --help */
	OPTIONS_WRONG,	 /* the log has what; exit 2 */
};

struct options {
	const char *conf_path; /* -c; NULL: not given; borrowed from argv */
	bool verbose;	       /* -v */
	bool start;	       /* --start, with -n */
	bool debuggable;       /* --debuggable */
};

enum options_verdict options_parse(int argc, char **argv, struct options *ret);
void options_usage(FILE *out);

/* The file of variables that the unit reads, too. */
const char *options_environment_file(void);

#endif
