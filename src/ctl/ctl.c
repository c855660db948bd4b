/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/ctl.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const struct ctl_command commands[] = {
	{"user", "add", "NAME HOST...", 2, -1, "ttl secret-stdin quirk json",
	 "create an account; prints its generated secret, once", ctl_user_add},
	{"user", "list", "", 0, 0, "json", "list the accounts", ctl_user_list},
	{"user", "show", "NAME", 1, 1, "json", "show one account and the state of its hosts",
	 ctl_user_show},
	{"user", "passwd", "NAME", 1, 1, "secret-stdin json",
	 "give an account a new secret; prints it, once", ctl_user_passwd},
	{"user", "disable", "NAME", 1, 1, "json", "refuse an account's updates", ctl_user_disable},
	{"user", "enable", "NAME", 1, 1, "json", "allow them again", ctl_user_enable},
	{"user", "remove", "NAME", 1, 1, "json", "remove an account and its records",
	 ctl_user_remove},
	{"host", "add", "NAME HOST...", 2, -1, "json", "give an account more host names",
	 ctl_host_add},
	{"host", "remove", "NAME HOST...", 2, -1, "json", "take host names and their records away",
	 ctl_host_remove},
	{"doctor", NULL, "", 0, 0, "resolver dns-port json",
	 "prove credentials, permissions, zones, delegation; changes nothing", ctl_doctor},
	{"health", NULL, "", 0, 0, "ready json", "ask the daemon on this machine whether it serves",
	 ctl_health},
	{"verify", NULL, "", 0, 0, "repair json", "list where the zones and the store differ",
	 ctl_verify},
	{"test", NULL, "URL", 1, 1, "user secret-stdin cacert json",
	 "send one update as a router does, and explain the reply", ctl_test},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

int ctl_fail(const char *fmt, ...)
{
	char text[ERR_TEXT_MAX * 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "mooringctl: %s\n", text);
	return CTL_FAILED;
}

static void print_help(FILE *out)
{
	size_t i;

	(void)fputs("usage: mooringctl [-c FILE] COMMAND [OPTION...] [ARGUMENT...]\n\n", out);
	for (i = 0; i < N_COMMANDS; i++) {
		const struct ctl_command *c = &commands[i];
		char words[64];

		(void)snprintf(words, sizeof(words), "%s%s%s %s", c->noun, c->verb ? " " : "",
			       c->verb ? c->verb : "", c->usage);
		(void)fprintf(out, "  %-26s %s\n", words, c->help);
	}
	(void)fputs("\n  -c FILE          configuration (default: $MOORING_CONFIG, then\n"
		    "                   " SYSCONFDIR "/mooring/mooring.conf)\n"
		    "  --json           machine-readable output\n"
		    "  --ttl N          seconds, instead of the zone's (user add)\n"
		    "  --quirk WORD     nochg-as-good (user add)\n"
		    "  --secret-stdin   read the secret from standard input\n"
		    "  --ready          ask whether updates are welcome (health)\n"
		    "  --repair         publish what is missing or different (verify)\n"
		    "  --resolver ADDR  ask this resolver, not the system's (doctor)\n"
		    "  --dns-port PORT  of the name servers, instead of 53 (doctor)\n"
		    "  --user NAME      login to send (test)\n"
		    "  --cacert FILE    trust this certificate authority (test)\n"
		    "\nSee mooringctl(1).\n",
		    out);
}

static int usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("mooringctl: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputs("; try mooringctl --help\n", stderr);
	return CTL_USAGE;
}

static const struct ctl_command *find_command(int n, char **words, int *ret_used)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		const struct ctl_command *c = &commands[i];

		if (n < 1 || strcmp(words[0], c->noun) != 0)
			continue;
		if (c->verb != NULL && (n < 2 || strcmp(words[1], c->verb) != 0))
			continue;
		*ret_used = c->verb != NULL ? 2 : 1;
		return c;
	}
	return NULL;
}

/* The options word list holds whole words: "ttl" must not be found in "title". */
static bool takes_option(const struct ctl_command *c, const char *name)
{
	const char *p = c->options;
	size_t len = strlen(name);

	while ((p = strstr(p, name)) != NULL) {
		bool starts = p == c->options || p[-1] == ' ';

		if (starts && (p[len] == ' ' || p[len] == '\0'))
			return true;
		p += len;
	}
	return false;
}

enum {
	OPT_HELP = 256,
	OPT_VERSION,
	OPT_JSON,
	OPT_READY,
	OPT_REPAIR,
	OPT_STDIN,
	OPT_TTL,
	OPT_QUIRK,
	OPT_RESOLVER,
	OPT_DNS_PORT,
	OPT_USER,
	OPT_CACERT
};

static const struct option long_options[] = {
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{"json", no_argument, NULL, OPT_JSON},
	{"ready", no_argument, NULL, OPT_READY},
	{"repair", no_argument, NULL, OPT_REPAIR},
	{"secret-stdin", no_argument, NULL, OPT_STDIN},
	{"ttl", required_argument, NULL, OPT_TTL},
	{"quirk", required_argument, NULL, OPT_QUIRK},
	{"resolver", required_argument, NULL, OPT_RESOLVER},
	{"dns-port", required_argument, NULL, OPT_DNS_PORT},
	{"user", required_argument, NULL, OPT_USER},
	{"cacert", required_argument, NULL, OPT_CACERT},
	{NULL, 0, NULL, 0},
};

struct seen {
	bool opt[OPT_CACERT + 1];
};

/* Returns -1 to go on, or an exit status. */
static int parse_options(int argc, char **argv, struct ctl_args *args, struct seen *seen)
{
	int c;

	while ((c = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
		if (c == '?')
			return usage("unknown or incomplete option");
		if (c == 'h' || c == OPT_HELP) {
			print_help(stdout);
			return CTL_OK;
		}
		if (c == OPT_VERSION) {
			(void)puts("mooringctl " MOORING_VERSION);
			return CTL_OK;
		}
		if (c == 'c')
			args->conf_path = optarg;
		else
			seen->opt[c] = true;
		args->json = args->json || c == OPT_JSON;
		args->ready = args->ready || c == OPT_READY;
		args->repair = args->repair || c == OPT_REPAIR;
		args->secret_stdin = args->secret_stdin || c == OPT_STDIN;
		args->ttl = c == OPT_TTL ? optarg : args->ttl;
		args->quirk = c == OPT_QUIRK ? optarg : args->quirk;
		args->resolver = c == OPT_RESOLVER ? optarg : args->resolver;
		args->dns_port = c == OPT_DNS_PORT ? optarg : args->dns_port;
		args->user = c == OPT_USER ? optarg : args->user;
		args->cacert = c == OPT_CACERT ? optarg : args->cacert;
	}
	return -1;
}

static int check_options(const struct ctl_command *cmd, const struct seen *seen)
{
	const struct option *o;

	for (o = long_options; o->name != NULL; o++)
		if (seen->opt[o->val] && !takes_option(cmd, o->name))
			return usage("%s%s%s does not take --%s", cmd->noun, cmd->verb ? " " : "",
				     cmd->verb ? cmd->verb : "", o->name);
	return -1;
}

int ctl_main(int argc, char **argv)
{
	struct ctl_args args = {.conf_path = NULL};
	struct seen seen = {.opt = {false}};
	const struct ctl_command *cmd;
	int used = 0, status;

	opterr = 0;
	log_setup(LOG_LEVEL_WARN, LOG_FORMAT_TEXT, false);
	status = parse_options(argc, argv, &args, &seen);
	if (status >= 0)
		return status;
	if (optind >= argc)
		return usage("no command given");
	cmd = find_command(argc - optind, argv + optind, &used);
	if (cmd == NULL)
		return usage("unknown command \"%s%s%s\"", argv[optind],
			     optind + 1 < argc ? " " : "",
			     optind + 1 < argc ? argv[optind + 1] : "");
	status = check_options(cmd, &seen);
	if (status >= 0)
		return status;
	args.n = argc - optind - used;
	args.operand = argv + optind + used;
	if (args.n < cmd->min_operands || (cmd->max_operands >= 0 && args.n > cmd->max_operands))
		return usage("%s%s%s takes: %s", cmd->noun, cmd->verb ? " " : "",
			     cmd->verb ? cmd->verb : "", *cmd->usage ? cmd->usage : "no argument");
	return cmd->run(&args);
}
