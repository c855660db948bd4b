/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_call.h"

#include <stdio.h>
#include <string.h>

#include "aws/client.h"
#include "aws/aws_dynamodb.h"
#include "aws/route53_change.h"
#include "aws/route53_list.h"
#include "aws/route53_zone.h"
#include "base/rand.h"
#include "conf/conf.h"

/* RFC 7617: a login holds no colon. */
#define NO_LOGIN ":mooringctl doctor"
/* Has the form of a change id, but is none that Route 53 would ever assign. */
#define NO_CHANGE "C0000000000000000000"

enum { RANDOM_LEN = 16, TEST_TTL = 60 };
/* RFC 5737 */
static const char test_addr[] = "192.0.2.1";

struct wait {
	bool done;
	struct doctor_call *call;
	void *found; /* where what was found goes */
};

static void doctor_call_take(struct doctor_call *call, int err, const struct aws_error *error)
{
	call->was_asked = true;
	call->err = err;
	if (error == NULL)
		return;
	str_copy(call->code, sizeof(call->code), slice_of(error->code));
	str_printable(call->message, sizeof(call->message), slice_of(error->message));
	str_copy(call->text, sizeof(call->text), slice_of(error->why.text));
}

static void doctor_call_finish(struct wait *w, int err, const struct aws_error *error)
{
	doctor_call_take(w->call, err, error);
	w->done = true;
}

/* Waits for the end of a call that returned started; with an error there is nothing to wait for. */
static void wait_for(struct session *s, struct wait *w, int started)
{
	if (started == 0) {
		session_run(s, &w->done);
		return;
	}
	w->call->was_asked = true;
	w->call->err = started;
	str_copy(w->call->text, sizeof(w->call->text), slice_of(err_str(started)));
}

/* ---- who we are ---- */

struct credentials_wait {
	struct aws_credentials_wait base;
	bool done;
	int err;
	struct aws_credentials *creds;
	struct errinfo *ei;
};

static void on_credentials(void *arg, int err, struct aws_credentials *creds,
			   const struct errinfo *why)
{
	struct credentials_wait *w = arg;

	w->done = true;
	w->err = err;
	if (err == 0)
		w->creds = aws_credentials_ref(creds);
	else
		err_set(w->ei, err, "%s", why->text);
}

int doctor_call_credentials(struct session *s, struct aws_credentials **ret, struct errinfo *ei)
{
	struct credentials_wait w = {.base = {.done = on_credentials}, .ei = ei};

	w.base.arg = &w;
	aws_provider_get(aws_client_provider(s->backends.aws), false, &w.base);
	session_run(s, &w.done);
	if (w.err == 0)
		*ret = w.creds;
	return w.err;
}

static void on_caller(void *arg, int err, const struct aws_caller *caller,
		      const struct aws_error *error)
{
	struct wait *w = arg;

	if (err == 0)
		*(struct aws_caller *)w->found = *caller;
	doctor_call_finish(w, err, error);
}

void doctor_call_caller(struct session *s, const char *region, const char *fallback,
			struct aws_caller *ret, struct doctor_call *call)
{
	struct wait w = {.call = call, .found = ret};
	struct errinfo ei = ERRINFO_INIT;
	struct aws_sts *sts = NULL;
	int err = aws_sts_new(s->backends.aws, region, &sts, &ei);

	if (err == ERR_NOTFOUND) {
		err_reset(&ei);
		err = aws_sts_new(s->backends.aws, fallback, &sts, &ei);
	}
	wait_for(s, &w, err == 0 ? aws_sts_get_caller(sts, on_caller, &w) : err);
	if (err != 0)
		str_copy(call->text, sizeof(call->text), slice_of(ei.text));
	aws_sts_free(sts);
}

/* ---- the table ---- */

static json_t *table_request(enum permission p, const char *table)
{
	static const char never[] = "attribute_exists(#u) AND attribute_not_exists(#u)";

	if (p == PERMISSION_SCAN)
		return json_pack("{s:s, s:i}", "TableName", table, "Limit", 1);
	if (p == PERMISSION_GET_ITEM)
		return json_pack("{s:s, s:{s:{s:s}}}", "TableName", table, "Key", "user", "S",
				 NO_LOGIN);
	return json_pack("{s:s, s:{s:{s:s}}, s:s, s:{s:s}}", "TableName", table,
			 p == PERMISSION_PUT_ITEM ? "Item" : "Key", "user", "S", NO_LOGIN,
			 "ConditionExpression", never, "ExpressionAttributeNames", "#u", "user");
}

static void on_table(void *arg, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	doctor_call_finish(arg, err, error);
}

void doctor_call_table(struct session *s, enum permission p, struct doctor_call *call)
{
	const char *operation = strchr(permission_info(p)->action, ':') + 1;
	struct wait w = {.call = call};
	json_t *request = table_request(p, s->conf->store.table);

	wait_for(s, &w,
		 request != NULL
			 ? aws_dynamodb_call(s->backends.dynamodb, operation, request, on_table, &w)
			 : ERR_NOMEM);
	json_decref(request);
}

static void on_described(void *arg, int err, const json_t *reply, const struct aws_error *error)
{
	struct wait *w = arg;

	if (err == 0)
		*(json_t **)w->found = json_deep_copy(reply);
	doctor_call_finish(w, err, error);
}

json_t *doctor_call_describe(struct session *s, const char *action, struct doctor_call *call)
{
	json_t *found = NULL;
	struct wait w = {.call = call, .found = &found};
	json_t *request = json_pack("{s:s}", "TableName", s->conf->store.table);

	wait_for(s, &w,
		 request != NULL ? aws_dynamodb_call(s->backends.dynamodb, strchr(action, ':') + 1,
						     request, on_described, &w)
				 : ERR_NOMEM);
	json_decref(request);
	return found;
}

/* ---- a zone ---- */

static void on_changed(void *arg, int err, const char *change_id, const struct aws_error *error)
{
	(void)change_id;
	doctor_call_finish(arg, err, error);
}

static void doctor_call_submit(struct session *s, const struct backend_zone *zone,
			       const struct aws_route53_change *changes, size_t n,
			       struct doctor_call *call)
{
	struct wait w = {.call = call};

	wait_for(s, &w,
		 aws_route53_change(zone->route53, zone->conf->hosted_zone_id, changes, n,
				    on_changed, &w));
}

static int make_name(char out[FQDN_TEXT_MAX + 1], const struct fqdn *zone)
{
	char random[RANDOM_LEN + 1];
	int n;

	rand_text(random, RANDOM_LEN);
	n = snprintf(out, FQDN_TEXT_MAX + 1, "mooring-doctor-%s.%s", random, zone->text);
	return n > 0 && n <= FQDN_TEXT_MAX ? 0 : ERR_LIMIT;
}

/* Sends a batch that Route 53 refuses without changing anything, because it deletes a record that
 * does not exist. That is the first change, for emulators that carry a batch out up to an error. */
void doctor_call_change(struct session *s, const struct backend_zone *zone,
			struct doctor_call *call)
{
	char absent[FQDN_TEXT_MAX + 1], unwanted[FQDN_TEXT_MAX + 1];
	const struct aws_route53_change changes[] = {
		{true, absent, "A", test_addr, TEST_TTL},
		{false, unwanted, "A", test_addr, TEST_TTL},
		{true, unwanted, "A", test_addr, TEST_TTL},
	};
	struct doctor_call undo = {.was_asked = false};

	if (make_name(absent, &zone->conf->name) != 0 ||
	    make_name(unwanted, &zone->conf->name) != 0) {
		str_copy(call->text, sizeof(call->text),
			 slice_of("the zone's name is too long for another label"));
		call->err = ERR_LIMIT;
		call->was_asked = true;
		return;
	}
	doctor_call_submit(s, zone, changes, 2, call);
	if (call->err == 0)
		doctor_call_submit(s, zone, changes + 2, 1, &undo);
}

static void on_status(void *arg, int err, bool is_insync, const struct aws_error *error)
{
	(void)is_insync;
	doctor_call_finish(arg, err, error);
}

void doctor_call_get_change(struct session *s, const struct backend_zone *zone,
			    struct doctor_call *call)
{
	struct wait w = {.call = call};

	wait_for(s, &w, aws_route53_get_change(zone->route53, NO_CHANGE, on_status, &w));
}

static void on_doctor_call_set(void *arg, const struct aws_route53_set *set)
{
	(void)arg;
	(void)set;
}

static void on_doctor_call_page(void *arg, int err, const struct aws_route53_place *next,
				const struct aws_error *error)
{
	(void)next;
	doctor_call_finish(arg, err, error);
}

void doctor_call_list(struct session *s, const struct backend_zone *zone, struct doctor_call *call)
{
	const struct aws_route53_place first = {.name = ""};
	struct wait w = {.call = call};

	wait_for(s, &w,
		 aws_route53_list_page(zone->route53, zone->conf->hosted_zone_id, &first, 1,
				       on_doctor_call_set, on_doctor_call_page, &w));
}

static void on_zone(void *arg, int err, const struct aws_route53_zone *zone,
		    const struct aws_error *error)
{
	struct wait *w = arg;

	if (err == 0)
		*(struct aws_route53_zone *)w->found = *zone;
	doctor_call_finish(w, err, error);
}

void doctor_call_zone(struct session *s, const struct backend_zone *zone,
		      struct aws_route53_zone *ret, struct doctor_call *call)
{
	struct wait w = {.call = call, .found = ret};

	wait_for(s, &w,
		 aws_route53_get_zone(zone->route53, zone->conf->hosted_zone_id, on_zone, &w));
}

static void on_limit(void *arg, int err, const struct aws_route53_limit *limit,
		     const struct aws_error *error)
{
	struct wait *w = arg;

	if (err == 0)
		*(struct aws_route53_limit *)w->found = *limit;
	doctor_call_finish(w, err, error);
}

void doctor_call_limit(struct session *s, const struct backend_zone *zone,
		       struct aws_route53_limit *ret, struct doctor_call *call)
{
	struct wait w = {.call = call, .found = ret};

	wait_for(s, &w,
		 aws_route53_get_limit(zone->route53, zone->conf->hosted_zone_id, on_limit, &w));
}
