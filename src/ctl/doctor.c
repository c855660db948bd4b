/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl doctor: is everything there that the configuration relies on? */
#include "ctl/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "account/pepper.h"
#include "conf/conf.h"
#include "ctl/doctor_accounts.h"
#include "ctl/doctor_parts.h"
#include "ctl/doctor_tls.h"
#include "ctl/doctor_zone.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "ctl/waiting.h"
#include "ops/backends.h"
#include "ops/pseudonym_file.h"
#include "ops/store_mode.h"
#include "ops/targets.h"
#include "ops/versions.h"

static const char *store_name(const struct conf *conf)
{
	static const char *const names[] = {
		[CONF_STORE_SQLITE] = "sqlite", [CONF_STORE_DYNAMODB] = "dynamodb"};

	return names[conf->store.type];
}

static bool check_configuration(struct doctor *d, const struct ctl_args *args)
{
	struct errinfo ei = ERRINFO_INIT;

	if (session_load(&d->s, args, &ei) != 0 || backends_check(d->s.conf, &ei) != 0) {
		report_add(&d->report, REPORT_FAIL, "configuration", "%s", ei.text);
		return false;
	}
	report_add(&d->report, REPORT_OK, "configuration", "%s: store %s, %zu zone%s",
		   args->conf_path != NULL ? args->conf_path : "the environment",
		   store_name(d->s.conf), d->s.conf->n_zones, d->s.conf->n_zones == 1 ? "" : "s");
	return true;
}

/* A missing SQLite store is reported and not opened, because opening it would create it. */
static bool is_absent(const struct conf *conf)
{
	struct stat st;

	return conf->store.type == CONF_STORE_SQLITE && stat(conf->store.path, &st) != 0 &&
	       errno == ENOENT;
}

static void open_store(struct doctor *d)
{
	const char *problem = store_mode_problem(d->s.conf);
	struct errinfo ei = ERRINFO_INIT;

	if (problem != NULL)
		report_add(&d->report, REPORT_WARN, "store", "%s: %s", d->s.conf->store.path,
			   problem);

	if (is_absent(d->s.conf))
		report_add(&d->report, REPORT_WARN, "store",
			   "there is no database %s yet: mooringd makes it, or \"user add\"",
			   d->s.conf->store.path);
	else if (session_open_store(&d->s, &ei) != 0)
		report_add(&d->report, REPORT_FAIL, "store", "%s", ei.text);
}

static void check_peppers(struct doctor *d)
{
	struct errinfo ei = ERRINFO_INIT;
	const struct peppers *peppers;

	if (*d->s.conf->pepper_file == '\0')
		return;
	if (session_peppers(&d->s, &peppers, &ei) != 0)
		report_add(&d->report, REPORT_FAIL, "peppers", "%s", ei.text);
	else
		report_add(&d->report, REPORT_OK, "peppers", "new secrets get version %u of %s",
			   (unsigned)peppers_newest(peppers), d->s.conf->pepper_file);
}

static void check_pseudonyms(struct doctor *d)
{
	const char *path = d->s.conf->pseudonym_key_file;
	struct errinfo ei = ERRINFO_INIT;

	if (*path == '\0')
		return;
	if (pseudonym_file_setup(path, PSEUDONYM_NONE, &ei) != 0)
		report_add(&d->report, REPORT_FAIL, "pseudonyms", "%s", ei.text);
	else
		report_add(&d->report, REPORT_OK, "pseudonyms", "the key is in %s", path);
}

/* Nobody is asked: "notify test" does that. */
static void check_target(struct doctor *d, const struct conf_notify *n)
{
	struct errinfo ei = ERRINFO_INIT;

	if (targets_try_one(d->s.conf, n, &ei) != 0)
		report_add(&d->report, REPORT_FAIL, "notify", "%s", ei.text);
	else if (targets_lacks_program(n))
		report_add(&d->report, REPORT_FAIL, "notify",
			   "notify \"%s\": command: %s cannot be run by this user", n->name,
			   n->command.at[0]);
	else
		report_add(&d->report, REPORT_OK, "notify",
			   "notify \"%s\" has its files: \"mooringctl notify test\" asks it",
			   n->name);
}

static void check_targets(struct doctor *d)
{
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	for (i = 0; i < d->s.conf->n_notifies; i++)
		check_target(d, &d->s.conf->notifies[i]);
	if (targets_try_heartbeats(d->s.conf, &ei) != 0)
		report_add(&d->report, REPORT_FAIL, "heartbeat", "%s", ei.text);
}

static bool open_zones(struct doctor *d)
{
	struct errinfo ei = ERRINFO_INIT;
	bool is_open = session_open_zones(&d->s, &ei) == 0;

	if (!is_open)
		report_add(&d->report, REPORT_FAIL, "zones", "%s", ei.text);
	d->zones = calloc(d->s.conf->n_zones, sizeof(*d->zones));
	return is_open && d->zones != NULL;
}

static void check_store(struct doctor *d)
{
	const struct conf *conf = d->s.conf;

	if (d->s.backends.store == NULL)
		return; /* which was reported */
	if (doctor_parts != NULL && conf->store.type == CONF_STORE_DYNAMODB)
		doctor_parts->check_table(d);
	else
		doctor_check_accounts(d);
}

static void check_zones(struct doctor *d)
{
	size_t i;

	for (i = 0; i < d->s.backends.n_zones; i++)
		if (doctor_parts != NULL && d->s.backends.zones[i].hosted != NULL)
			doctor_parts->check_hosted(d, i);
		else
			doctor_check_builtin(d, d->s.backends.zones[i].conf);
}

static void report_policy(struct doctor *d, enum report_result result, json_t **policy,
			  const char *detail)
{
	if (!policy_is_empty(*policy))
		report_add_policy(&d->report, result, json_incref(*policy), detail);
	json_decref(*policy);
	*policy = NULL;
}

static void doctor_run(struct doctor *d, const struct ctl_args *args)
{
	char versions[VERSIONS_TEXT_MAX];

	report_add(&d->report, REPORT_OK, "libraries", "%s", versions_print(versions));
	if (!check_configuration(d, args))
		return;
	doctor_check_tls(d);
	open_store(d);
	check_peppers(d);
	check_pseudonyms(d);
	check_targets(d);
	if (!open_zones(d))
		return;
	if (doctor_parts != NULL && d->s.backends.aws != NULL)
		doctor_parts->check_aws(d);
	check_store(d);
	check_zones(d);
	report_policy(d, REPORT_FAIL, &d->required,
		      "this is missing, and needed: add it to the policy of these credentials");
	report_policy(d, REPORT_WARN, &d->optional,
		      "this is missing, and wanted for what the warnings above name");
}

/* Of --resolver and --dns-port, whose values were checked. */
static void take_options(struct doctor *d, const struct ctl_args *args)
{
	uint64_t port = RESOLVER_PORT;

	resolver_system(&d->resolvers);
	if (args->resolver != NULL) {
		d->resolvers.n = 1;
		resolver_parse(slice_of(args->resolver), &d->resolvers.at[0]);
	}
	if (args->dns_port != NULL)
		str_parse_uint(slice_of(args->dns_port), UINT16_MAX, &port);
	d->dns_port = (uint16_t)port;
}

/* On the thread of the line. */
static size_t count_results(void *arg)
{
	struct doctor *d = arg;

	return atomic_load(&d->report.n);
}

int ctl_doctor(const struct ctl_args *args)
{
	struct doctor *d = calloc(1, sizeof(*d));
	int status;

	if (d == NULL)
		return ctl_fail("out of memory");
	take_options(d, args);
	d->required = policy_new();
	d->optional = policy_new();
	if (args->policy && doctor_parts == NULL) {
		status = ctl_fail("this mooringctl was built without AWS, and no other policy is "
				  "known");
	} else if (args->policy) {
		status = doctor_parts->print_policy(d, args);
	} else {
		report_init(&d->report, args->json);
		waiting_begin("doctor", "results", 0, count_results, d);
		doctor_run(d, args);
		waiting_end();
		status = report_finish(&d->report);
	}
	if (doctor_parts != NULL)
		doctor_parts->forget_keys(d);
	session_close(&d->s);
	json_decref(d->required);
	json_decref(d->optional);
	free(d->zones);
	free(d);
	return status;
}
