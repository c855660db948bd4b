/* SPDX-License-Identifier: BSD-2-Clause
 * Replies of DynamoDB to the verbs of the store: each line of the input is one, in the order of the
 * calls, the last one for all that follow. A line that begins with '!' has the error with which the
 * call is refused. */
#include <jansson.h>
#include <uv.h>

#include "aws/aws_dynamodb.h"
#include "calls.h"
#include "fuzz.h"
#include "store/dynamodb.h"
#include "store/history_item.h"
#include "store/item.h"
#include "store/item_owed.h"
#include "store/notice_item.h"
#include "store/store.h"

/* Further ones are refused: a listing of pages that never end. */
enum { ANSWERS_MAX = 8 };

static const struct fqdn zone = {.len = 9, .text = "e.example"};
static const struct fqdn host = {.len = 11, .text = "a.e.example"};
static uv_loop_t loop;
static struct store *store;
static struct slice script;
static unsigned n_answered;

static struct account *account_of(const json_t *item)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = NULL;

	must(item_to_account(item, &zone, &a, &ei) == 0);
	return a;
}

/* What is written of an account is read as the same account. */
static void check_again(const struct account *a)
{
	json_t *item = item_from_account(a), *again;
	struct account *copy = account_of(item);

	must(copy->flaws == 0);
	again = item_from_account(copy);
	must(json_equal(item, again));
	json_decref(item);
	json_decref(again);
	account_free(copy);
}

static void check_account(const struct account *a)
{
	must(account_check_user(slice_of(a->user), NULL) == 0);
	must(a->n_hosts <= ACCOUNT_HOSTS_MAX && strlen(a->secret) <= ACCOUNT_SECRET_MAX);
	must(account_interface_ids(a) <= ACCOUNT_INTERFACE_IDS_MAX);
	must(a->ttl <= ACCOUNT_TTL_MAX);
	must((a->flaws == 0) == (a->flaw_text == NULL));
	must(a->flaws == 0 || !slice_has_control(slice_of(a->flaw_text)));
	if (a->flaws == 0 && !a->is_partial)
		check_again(a);
}

static void answer(void)
{
	static struct slice last;

	if (n_answered++ == 0 || script.len > 0)
		last = fuzz_line(&script);
	if (n_answered > ANSWERS_MAX)
		calls_refuse(slice_of(""));
	else if (last.len > 0 && last.p[0] == '!')
		calls_refuse((struct slice){last.p + 1, last.len - 1});
	else
		calls_answer(last);
}

/* Until the verb has ended. */
static void finish(int started, const unsigned *n_done)
{
	unsigned turns = 0;

	must(started <= 0 && *n_done == 0);
	n_answered = 0;
	while (started == 0 && *n_done == 0) {
		if (calls_are_open())
			answer();
		uv_run(&loop, UV_RUN_NOWAIT);
		must(++turns < 10 * ANSWERS_MAX);
	}
	must(!calls_are_open() && *n_done == (started == 0));
}

static void must_match(int err, const struct errinfo *why)
{
	must(err <= 0 && (err == 0) == (why == NULL));
	if (why != NULL)
		fuzz_must_explain(err, why);
}

static void on_found(void *arg, int err, struct account *account, const struct errinfo *why)
{
	++*(unsigned *)arg;
	must_match(err, why);
	must((err == 0) == (account != NULL));
	if (account == NULL)
		return;
	check_account(account);
	if (account->is_partial && store_read_rest(store, account) == 0)
		check_account(account);
	account_free(account);
}

static void on_done(void *arg, int err, const struct errinfo *why)
{
	++*(unsigned *)arg;
	must_match(err, why);
}

static void on_decided(void *arg, int err, bool is_so, const struct errinfo *why)
{
	++*(unsigned *)arg;
	must_match(err, why);
	must(err == 0 || !is_so);
}

static void check_owners(const struct store_owners *owners)
{
	size_t i;

	must(owners->n <= STORE_OWNERS_MAX);
	for (i = 0; i < owners->n; i++)
		must(account_check_user(slice_of(owners->users[i]), NULL) == 0);
}

static void on_owners(void *arg, int err, const struct store_owners *owners,
		      const struct errinfo *why)
{
	++*(unsigned *)arg;
	must_match(err, why);
	must((err == 0) == (owners != NULL));
	if (owners != NULL)
		check_owners(owners);
}

static void on_each(void *arg, const struct account *account)
{
	(void)arg;
	check_account(account);
}

static void on_claim(void *arg, const struct fqdn *name, const struct store_owners *owners)
{
	struct fqdn again;

	(void)arg;
	must(fqdn_parse(slice_of(name->text), &again) == 0 && fqdn_equal(name, &again));
	check_owners(owners);
}

static void read_slot(const json_t *item)
{
	struct notice n;

	if (notice_item_read(item, &n))
		must(notice_check(&n, NULL) == 0 && notice_item_is(item, n.id, n.target));
}

/* An agent and a word of the answer may be shown as they are. */
static void check_entry(const struct history_entry *e)
{
	must(e->time_s >= 0 && fqdn_equal(&e->host, &host));
	must(!slice_has_control(slice_of(e->user)) && !slice_has_control(slice_of(e->agent)));
	must(!slice_has_control(slice_of(e->verdict)));
	must(e->old.v4.family != ADDR_V6 && e->new.v6.family != ADDR_V4);
}

static void read_history(const json_t *item)
{
	struct history_entry *entries = NULL;
	size_t i, n = 0, again = 0;

	must(history_item_read(item, &host, 0, &entries, &n) == 0);
	for (i = 0; i < n; i++)
		check_entry(&entries[i]);
	must(history_item_read(item, &host, INT64_MAX, &entries, &again) == 0 && again <= n);
	free(entries);
}

/* Each line as an item of a slot, of the history, and as what is told of a table. */
static void read_items(struct slice lines)
{
	while (lines.len > 0) {
		const struct slice line = fuzz_line(&lines);
		json_t *reply = json_loadb(line.p, line.len, 0, NULL);
		const json_t *item = json_object_get(reply, "Item");

		read_slot(item);
		read_history(item);
		must(!item_owed_has_several(item) || json_object_get(item, ITEM_STATE) != NULL);
		must(!item_owed_is_whole(item) || json_object_get(item, ITEM_PASS) != NULL);
		must(!item_owed_is_described(reply) || json_object_get(reply, "Table") != NULL);
		json_decref(reply);
	}
}

static void run_notice_verbs(struct slice lines)
{
	struct notice notice = {
		.id = "e1", .target = "ops", .body = "{}", .made_s = 5, .holder = "aa"};
	unsigned n = 0;

	read_items(lines);
	script = lines;
	finish(store_put_notice(store, &notice, on_done, &n), &n);
	script = lines, n = 0;
	finish(store_claim_notice(store, "e1", "ops", "aa", 5, 9, on_done, &n), &n);
	script = lines, n = 0;
	finish(store_update_notice(store, &notice, on_done, &n), &n);
	script = lines, n = 0;
	finish(store_remove_notice(store, "e1", "ops", "aa", on_done, &n), &n);
}

static void run_verbs(struct slice lines)
{
	const struct store_intent intent = {.name = host,
					    .want = {.v4 = {ADDR_V4, {192, 0, 2, 1}}}};
	const struct store_confirm confirm = {.name = host, .seq = 1};
	unsigned n = 0;

	script = lines;
	finish(store_lookup(store, "a", on_found, &n), &n);
	script = lines, n = 0;
	finish(store_credential(store, "a", on_found, &n), &n);
	script = lines, n = 0;
	finish(store_owners(store, &host, on_owners, &n), &n);
	script = lines, n = 0;
	finish(store_claim(store, &host, "a", on_owners, &n), &n);
	script = lines, n = 0;
	finish(store_list_claims(store, on_each, on_claim, on_done, &n), &n);
	script = lines, n = 0;
	finish(store_is_empty(store, on_decided, &n), &n);
	script = lines, n = 0;
	finish(store_intend(store, "a", &intent, 1, on_done, &n), &n);
	script = lines, n = 0;
	finish(store_confirm(store, "a", &confirm, on_done, &n), &n);
	script = lines, n = 0;
	finish(store_rename(store, "a", "b", on_done, &n), &n);
	run_notice_verbs(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct aws_dynamodb *db;
	struct errinfo ei = ERRINFO_INIT;

	if (db == NULL)
		must(uv_loop_init(&loop) == 0 &&
		     aws_dynamodb_new(&calls_client, NULL, NULL, 1000, &db, &ei) == 0);
	must(store_dynamodb_open(&loop, db, "table", &zone, &store, &ei) == 0);
	run_verbs(fuzz_slice(data, size));
	store_close(store);
	must(uv_run(&loop, UV_RUN_DEFAULT) == 0 && !calls_are_open());
	return 0;
}
