/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/targets.h"

#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "conf/conf.h"
#include "fetch/fetch.h"
#include "notify/exec.h"
#include "notify/notify_target.h"
#include "notify/smtp.h"
#include "notify/webhook.h"
#include "ops/parts_aws.h"

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

int targets_open_one(struct uv_loop_s *loop, const struct conf *conf, const struct conf_notify *n,
		     struct backends *b, struct notify_target **ret, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = open_of_type(loop, conf, n, b, ret, &why);

	if (err == 0)
		return 0;
	return err_set(ei, err, "notify \"%s\": %s", n->name,
		       why.text[0] != '\0' ? why.text : err_str(err));
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
