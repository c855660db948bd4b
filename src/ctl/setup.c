/* SPDX-License-Identifier: BSD-2-Clause
 * Until the file is in its place, nothing was changed; what comes then needs it. */
#include "ctl/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/find.h"
#include "conf/load.h"
#include "ctl/doctor_parts.h"
#include "ctl/doctor_tls.h"
#include "ctl/file.h"
#include "ctl/input.h"
#include "ctl/interrupt.h"
#include "ctl/print.h"
#include "ctl/program.h"
#include "ctl/say.h"
#include "ctl/setup_check.h"
#include "ctl/setup_file.h"
#include "ctl/setup_machine.h"
#include "ctl/setup_talk.h"
#include "ctl/setup_text.h"
#include "ctl/user.h"

/* What the unit of systemd makes. */
#define UNIT_FOLDER "/var/lib/mooring"

enum certificate_state {
	CERTIFICATE_IS_LEFT,
	CERTIFICATE_WAS_GOT, /* its program says so */
	CERTIFICATE_IS_THERE,
};

struct setup {
	const struct ctl_args *args;
	const char *path; /* of the configuration */
	struct setup_machine machine;
	struct setup_answers answers;
	struct setup_talk talk;
	struct setup_check check;
	struct doctor doctor; /* its session has the configuration that was written */
	char given[SETUP_QUESTIONS][SETUP_ANSWER_MAX]; /* lists of options, joined */
	bool has_replaced;
	enum certificate_state certificate;
	int status; /* of what follows the file */
};

/* ---------------------------------------------------------------- options */

static void give_list(struct setup *s, enum setup_question q, const struct ctl_values *values)
{
	char *out = s->given[q];
	size_t len = 0;
	unsigned i;

	for (i = 0; i < values->n && len < SETUP_ANSWER_MAX; i++)
		len += (size_t)snprintf(out + len, SETUP_ANSWER_MAX - len, "%s%s", i > 0 ? "," : "",
					values->at[i]);
	s->talk.given[q] = values->n > 0 ? out : NULL;
}

static void take_options_given(struct setup *s)
{
	const struct ctl_args *args = s->args;
	const char **given = s->talk.given;

	given[SETUP_DOMAIN] = args->domain;
	given[SETUP_PUBLISH] = args->publish;
	given[SETUP_HOSTED_ZONE] = args->hosted_zone;
	given[SETUP_LAB] = args->lab;
	given[SETUP_SERVER] = args->server;
	given[SETUP_CERTIFICATE] = args->certificate;
	given[SETUP_EMAIL] = args->email;
	given[SETUP_CERTIFICATE_FILE] = args->certificate_file;
	given[SETUP_KEY_FILE] = args->key_file;
	given[SETUP_STORE] = args->store;
	given[SETUP_STORE_PATH] = args->store_path;
	given[SETUP_TABLE] = args->table;
	given[SETUP_REGION] = args->region;
	given[SETUP_USER] = args->user;
	give_list(s, SETUP_NAME_SERVER, &args->name_servers);
	give_list(s, SETUP_ADDRESS, &args->addresses);
	give_list(s, SETUP_DNS_LISTEN, &args->dns_listen);
	give_list(s, SETUP_LISTEN, &args->listen);
	give_list(s, SETUP_HOST, &args->hosts);
}

static const char *find_path(const struct ctl_args *args)
{
	const char *named = args->conf_path != NULL ? args->conf_path : getenv("MOORING_CONFIG");

	return named != NULL && *named != '\0' ? named : CONF_DEFAULT_PATH;
}

static bool is_default_path(const struct setup *s)
{
	return strcmp(s->path, CONF_DEFAULT_PATH) == 0;
}

static void setup_begin(struct setup *s, const struct ctl_args *args)
{
	s->args = args;
	s->path = find_path(args);
	setup_machine_read(&s->machine);
	s->machine.knows_aws = doctor_parts != NULL;
	s->answers.machine = &s->machine;
	resolver_system(&s->doctor.resolvers);
	if (args->resolver != NULL) {
		s->doctor.resolvers.n = 1;
		resolver_parse(slice_of(args->resolver), &s->doctor.resolvers.at[0]);
	}
	report_init(&s->doctor.report, false);
	s->check = (struct setup_check){.answers = &s->answers,
					.talk = &s->talk,
					.doctor = &s->doctor,
					.replaces = args->replace};
	s->talk.answers = &s->answers;
	s->talk.in = isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? stdin : NULL;
	s->talk.out = stderr;
	s->talk.takes_presets = args->yes;
	s->talk.after = setup_check_answer;
	s->talk.arg = &s->check;
	take_options_given(s);
}

/* ---------------------------------------------------------------- the file */

static int show_file(struct setup *s, const struct buf *text)
{
	struct errinfo ei = ERRINFO_INIT;

	if (setup_file_try(text, &s->doctor.s.conf, &ei) != 0)
		return ctl_fail("%s", ei.text);
	printf("\n# %s would be:\n\n%s", s->path, buf_str(text));
	return CTL_OK;
}

/* Whoever has said it all on the command line has agreed there. */
static bool setup_is_agreed(const struct setup *s, const struct buf *text)
{
	if (!s->talk.has_asked || s->args->yes)
		return true;
	printf("\n%s", buf_str(text));
	print_flush();
	fprintf(stderr, "\nwrite %s? [y/N] ", s->path);
	return input_agrees();
}

static int write_file(struct setup *s, const struct buf *text)
{
	struct errinfo ei = ERRINFO_INIT;
	char kept[PATH_MAX];
	int err;

	if (!setup_is_agreed(s, text))
		return ctl_fail("nothing was written");
	interrupt_guard_begin();
	err = setup_file_write(s->path, text, s->args->replace, clock_wall_s(), kept,
			       &s->doctor.s.conf, &ei);
	interrupt_guard_end();
	if (err != 0)
		return ctl_fail("%s", ei.text);
	s->has_replaced = kept[0] != '\0';
	printf("%s is written%s%s\n", s->path,
	       kept[0] != '\0' ? "; what was there is kept as " : "", kept);
	return CTL_OK;
}

/* ---------------------------------------------------------------- what comes then */

static void print_command_line(const struct setup_command *c)
{
	struct buf line;

	buf_init(&line, SETUP_TEXT_MAX);
	setup_text_line(c, &line);
	printf("    sudo %s\n", buf_str(&line));
	buf_fini(&line);
}

static bool may_be_run(const struct setup *s, const char *name)
{
	return s->args->run_certificate ||
	       (s->talk.has_asked && !s->args->yes && program_is_there(name));
}

static bool is_run_agreed(const struct setup *s, const char *name)
{
	if (s->args->run_certificate || !may_be_run(s, name))
		return s->args->run_certificate;
	print_flush();
	fprintf(stderr, "run it now? [y/N] ");
	return input_agrees();
}

/* The program agrees to the authority's terms: that is said before it is run. */
static void get_certificate(struct setup *s, const struct setup_command *c)
{
	struct errinfo ei = ERRINFO_INIT;

	if (may_be_run(s, c->argv[0])) {
		printf("\nThere may be no certificate yet. This gets it, and agrees to the terms "
		       "of its authority:\n\n");
		print_command_line(c);
		putchar('\n');
	}
	if (!is_run_agreed(s, c->argv[0]))
		return;
	print_flush();
	if (program_run(c->argv, &ei) == 0)
		s->certificate = CERTIFICATE_WAS_GOT;
	else
		s->status = ctl_fail("there is no certificate yet: %s", ei.text);
}

static void see_to_certificate(struct setup *s)
{
	struct setup_command first;
	const bool had_failed = s->doctor.report.has_failed;

	if (setup_is(&s->answers, SETUP_CERTIFICATE, "none"))
		return;
	setup_text_command(&s->answers, s->machine.hook, &first);
	if (first.n > 0)
		get_certificate(s, &first);
	if (first.n > 0 && s->certificate != CERTIFICATE_WAS_GOT)
		return;
	doctor_check_tls(&s->doctor);
	if (s->doctor.report.has_failed == had_failed) {
		s->certificate = CERTIFICATE_IS_THERE;
	} else if (first.n > 0) {
		s->status = ctl_fail("there is no certificate yet, although %s has ended well",
				     first.argv[0]);
	} else {
		s->status = ctl_fail("there is no certificate yet");
	}
}

/* The same as "user add", which becomes the owner of the store: nothing that needs root may follow.
 */
static void make_first_account(struct setup *s)
{
	char items[SETUP_ITEMS_MAX][SETUP_ANSWER_MAX];
	char *words[1 + SETUP_ITEMS_MAX] = {s->answers.text[SETUP_USER]};
	struct ctl_args args = {.conf_path = s->path, .n = 1, .operand = words};

	if (setup_is(&s->answers, SETUP_USER, "none"))
		return;
	while (args.n <= SETUP_ITEMS_MAX &&
	       setup_item(&s->answers, SETUP_HOST, (size_t)args.n - 1, items[args.n - 1])) {
		words[args.n] = items[args.n - 1];
		args.n++;
	}
	printf("\nThe account %s, whose secret is shown this once:\n\n", words[0]);
	print_flush();
	if (ctl_user_add(&args) != CTL_OK)
		s->status = CTL_FAILED;
}

/* What mooringd does not start without. */
static void tell_certificate(const struct setup *s)
{
	struct setup_command first;

	setup_text_command(&s->answers, s->machine.hook, &first);
	if (setup_is(&s->answers, SETUP_CERTIFICATE, "none") ||
	    s->certificate == CERTIFICATE_IS_THERE)
		return;
	if (first.n > 0 && s->certificate == CERTIFICATE_IS_LEFT) {
		puts("    # gets the certificate, and agrees to the terms of its authority");
		print_command_line(&first);
	} else {
		printf("    # see to the certificate, %s, and its key, %s\n",
		       s->doctor.s.conf->certificate, s->doctor.s.conf->private_key);
	}
}

static void tell_store_folder(const struct setup *s)
{
	struct errinfo ei = ERRINFO_INIT;
	char folder[PATH_MAX];
	struct buf word;

	if (!setup_is(&s->answers, SETUP_STORE, "sqlite") ||
	    file_folder(s->answers.text[SETUP_STORE_PATH], folder, &ei) != 0 ||
	    access(folder, F_OK) == 0 || (is_default_path(s) && strcmp(folder, UNIT_FOLDER) == 0))
		return;
	buf_init(&word, SETUP_TEXT_MAX);
	buf_add_shell_word(&word, folder);
	printf("    # for the store; the user that mooringd runs as has to be able to write to it\n"
	       "    sudo mkdir %s\n",
	       buf_str(&word));
	buf_fini(&word);
}

static void tell_start(const struct setup *s)
{
	struct buf path;

	if (is_default_path(s)) {
		printf("    sudo systemctl %s mooringd\n    sudo mooringctl doctor\n",
		       s->has_replaced ? "restart" : "enable --now");
		return;
	}
	buf_init(&path, SETUP_TEXT_MAX);
	buf_add_shell_word(&path, s->path);
	printf("    mooringd -c %s\n    mooringctl -c %s doctor\n", buf_str(&path), buf_str(&path));
	buf_fini(&path);
}

/* All that is left, in its order. */
static void tell_next(const struct setup *s)
{
	struct setup_command again;

	puts("\nNext:\n");
	tell_certificate(s);
	tell_store_folder(s);
	tell_start(s);
	setup_text_renewal(&s->answers, s->machine.hook, &again);
	if (again.n > 0) {
		puts("    # and every day, by a timer");
		print_command_line(&again);
	}
}

static int setup_finish(struct setup *s)
{
	struct buf text;
	int status;

	buf_init(&text, SETUP_TEXT_MAX);
	setup_text_conf(&s->answers, &text);
	if (buf_err(&text) != 0)
		status = ctl_fail("the configuration cannot be made: %s", err_str(buf_err(&text)));
	else
		status = s->args->dry_run ? show_file(s, &text) : write_file(s, &text);
	buf_fini(&text);
	if (status != CTL_OK || s->args->dry_run)
		return status;
	see_to_certificate(s);
	make_first_account(s);
	tell_next(s);
	return s->status;
}

static int setup_run(struct setup *s)
{
	struct errinfo ei = ERRINFO_INIT;
	int err;

	/* Told before anybody is asked. */
	if (!s->args->dry_run && setup_file_check(s->path, s->args->replace, &ei) != 0)
		return ctl_fail("%s", ei.text);
	/* An interrupt ends it here, at once: a read that waits would miss one that has just come.
	 */
	err = setup_talk_run(&s->talk, &ei);
	if (err == ERR_INVAL)
		return ctl_wrong_usage("%s", ei.text);
	return err != 0 ? ctl_fail("%s", ei.text) : setup_finish(s);
}

bool ctl_setup_asks(const char *option)
{
	enum setup_question q;

	for (q = 0; q < SETUP_QUESTIONS; q++)
		if (strcmp(setup_row(q)->option, option) == 0)
			return true;
	return false;
}

int ctl_setup(const struct ctl_args *args)
{
	struct setup *s;
	int status;

	if (args->dry_run && args->run_certificate)
		return ctl_wrong_usage("--run-certificate and --dry-run exclude each other");
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ctl_fail("out of memory");
	setup_begin(s, args);
	status = setup_run(s);
	conf_free(s->doctor.s.conf);
	free(s);
	return status;
}
