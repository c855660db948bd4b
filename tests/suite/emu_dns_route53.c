/* SPDX-License-Identifier: BSD-2-Clause
 * The Route 53 publisher against the conformance suite, on an emulator: started by the system
 * tests, which make the zone MOORING_TEST_ZONE_ID (dyn.example.com) at
 * MOORING_TEST_ROUTE53_ENDPOINT and set AWS_REGION and the keys. */
#include "dns/route53.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aws/client.h"
#include "aws/aws_route53.h"
#include "dns/dns.h"
#include "suite/dns_suite.h"
#include "kit/real_route53.h"
#include "kit/unit.h"

enum { TIMEOUT_MS = 20000, CALL_TIMEOUT_MS = 10000 };

#define ZONE "dyn.example.com"

struct emulator {
	const char *endpoint, *zone_id;
	struct aws_client *client;
	struct aws_route53 *r53;
	struct real_route53 list;
};

struct emptying {
	bool is_done;
	int err;
	struct errinfo why;
};

static bool is_address(const struct real_route53_set *set)
{
	return strcmp(set->type, "A") == 0 || strcmp(set->type, "AAAA") == 0;
}

static bool is_named(const struct real_route53_set *set, const struct fqdn *name)
{
	const char *text = set->name;
	size_t i;

	for (i = 0; i < name->len; i++) {
		size_t len = name->text[i] == '*' && strncmp(text, "\\052", 4) == 0 ? 4 : 1;

		if (len == 1 && *text != name->text[i])
			return false;
		text += len;
	}
	return strcmp(text, ".") == 0 || *text == '\0';
}

static void on_emptied(void *arg, int err, const char *change_id, const struct aws_error *error)
{
	struct emptying *e = arg;

	(void)change_id;
	e->is_done = true;
	e->err = err;
	if (err != 0)
		e->why = error->why;
}

/* What earlier tests left. */
static int empty(struct emulator *emu, struct uv_loop_s *loop, struct errinfo *ei)
{
	struct aws_route53_change changes[REAL_ROUTE53_MAX];
	struct emptying e = {.why = ERRINFO_INIT};
	size_t i, n = 0;
	int err = real_route53(emu->endpoint, emu->zone_id, NULL, NULL, REAL_ROUTE53_MAX,
			       &emu->list, ei);

	for (i = 0; err == 0 && i < emu->list.n; i++) {
		const struct real_route53_set *set = &emu->list.sets[i];

		if (is_address(set))
			changes[n++] = (struct aws_route53_change){true, set->name, set->type,
								   set->value, set->ttl};
	}
	if (err != 0 || n == 0)
		return err;
	err = aws_route53_change(emu->r53, emu->zone_id, changes, n, on_emptied, &e);
	while (err == 0 && !e.is_done)
		uv_run(loop, UV_RUN_ONCE);
	err = err != 0 ? err : e.err;
	return err != 0 ? err_set(ei, err, "emptying the zone: %s", e.why.text) : 0;
}

static int open_publisher(void *ctx, struct uv_loop_s *loop, const struct fqdn *zone,
			  struct dns **ret, struct errinfo *ei)
{
	struct emulator *emu = ctx;
	int err = aws_client_new(loop, NULL, &emu->client, ei);

	(void)zone;
	if (err != 0)
		return err;
	err = aws_route53_new(emu->client, NULL, emu->endpoint, CALL_TIMEOUT_MS, &emu->r53, ei);
	if (err != 0) {
		aws_client_close(emu->client);
		return err;
	}
	err = empty(emu, loop, ei);
	return err != 0 ? err : dns_route53_open(loop, emu->r53, NULL, emu->zone_id, 0, ret, ei);
}

static void shut(void *ctx)
{
	struct emulator *emu = ctx;

	aws_route53_free(emu->r53);
	aws_client_close(emu->client);
}

/* A listing starts at the name asked for or the next one. */
static int read_record(void *ctx, const struct fqdn *name, enum addr_family family,
		       struct addr *ret, uint32_t *ret_ttl)
{
	const char *type = family == ADDR_V6 ? "AAAA" : "A";
	struct errinfo ei = ERRINFO_INIT;
	struct emulator *emu = ctx;
	const struct real_route53_set *set = &emu->list.sets[0];
	int err = real_route53(emu->endpoint, emu->zone_id, name->text, type, 1, &emu->list, &ei);

	if (err != 0) {
		fprintf(stderr, "%s\n", ei.text);
		return err;
	}
	if (emu->list.n == 0 || strcmp(set->type, type) != 0 || !is_named(set, name))
		return ERR_NOTFOUND;
	*ret_ttl = set->ttl;
	return addr_parse(slice_of(set->value), ret);
}

int main(void)
{
	static struct emulator emu;
	const struct dns_subject subject = {.name = "route53",
					    .zone = ZONE,
					    .open = open_publisher,
					    .read = read_record,
					    .shut = shut,
					    .ctx = &emu,
					    .timeout_ms = TIMEOUT_MS};
	Suite *s = suite_create("emu_dns_route53");
	SRunner *runner = srunner_create(s);
	int failed;

	unit_ignore_sigpipe();
	emu.endpoint = getenv("MOORING_TEST_ROUTE53_ENDPOINT");
	emu.zone_id = getenv("MOORING_TEST_ZONE_ID");
	if (emu.endpoint == NULL || emu.zone_id == NULL) {
		fputs("emu_dns_route53 is started by the system tests\n", stderr);
		return EXIT_FAILURE;
	}
	dns_suite_add(s, &subject);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
