/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/fake_dynamodb.h"

#include <stdio.h>
#include <uv.h>

#include "aws/aws_dynamodb.h"
#include "base/buf.h"
#include "base/clock.h"
#include "kit/json_text.h"
#include "store/dynamodb.h"
#include "store/item.h"
#include "kit/unit.h"

enum { STEPS_MAX = 320, ACTIONS_TEXT_MAX = 8192, GET_REQUEST_MAX = 512 };

struct call {
	aws_json_fn *done;
	void *arg;
	const struct fake_dynamodb_step *step;
};

struct store *fake_dynamodb_store;

static uv_loop_t loop;
static struct fqdn zone;
static struct fake_dynamodb_step steps[STEPS_MAX];
static size_t n_steps, n_called, n_answered;
static char get_requests[STEPS_MAX][GET_REQUEST_MAX];
static struct call calls[STEPS_MAX];
static int refusal;

static void check_request(const struct fake_dynamodb_step *step, const json_t *request)
{
	json_t *want, *value;
	const char *key;
	char *dump;

	if (step->request == NULL)
		return;
	want = json_text(step->request);
	dump = json_dumps(request, JSON_SORT_KEYS);
	json_object_foreach(want, key, value)
		ck_assert_msg(json_equal(json_object_get(request, key), value),
			      "%s: %s differs in %s", step->operation, key, dump);
	free(dump);
	json_decref(want);
}

static const char *user_of(const json_t *content)
{
	const json_t *key = json_object_get(content, "Key");

	if (key == NULL)
		key = json_object_get(content, "Item");
	return json_string_value(json_object_get(json_object_get(key, "user"), "S"));
}

/* By a member alone, or in a state that is written as a whole. */
static bool makes_over(const json_t *content)
{
	char *values = json_dumps(json_object_get(content, "ExpressionAttributeValues"), 0);
	bool is_over = values != NULL && strstr(values, "over") != NULL;

	free(values);
	return is_over;
}

static void check_actions(const struct fake_dynamodb_step *step, const json_t *request)
{
	const char *operation;
	json_t *action, *content;
	struct buf got;
	size_t i;

	if (step->actions == NULL)
		return;
	buf_init(&got, ACTIONS_TEXT_MAX);
	json_array_foreach(json_object_get(request, "TransactItems"), i, action) {
		json_object_foreach(action, operation, content) {
			buf_addf(&got, "%s%s %s%s", i > 0 ? ", " : "", operation, user_of(content),
				 makes_over(content) ? " over" : "");
		}
	}
	ck_assert_str_eq(buf_str(&got), step->actions);
	buf_fini(&got);
}

int aws_dynamodb_call(struct aws_dynamodb *db, const char *operation, const json_t *request,
		      aws_json_fn *done, void *arg)
{
	int err = refusal;

	(void)db;
	refusal = 0;
	if (err != 0)
		return err;
	/* No ck_assert(): it allocates, and a test may have made allocations fail. */
	if (n_called == n_steps)
		ck_abort_msg("unexpected call of %s", operation);
	if (strcmp(operation, steps[n_called].operation) != 0)
		ck_abort_msg("%s instead of %s", operation, steps[n_called].operation);
	check_request(&steps[n_called], request);
	check_actions(&steps[n_called], request);
	calls[n_called] = (struct call){done, arg, &steps[n_called]};
	n_called++;
	return 0;
}

static void answer(const struct call *call)
{
	const struct fake_dynamodb_step *step = call->step;
	struct aws_error error = {
		.err = step->err, .status = 400, .message = "", .attempts = step->attempts};
	json_t *json = NULL, *reasons = NULL;

	if (step->err == 0) {
		json = json_text(step->reply != NULL ? step->reply : "{}");
		call->done(call->arg, 0, json, NULL);
		json_decref(json);
		return;
	}
	if (step->item != NULL)
		json = json_text(step->item);
	if (step->reasons != NULL)
		reasons = json_text(step->reasons);
	error.item = json;
	error.reasons = reasons;
	snprintf(error.code, sizeof(error.code), "%s", step->code != NULL ? step->code : "");
	err_set(&error.why, step->err, "DynamoDB said so");
	call->done(call->arg, step->err, NULL, &error);
	json_decref(json);
	json_decref(reasons);
}

void fake_dynamodb_setup(void)
{
	struct errinfo ei = ERRINFO_INIT;

	n_steps = n_called = n_answered = 0;
	refusal = 0;
	fake_clock_ms = 1000;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	zone = value_name("dyn.example.com");
	ck_assert_int_eq(store_dynamodb_open(&loop, NULL, "t-1", &zone, &fake_dynamodb_store, &ei),
			 0);
}

void fake_dynamodb_setup_plain(void)
{
	static const struct fake_dynamodb_step unknown = {.operation = "TransactWriteItems",
							  .err = ERR_REFUSED,
							  .code = "UnknownOperationException"};
	static const struct fake_dynamodb_step put = {.operation = "PutItem"};
	struct account *account;
	struct fake_dynamodb_answer a = {0};
	int err;

	fake_dynamodb_setup();
	fake_dynamodb_expect(&unknown);
	fake_dynamodb_expect(&put);
	account = fake_dynamodb_account(
		"{'user':{'S':'first'},'pass':{'S':'x'},'host':{'S':'first.example.com'}}");
	err = store_put(fake_dynamodb_store, account, STORE_CREATE, fake_dynamodb_on_done, &a);
	account_free(account);
	ck_assert_int_eq(fake_dynamodb_finish(err, &a), 0);
}

void fake_dynamodb_teardown(void)
{
	store_close(fake_dynamodb_store);
	fake_dynamodb_store = NULL;
	fake_dynamodb_run();
	ck_assert_uint_eq(n_called, n_steps);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_msg(uv_loop_close(&loop) == 0, "a handle was left open");
}

void fake_dynamodb_expect(const struct fake_dynamodb_step *step)
{
	ck_assert_uint_lt(n_steps, STEPS_MAX);
	steps[n_steps++] = *step;
}

void fake_dynamodb_expect_reply(const char *operation, const char *request, const char *reply)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = operation, .request = request, .reply = reply});
}

void fake_dynamodb_expect_error(const char *operation, int err)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = operation, .err = err});
}

void fake_dynamodb_expect_get(const char *user, const char *reply)
{
	char *request = get_requests[n_steps];

	ck_assert_uint_lt(n_steps, STEPS_MAX);
	snprintf(request, sizeof(get_requests[0]),
		 "{'TableName':'t-1','Key':{'user':{'S':'%s'}},'ConsistentRead':true}", user);
	fake_dynamodb_expect_reply("GetItem", request, reply);
}

void fake_dynamodb_refuse_call(int err)
{
	refusal = err;
}

void fake_dynamodb_run(void)
{
	do {
		while (n_answered < n_called)
			answer(&calls[n_answered++]);
		uv_run(&loop, UV_RUN_NOWAIT);
	} while (n_answered < n_called);
}

int fake_dynamodb_finish(int started, struct fake_dynamodb_answer *a)
{
	ck_assert_msg(a->n_calls == 0, "done was called from inside of the call");
	fake_dynamodb_run();
	ck_assert_uint_eq(a->n_calls, started < 0 ? 0 : 1);
	return started < 0 ? started : a->err;
}

void fake_dynamodb_on_lookup(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct fake_dynamodb_answer *a = arg;

	ck_assert_int_eq(account != NULL, err == 0);
	a->account = account;
	fake_dynamodb_on_done(arg, err, why);
}

void fake_dynamodb_on_done(void *arg, int err, const struct errinfo *why)
{
	struct fake_dynamodb_answer *a = arg;

	a->n_calls++;
	a->err = err;
	ck_assert_int_eq(why != NULL, err != 0);
	if (why != NULL) {
		ck_assert_int_eq(why->code, err);
		snprintf(a->why, sizeof(a->why), "%s", why->text);
	}
}

static void close_store(void)
{
	store_close(fake_dynamodb_store);
	fake_dynamodb_store = NULL;
}

void fake_dynamodb_on_each(void *arg, const struct account *account)
{
	struct fake_dynamodb_listing *l = arg;
	size_t len = strlen(l->users);

	ck_assert_uint_lt(len + strlen(account->user) + 1, sizeof(l->users));
	snprintf(l->users + len, sizeof(l->users) - len, "%s ", account->user);
	if (++l->n == l->close_at)
		close_store();
}

void fake_dynamodb_on_waits(void *arg, int err, const struct errinfo *why)
{
	struct fake_dynamodb_listing *l = arg;

	ck_assert_str_eq(why->text, "table t-1: DynamoDB said so");
	l->waits_err = err;
	if (++l->n_waits == l->close_at_wait)
		close_store();
}

void fake_dynamodb_on_listed(void *arg, int err, const struct errinfo *why)
{
	fake_dynamodb_on_done(&((struct fake_dynamodb_listing *)arg)->answer, err, why);
}

int fake_dynamodb_list(struct fake_dynamodb_listing *l)
{
	return fake_dynamodb_finish(
		store_list(fake_dynamodb_store, fake_dynamodb_on_each, fake_dynamodb_on_listed, l),
		&l->answer);
}

int fake_dynamodb_lookup(const char *user, struct fake_dynamodb_answer *a)
{
	*a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(
		store_lookup(fake_dynamodb_store, user, fake_dynamodb_on_lookup, a), a);
}

int fake_dynamodb_intend(const char *name, uint64_t expect_seq, const char *v4,
			 struct fake_dynamodb_answer *a)
{
	struct host_state expect = {.seq = expect_seq};

	return fake_dynamodb_intend_after(name, &expect, v4, a);
}

int fake_dynamodb_intend_after(const char *name, const struct host_state *expect, const char *v4,
			       struct fake_dynamodb_answer *a)
{
	struct store_intent intent = {.name = value_name(name), .expect = *expect};
	int err;

	*a = (struct fake_dynamodb_answer){0};
	ck_assert_int_eq(addr_parse(slice_of(v4), &intent.want.v4), 0);
	err = store_intend(fake_dynamodb_store, "bob", &intent, 1, fake_dynamodb_on_done, a);
	memset(&intent, 0xff, sizeof(intent));
	return fake_dynamodb_finish(err, a);
}

int fake_dynamodb_confirm(const char *name, uint64_t seq, struct fake_dynamodb_answer *a)
{
	struct store_confirm c = {.name = value_name(name), .seq = seq, .time_s = 1700000000};
	int err;

	*a = (struct fake_dynamodb_answer){0};
	err = store_confirm(fake_dynamodb_store, "bob", &c, fake_dynamodb_on_done, a);
	memset(&c, 0xff, sizeof(c));
	return fake_dynamodb_finish(err, a);
}

struct host_state fake_dynamodb_state(const char *item)
{
	struct host_state state;
	struct fake_dynamodb_answer a;
	char reply[1024];

	ck_assert_int_lt(snprintf(reply, sizeof(reply), "{'Item':%s}", item), (int)sizeof(reply));
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "GetItem", .reply = reply});
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &a), 0);
	ck_assert_uint_eq(a.account->n_hosts, 1);
	state = a.account->hosts[0].state;
	account_free(a.account);
	return state;
}

struct account *fake_dynamodb_account(const char *item_text)
{
	json_t *item = json_text(item_text);
	struct account *a;

	ck_assert_int_eq(item_to_account(item, NULL, &a, NULL), 0);
	json_decref(item);
	return a;
}
