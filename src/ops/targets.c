/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/targets.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "conf/conf.h"
#include "fetch/fetch.h"
#include "notify/exec.h"
#include "notify/heartbeat.h"
#include "notify/notify_target.h"
#include "notify/smtp.h"
#include "notify/webhook.h"
#include "ops/parts_aws.h"

/* Of a PEM file: longer ones are read in pieces. */
enum { LINE_SIZE = 128 };

static int check_target(const struct conf_notify *c, bool has_curl, struct errinfo *ei)
{
	bool wants_curl = c->type == CONF_NOTIFY_WEBHOOK || c->type == CONF_NOTIFY_SMTP;

	if (wants_curl && !has_curl)
		return err_set(ei, ERR_INVAL,
			       "notify \"%s\": type \"%s\": this program was built without libcurl",
			       c->name, c->type == CONF_NOTIFY_SMTP ? "smtp" : "webhook");
	if (c->type == CONF_NOTIFY_SNS && parts_aws == NULL)
		return err_set(ei, ERR_INVAL,
			       "notify \"%s\": type \"sns\": this program was built without AWS",
			       c->name);
	return 0;
}

int targets_check(const struct conf *conf, struct errinfo *ei)
{
	bool has_curl = fetch_libcurl_version() != NULL;
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < conf->n_notifies; i++)
		err = check_target(&conf->notifies[i], has_curl, ei);
	if (err == 0 && conf->n_heartbeats > 0 && !has_curl)
		err = err_set(ei, ERR_INVAL,
			      "heartbeat \"%s\": this program was built without libcurl",
			      conf->heartbeats[0].name);
	return err;
}

static int open_of_type(struct uv_loop_s *loop, const struct conf *conf,
			const struct conf_notify *c, struct backends *b, struct notify_target **ret,
			struct errinfo *ei)
{
	switch (c->type) {
	case CONF_NOTIFY_SMTP:
		return notify_smtp_new(loop, c, ret, ei);
	case CONF_NOTIFY_SNS:
		return parts_aws->open_sns(loop, conf, c, b, ret, ei);
	case CONF_NOTIFY_EXEC:
		return notify_exec_new(loop, c, (const char *const *)environ, ret);
	default:
		return notify_webhook_new(loop, c, ret, ei);
	}
}

static bool has_certificate(FILE *f)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "-----BEGIN ", 11) == 0 &&
		    strstr(line, "CERTIFICATE-----") != NULL)
			return true;
	return false;
}

/* libcurl reads it with each connection, and only then would say of a file that is missing that
 * nobody is to be trusted. */
static int check_authorities(const char *path, struct errinfo *ei)
{
	FILE *f;
	int err = 0;

	if (*path == '\0')
		return 0;
	f = fopen(path, "re");
	if (f == NULL)
		return err_set(ei, ERR_IO, "ca-file: %s cannot be read: %s", path, strerror(errno));
	if (!has_certificate(f))
		err = err_set(ei, ERR_INVAL, "ca-file: %s has no certificate", path);
	fclose(f);
	return err;
}

static int fail_of(const struct conf_notify *n, int err, const struct errinfo *why,
		   struct errinfo *ei)
{
	return err_set(ei, err, "notify \"%s\": %s", n->name,
		       why->text[0] != '\0' ? why->text : err_str(err));
}

int targets_open_one(struct uv_loop_s *loop, const struct conf *conf, const struct conf_notify *n,
		     struct backends *b, struct notify_target **ret, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = check_authorities(n->ca_file, &why);

	if (err == 0)
		err = open_of_type(loop, conf, n, b, ret, &why);
	return err == 0 ? 0 : fail_of(n, err, &why, ei);
}

int targets_open(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
		 struct notify_target **ret, struct errinfo *ei)
{
	size_t n;
	int err = 0;

	for (n = 0; err == 0 && n < conf->n_notifies; n++)
		err = targets_open_one(loop, conf, &conf->notifies[n], b, &ret[n], ei);
	if (err == 0)
		return 0;
	for (n--; n > 0; n--)
		notify_target_close(ret[n - 1]);
	return err;
}

static int reread_one(const struct conf_notify *n, struct notify_target *target, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = notify_target_reread(target, &why);

	return err == 0 ? 0 : fail_of(n, err, &why, ei);
}

int targets_reread(const struct conf *conf, struct notify_target *const *targets,
		   struct heartbeats *heartbeats, struct errinfo *ei)
{
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < conf->n_notifies; i++)
		err = reread_one(&conf->notifies[i], targets[i], ei);
	if (err == 0)
		err = heartbeats_reread(heartbeats, ei);
	for (i = 0; i < conf->n_notifies; i++)
		notify_target_settle(targets[i], err == 0);
	heartbeats_settle(heartbeats, err == 0);
	return err;
}

/* ---------------------------------------------------------------- before the start */

/* Ends what was closed. The error is that of a configuration, whatever it was, but for want of
 * memory. */
static int end_try(uv_loop_t *loop, int err, const struct errinfo *why, struct errinfo *ei)
{
	uv_run(loop, UV_RUN_DEFAULT);
	if (uv_loop_close(loop) != 0)
		abort(); /* a target left a handle open: a bug */
	if (err == 0)
		return 0;
	return err_set(ei, err == ERR_NOMEM ? err : ERR_INVAL, "%s", why->text);
}

int targets_try_one(const struct conf *conf, const struct conf_notify *n, struct errinfo *ei)
{
	struct notify_target *target = NULL;
	struct errinfo why = ERRINFO_INIT;
	uv_loop_t loop;
	int err;

	/* It has no files, and its keys pass and come back. */
	if (n->type == CONF_NOTIFY_SNS)
		return 0;
	if (uv_loop_init(&loop) != 0)
		return err_set(ei, ERR_NOMEM, "no event loop");
	err = targets_open_one(&loop, conf, n, NULL, &target, &why);
	notify_target_close(target);
	return end_try(&loop, err, &why, ei);
}

int targets_try_heartbeats(const struct conf *conf, struct errinfo *ei)
{
	struct heartbeats *h = NULL;
	struct errinfo why = ERRINFO_INIT;
	uv_loop_t loop;
	int err;

	if (conf->n_heartbeats == 0)
		return 0;
	if (uv_loop_init(&loop) != 0)
		return err_set(ei, ERR_NOMEM, "no event loop");
	err = heartbeats_new(&loop, conf, &h, &why);
	heartbeats_close(h);
	return end_try(&loop, err, &why, ei);
}

int targets_try(const struct conf *conf, struct errinfo *ei)
{
	size_t i;
	int err = targets_try_heartbeats(conf, ei);

	for (i = 0; err == 0 && i < conf->n_notifies; i++)
		err = targets_try_one(conf, &conf->notifies[i], ei);
	return err;
}

bool targets_lacks_program(const struct conf_notify *n)
{
	return n->type == CONF_NOTIFY_EXEC && access(n->command.at[0], X_OK) != 0;
}
