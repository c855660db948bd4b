/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/usage.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/print.h"
#include "ctl/say.h"

enum { VERBS_MAX = 640 };

int usage_wrong_verb(const char *noun, const char *verb)
{
	struct buf verbs;
	size_t i;

	buf_init(&verbs, VERBS_MAX);
	for (i = 0; i < ctl_n_commands; i++)
		if (strcmp(ctl_commands[i].noun, noun) == 0)
			buf_addf(&verbs, "%s%s", verbs.len > 0 ? ", " : "", ctl_commands[i].verb);
	if (verb == NULL)
		ctl_wrong_usage("%s needs one of: %s", noun, buf_str(&verbs));
	else
		ctl_wrong_usage("%s has no \"%s\", but: %s", noun, verb, buf_str(&verbs));
	buf_fini(&verbs);
	return CTL_USAGE;
}

static void print_command(const struct ctl_command *c)
{
	char words[64], name[32];

	snprintf(words, sizeof(words), "%s %s", ctl_command_name(c, name), c->operands);
	printf("  %-26s %s\n", words, c->help);
}

static void print_option(const struct ctl_option *o)
{
	char words[64];

	snprintf(words, sizeof(words), "--%s%s%s", o->name, o->value != NULL ? " " : "",
		 o->value != NULL ? o->value : "");
	printf("  %-26s %s\n", words, o->help);
}

static void print_common(void)
{
	fputs("  -c FILE                    configuration (default: $MOORING_CONFIG, then\n"
	      "                             " SYSCONFDIR "/mooring/mooring.conf)\n"
	      "  -h, --help                 this; after a command: about that command\n"
	      "  --version                  print the version\n"
	      "\nSee mooringctl(1).\n",
	      stdout);
}

static void help_on_command(const struct ctl_command *c)
{
	char name[32];
	size_t i;

	printf("usage: mooringctl [-c FILE] %s%s%s%s\n\n%s\n\n", ctl_command_name(c, name),
	       *c->operands != '\0' ? " " : "", c->operands,
	       *c->options != '\0' ? " [OPTION...]" : "", c->help);
	for (i = 0; i < ctl_n_options; i++)
		if (ctl_command_takes(c, ctl_options[i].name))
			print_option(&ctl_options[i]);
}

void usage_help(const char *noun, const struct ctl_command *c)
{
	size_t i;

	if (c != NULL) {
		help_on_command(c);
		print_common();
		return;
	}
	fputs("usage: mooringctl [-c FILE] COMMAND [ARGUMENT...] [OPTION...]\n\n", stdout);
	for (i = 0; i < ctl_n_commands; i++)
		if (noun == NULL || strcmp(ctl_commands[i].noun, noun) == 0)
			print_command(&ctl_commands[i]);
	putchar('\n');
	/* It is more than stdio buffers, and what that writes by itself has no reason when it
	 * fails.
	 */
	print_flush();
	for (i = 0; noun == NULL && i < ctl_n_options; i++)
		print_option(&ctl_options[i]);
	print_common();
}
