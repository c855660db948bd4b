/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/targets.h"

#include "conf/conf.h"
#include "notify/notify_target.h"
#include "notify/webhook.h"

static int open_of_type(struct uv_loop_s *loop, const struct conf_notify *n,
			struct notify_target **ret, struct errinfo *ei)
{
	switch (n->type) {
	case CONF_NOTIFY_WEBHOOK:
		return notify_webhook_new(loop, n, ret, ei);
	default:
		return err_set(ei, ERR_INVAL, "this build has no targets of that type");
	}
}

int targets_open_one(struct uv_loop_s *loop, const struct conf *conf, const struct conf_notify *n,
		     struct backends *b, struct notify_target **ret, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = open_of_type(loop, n, ret, &why);

	(void)conf;
	(void)b;
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
