/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/parse.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/say.h"
#include "ctl/usage.h"

enum { OPTIONS_MAX = 64, OPT_HELP = 256, OPT_VERSION, OPT_FIRST };

struct parse {
	struct ctl_args *args;
	const struct ctl_command *command; /* NULL: not known; where the options are read */
	bool seen[OPTIONS_MAX];		   /* as ctl_options */
	bool wants_help;
	bool wants_version;
	struct option known[OPTIONS_MAX + 3];
};

static bool is_spelled_out(const char *name, int argc, char **argv)
{
	size_t len = strlen(name);
	int i;

	for (i = 1; i < argc; i++)
		if (strncmp(argv[i], "--", 2) == 0 && strncmp(argv[i] + 2, name, len) == 0 &&
		    (argv[i][2 + len] == '\0' || argv[i][2 + len] == '='))
			return true;
	return false;
}

/* An option that the command does not take makes the abbreviation of another one ambiguous only
 * where it is spelled out itself, to be refused by its name. */
static void fill_known(struct parse *p, int argc, char **argv)
{
	size_t i, n = 0;

	for (i = 0; i < ctl_n_options && i < OPTIONS_MAX; i++) {
		const struct ctl_option *o = &ctl_options[i];

		if (p->command != NULL && !ctl_command_takes(p->command, o->name) &&
		    !is_spelled_out(o->name, argc, argv))
			continue;
		p->known[n++] = (struct option){
			.name = o->name,
			.has_arg = o->kind == CTL_FLAG ? no_argument : required_argument,
			.val = OPT_FIRST + (int)i,
		};
	}
	p->known[n++] = (struct option){.name = "help", .val = OPT_HELP};
	p->known[n++] = (struct option){.name = "version", .val = OPT_VERSION};
	p->known[n] = (struct option){.name = NULL};
}

/* Shows the word only up to a '=', because the value may be a secret. */
static int wrong_word(const char *word)
{
	return ctl_wrong_usage("unknown or ambiguous option %.*s", (int)strcspn(word, "="), word);
}

/* Says why getopt_long() refused an option. */
static int wrong_option(int found, char **argv)
{
	const char *value = "FILE";

	if (found == ':' && optopt >= OPT_FIRST)
		value = ctl_options[optopt - OPT_FIRST].value;
	if (found == ':' && optopt == 'c')
		return ctl_wrong_usage("-c needs a value: %s", value);
	if (found == ':')
		return ctl_wrong_usage("--%s needs a value: %s",
				       ctl_options[optopt - OPT_FIRST].name, value);
	if (optopt == 0)
		return wrong_word(argv[optind - 1]);
	if (optopt >= OPT_FIRST)
		return ctl_wrong_usage("--%s takes no value", ctl_options[optopt - OPT_FIRST].name);
	if (optopt == OPT_HELP || optopt == OPT_VERSION)
		return ctl_wrong_usage("--%s takes no value",
				       optopt == OPT_HELP ? "help" : "version");
	return ctl_wrong_usage("unknown option -%c", optopt);
}

static int take_conf(struct parse *p)
{
	if (*optarg == '\0')
		return ctl_wrong_usage("-c has an empty value");
	p->args->conf_path = optarg;
	return -1;
}

static int take_value(struct parse *p, const struct ctl_option *o)
{
	struct ctl_values *values = (void *)((char *)p->args + o->field);
	struct errinfo ei = ERRINFO_INIT;

	if (*optarg == '\0')
		return ctl_wrong_usage("--%s has an empty value", o->name);
	if (ctl_command_check(p->command, o, optarg, &ei) != 0)
		return ctl_wrong_usage("--%s %s", o->name, ei.text);
	if (o->kind == CTL_VALUE)
		memcpy((char *)p->args + o->field, &optarg, sizeof(optarg));
	else if (values->n < CTL_VALUES_MAX)
		values->at[values->n++] = optarg;
	else
		return ctl_wrong_usage("--%s is given more than %d times", o->name, CTL_VALUES_MAX);
	return -1;
}

static int take_option(struct parse *p, size_t i)
{
	static const bool yes = true;
	const struct ctl_option *o = &ctl_options[i];

	p->seen[i] = true;
	if (o->kind != CTL_FLAG)
		return take_value(p, o);
	memcpy((char *)p->args + o->field, &yes, sizeof(yes));
	return -1;
}

static size_t option_of(const char *name)
{
	size_t i = 0;

	while (strcmp(ctl_options[i].name, name) != 0)
		i++;
	return i;
}

/* NULL: there is none of that name. */
static const struct ctl_command *command_named(int n, char **words)
{
	size_t i;

	for (i = 0; n > 0 && i < ctl_n_commands; i++) {
		const struct ctl_command *c = &ctl_commands[i];

		if (strcmp(words[0], c->noun) == 0 &&
		    (c->verb == NULL || (n > 1 && strcmp(words[1], c->verb) == 0)))
			return c;
	}
	return NULL;
}

/* Behind whatever options there are; what is wrong with those is told later. */
static int look_for_command(struct parse *p, int argc, char **argv)
{
	/* getopt_long() moves the operands behind the options that it knows by then. */
	char **words = calloc((size_t)argc + 1, sizeof(*words));

	if (words == NULL)
		return ctl_fail("out of memory");
	memcpy(words, argv, (size_t)argc * sizeof(*words));
	fill_known(p, argc, words);
	opterr = 0;
	optind = 0; /* begin anew, glibc and musl */
	while (getopt_long(argc, words, ":c:h46", p->known, NULL) != -1)
		continue;
	p->command = command_named(argc - optind, words + optind);
	free(words);
	return -1;
}

static int take_options(struct parse *p, int argc, char **argv)
{
	int c, status = look_for_command(p, argc, argv);

	fill_known(p, argc, argv);
	opterr = 0;
	optind = 0; /* begin anew, glibc and musl */
	while (status < 0 && (c = getopt_long(argc, argv, ":c:h46", p->known, NULL)) != -1) {
		if (c == '?' || c == ':')
			status = wrong_option(c, argv);
		else if (c == 'h' || c == OPT_HELP)
			p->wants_help = true;
		else if (c == OPT_VERSION)
			p->wants_version = true;
		else if (c == 'c')
			status = take_conf(p);
		else if (c == '4' || c == '6')
			status = take_option(p, option_of(c == '4' ? "ipv4" : "ipv6"));
		else
			status = take_option(p, (size_t)(c - OPT_FIRST));
	}
	return status;
}

/* Returns -1 with the command, or the exit status; *ret_noun is known, or NULL, for help. */
static int find_command(struct parse *p, int n, char **words, const struct ctl_command **ret)
{
	const char *noun = n > 0 ? words[0] : NULL, *verb = n > 1 ? words[1] : NULL;
	bool is_noun = false;
	size_t i;

	*ret = command_named(n, words);
	if (*ret != NULL)
		return -1;

	if (noun == NULL)
		return p->wants_help ? (usage_help(NULL, NULL), CTL_OK)
				     : ctl_wrong_usage("no command given");
	for (i = 0; i < ctl_n_commands; i++)
		is_noun = is_noun || strcmp(noun, ctl_commands[i].noun) == 0;
	if (!is_noun)
		return ctl_wrong_usage("unknown command \"%s\"", noun);
	if (verb == NULL && p->wants_help)
		return usage_help(noun, NULL), CTL_OK;
	return usage_wrong_verb(noun, verb);
}

static int check_options(const struct parse *p, const struct ctl_command *c)
{
	char name[32];
	size_t i;

	for (i = 0; i < ctl_n_options; i++)
		if (p->seen[i] && !ctl_command_takes(c, ctl_options[i].name))
			return ctl_wrong_usage("%s does not take --%s", ctl_command_name(c, name),
					       ctl_options[i].name);
	return -1;
}

static int check_operands(const struct ctl_args *args, const struct ctl_command *c)
{
	char name[32], missing[16];
	int min, max, i;

	ctl_command_operands(c, &min, &max);
	ctl_command_name(c, name);
	if (args->n < min) {
		ctl_command_operand(c, args->n, missing);
		return ctl_wrong_usage("%s needs %s: %s %s", name, missing, name, c->operands);
	}
	if (max >= 0 && args->n > max)
		return ctl_wrong_usage("%s has an argument too many: \"%s\"", name,
				       args->operand[max]);
	for (i = 0; i < args->n; i++) {
		if (*args->operand[i] != '\0')
			continue;
		ctl_command_operand(c, i, missing);
		return ctl_wrong_usage("%s has an empty argument for %s", name, missing);
	}
	return -1;
}

int parse_command_line(int argc, char **argv, struct ctl_args *args,
		       const struct ctl_command **ret_command)
{
	struct parse p = {.args = args};
	int used, status = take_options(&p, argc, argv);

	if (status >= 0)
		return status;
	if (p.wants_version && !p.wants_help) {
		puts("mooringctl " MOORING_VERSION);
		return CTL_OK;
	}
	status = find_command(&p, argc - optind, argv + optind, ret_command);
	if (*ret_command == NULL)
		return status;
	if (p.wants_help) {
		usage_help(NULL, *ret_command);
		return CTL_OK;
	}
	used = (*ret_command)->verb != NULL ? 2 : 1;
	args->n = argc - optind - used;
	args->operand = argv + optind + used;
	status = check_options(&p, *ret_command);
	return status >= 0 ? status : check_operands(args, *ret_command);
}
