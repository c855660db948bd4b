/* SPDX-License-Identifier: BSD-2-Clause
 * The DynamoDB store against the conformance suite, on an emulator: started by the system tests,
 * which make the table MOORING_TEST_TABLE at MOORING_TEST_DYNAMODB_ENDPOINT and set AWS_REGION and
 * the keys; with MOORING_TEST_PLAIN the emulator has no transactions. */
#include "store/dynamodb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aws/client.h"
#include "aws/aws_dynamodb.h"
#include "store/store.h"
#include "suite/store_suite.h"
#include "kit/unit.h"

enum { TIMEOUT_MS = 120000, CALL_TIMEOUT_MS = 10000, HANDLES_MAX = 4, USERS_MAX = 256 };

/* What open() made beside the stores. */
struct emulator {
	const char *endpoint, *table;
	size_t n;
	struct aws_client *clients[HANDLES_MAX];
	struct aws_dynamodb *dbs[HANDLES_MAX];
};

struct emptying {
	unsigned n_done;
	int err;
	struct errinfo why;
	size_t n;
	char users[USERS_MAX][ACCOUNT_USER_MAX + 1];
};

static void on_each(void *arg, const struct account *account)
{
	struct emptying *e = arg;

	if (e->n < USERS_MAX)
		memcpy(e->users[e->n++], account->user, sizeof(account->user));
}

static void on_done(void *arg, int err, const struct errinfo *why)
{
	struct emptying *e = arg;

	e->n_done++;
	if (err != 0) {
		e->err = err;
		e->why = *why;
	}
}

static int await(struct emptying *e, struct uv_loop_s *loop, int started)
{
	if (started != 0)
		return started;
	while (e->n_done == 0)
		uv_run(loop, UV_RUN_ONCE);
	e->n_done = 0;
	return e->err;
}

static int empty(struct store *s, struct uv_loop_s *loop, struct errinfo *ei)
{
	struct emptying e = {.n = 0};
	int err = await(&e, loop, store_list(s, on_each, on_done, &e));

	while (err == 0 && e.n > 0)
		err = await(&e, loop, store_remove(s, e.users[--e.n], on_done, &e));
	return err != 0 ? err_set(ei, err, "emptying the table: %s", e.why.text) : 0;
}

static int open_store(void *ctx, struct uv_loop_s *loop, bool fresh, struct store **ret,
		      struct errinfo *ei)
{
	struct emulator *emu = ctx;
	int err;

	if (emu->n == HANDLES_MAX)
		return err_set(ei, ERR_LIMIT, "too many handles");
	err = aws_client_new(loop, NULL, &emu->clients[emu->n], ei);
	if (err != 0)
		return err;
	err = aws_dynamodb_new(emu->clients[emu->n], NULL, emu->endpoint, CALL_TIMEOUT_MS,
			       &emu->dbs[emu->n], ei);
	if (err != 0) {
		aws_client_close(emu->clients[emu->n]);
		return err;
	}
	err = store_dynamodb_open(loop, emu->dbs[emu->n++], emu->table, NULL, ret, ei);
	return err == 0 && fresh ? empty(*ret, loop, ei) : err;
}

static void shut(void *ctx)
{
	struct emulator *emu = ctx;

	while (emu->n > 0) {
		emu->n--;
		aws_dynamodb_free(emu->dbs[emu->n]);
		aws_client_close(emu->clients[emu->n]);
	}
}

int main(void)
{
	struct emulator emu = {.endpoint = getenv("MOORING_TEST_DYNAMODB_ENDPOINT"),
			       .table = getenv("MOORING_TEST_TABLE")};
	const struct store_subject subject = {.name = "dynamodb",
					      .open = open_store,
					      .shut = shut,
					      .ctx = &emu,
					      .is_shared = true,
					      .is_plain = getenv("MOORING_TEST_PLAIN") != NULL,
					      .hosts_max = 99,
					      .timeout_ms = TIMEOUT_MS};
	Suite *s = suite_create("emu_store_dynamodb");
	SRunner *runner = srunner_create(s);
	int failed;

	unit_ignore_sigpipe();
	if (emu.endpoint == NULL || emu.table == NULL) {
		fputs("emu_store_dynamodb is started by the system tests\n", stderr);
		return EXIT_FAILURE;
	}
	store_suite_add(s, &subject);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
