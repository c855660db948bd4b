/* SPDX-License-Identifier: BSD-2-Clause
 * The verbs of notices on a DynamoDB table, as one process has them: a command on each line of
 * standard input, its outcome on standard output. Started by tests/system/test_notices.py, with
 * the variables of tests/suite/emu_store_dynamodb.c.
 *
 *	put ID TARGET STATE | claim ID TARGET HOLDER NOW UNTIL | update ID TARGET HOLDER STATE NEXT
 *	remove ID TARGET HOLDER | list
 *
 * An outcome is "ok" or the word of an error, then its sentence; that of a list is on lines of its
 * own before. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aws/aws_dynamodb.h"
#include "aws/client.h"
#include "kit/unit.h"
#include "store/dynamodb.h"
#include "store/notice.h"

enum { CALL_TIMEOUT_MS = 10000, LINE_SIZE = 512, MADE_S = 1800000000 };

struct outcome {
	unsigned n_done;
	int err;
	struct errinfo why;
};

struct command {
	char verb[16], id[80], target[80], third[80], fourth[80], fifth[80];
};

static void on_done(void *arg, int err, const struct errinfo *why)
{
	struct outcome *o = arg;

	o->n_done++;
	o->err = err;
	if (why != NULL)
		o->why = *why;
}

static void on_notice(void *arg, const struct notice *n)
{
	(void)arg;
	printf("%s %s %s %s %u %lld %lld\n", n->id, n->target, notice_state_word(n->state),
	       n->holder[0] != '\0' ? n->holder : "-", n->attempts, (long long)n->next_s,
	       (long long)n->held_until_s);
}

static struct notice notice_of(const struct command *c, const char *state)
{
	struct notice n = {.body = "{}", .made_s = MADE_S};

	str_copy(n.id, sizeof(n.id), slice_of(c->id));
	str_copy(n.target, sizeof(n.target), slice_of(c->target));
	notice_parse_state(slice_of(state), &n.state);
	return n;
}

static int start(struct store *s, const struct command *c, struct outcome *o)
{
	struct notice n;

	if (strcmp(c->verb, "list") == 0)
		return store_list_notices(s, on_notice, on_done, o);
	if (strcmp(c->verb, "claim") == 0)
		return store_claim_notice(s, c->id, c->target, c->third, atoll(c->fourth),
					  atoll(c->fifth), on_done, o);
	if (strcmp(c->verb, "remove") == 0)
		return store_remove_notice(s, c->id, c->target, c->third, on_done, o);
	if (strcmp(c->verb, "put") == 0) {
		n = notice_of(c, c->third);
		return store_put_notice(s, &n, on_done, o);
	}
	n = notice_of(c, c->fourth);
	str_copy(n.holder, sizeof(n.holder), slice_of(c->third));
	n.next_s = atoll(c->fifth);
	n.attempts = 1;
	return store_update_notice(s, &n, on_done, o);
}

static void obey(struct uv_loop_s *loop, struct store *s, const char *line)
{
	struct command c = {.verb = ""};
	struct outcome o = {.n_done = 0};

	sscanf(line, "%15s %79s %79s %79s %79s %79s", c.verb, c.id, c.target, c.third, c.fourth,
	       c.fifth);
	o.err = start(s, &c, &o);
	while (o.err == 0 && o.n_done == 0)
		uv_run(loop, UV_RUN_ONCE);
	printf("%s: %s\n", o.err == 0 ? "ok" : err_str(o.err), o.why.text);
	fflush(stdout);
}

static int serve(struct uv_loop_s *loop, const char *endpoint, const char *table)
{
	struct errinfo ei = ERRINFO_INIT;
	struct aws_client *client = NULL;
	struct aws_dynamodb *db = NULL;
	struct store *s = NULL;
	char line[LINE_SIZE];
	int err = aws_client_new(loop, NULL, &client, &ei);

	if (err == 0)
		err = aws_dynamodb_new(client, NULL, endpoint, CALL_TIMEOUT_MS, &db, &ei);
	if (err == 0)
		err = store_dynamodb_open(loop, db, table, NULL, &s, &ei);
	while (err == 0 && fgets(line, sizeof(line), stdin) != NULL)
		obey(loop, s, line);
	store_close(s);
	aws_dynamodb_free(db);
	if (client != NULL)
		aws_client_close(client);
	uv_run(loop, UV_RUN_DEFAULT);
	if (err != 0)
		fprintf(stderr, "%s\n", ei.text);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
	const char *endpoint = getenv("MOORING_TEST_DYNAMODB_ENDPOINT"),
		   *table = getenv("MOORING_TEST_TABLE");
	uv_loop_t loop;
	int status;

	unit_ignore_sigpipe();
	if (endpoint == NULL || table == NULL || uv_loop_init(&loop) != 0) {
		fputs("emu_notices is started by the system tests\n", stderr);
		return EXIT_FAILURE;
	}
	status = serve(&loop, endpoint, table);
	return uv_loop_close(&loop) == 0 ? status : EXIT_FAILURE;
}
