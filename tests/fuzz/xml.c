/* SPDX-License-Identifier: BSD-2-Clause
 * A reply of Route 53 or STS: the whole input is the document, which every reader of XML gets. */
#include "aws/xml.h"

#include "aws/aws_route53_int.h"
#include "aws/keydoc.h"
#include "aws/route53_change.h"
#include "aws/route53_limit.h"
#include "aws/route53_list.h"
#include "aws/route53_zone.h"
#include "aws/sts.h"
#include "calls.h"
#include "fuzz.h"

static struct aws_route53 route53 = {.state = {.client = &calls_client}};

/* A leaf has a path and a text, which can be written again if XML can carry it. */
static int on_leaf(void *arg, const char *path, const char *text)
{
	unsigned *n = arg;
	struct buf out;

	must(++*n <= XML_LEAVES_MAX);
	must(path[0] != '\0' && strlen(path) <= XML_PATH_MAX && strlen(text) <= XML_LEAF_MAX);
	buf_init(&out, 6 * XML_LEAF_MAX);
	must(xml_add_text(&out, text) != 0 || out.len >= strlen(text));
	buf_fini(&out);
	return 0;
}

static void must_match(int err, const void *result, const struct aws_error *error)
{
	must((err == 0) == (error == NULL) && (err == 0 || result == NULL));
	if (error != NULL)
		fuzz_must_explain(error->err, &error->why);
}

static void on_changed(void *arg, int err, const char *change_id, const struct aws_error *error)
{
	(void)arg;
	must_match(err, change_id, error);
	must(err != 0 || (change_id[0] != '\0' && strlen(change_id) < AWS_ROUTE53_ID_SIZE));
}

static void on_status(void *arg, int err, bool is_insync, const struct aws_error *error)
{
	(void)arg;
	must_match(err, NULL, error);
	must(err == 0 || !is_insync);
}

static void on_limit(void *arg, int err, const struct aws_route53_limit *limit,
		     const struct aws_error *error)
{
	(void)arg;
	must_match(err, limit, error);
}

static void on_zone(void *arg, int err, const struct aws_route53_zone *zone,
		    const struct aws_error *error)
{
	(void)arg;
	must_match(err, zone, error);
	must(err != 0 || (zone->name[0] != '\0' && zone->n_ns <= AWS_ROUTE53_NS_MAX));
}

static void on_set(void *arg, const struct aws_route53_set *set)
{
	const char *value = set->values;
	size_t i;

	(void)arg;
	must(set->name[0] != '\0' && set->type[0] != '\0' && set->ttl <= ROUTE53_TTL_MAX);
	for (i = 0; i < set->n_values; i++)
		value += strlen(value) + 1;
}

static void on_page(void *arg, int err, const struct aws_route53_place *next,
		    const struct aws_error *error)
{
	(void)arg;
	must_match(err, next, error);
	must(next == NULL || (next->name[0] != '\0' && next->type[0] != '\0'));
}

static void on_caller(void *arg, int err, const struct aws_caller *caller,
		      const struct aws_error *error)
{
	(void)arg;
	must_match(err, caller, error);
	must(err != 0 || (caller->account[0] != '\0' && caller->arn[0] != '\0'));
}

static void ask_route53(struct slice document)
{
	static const struct aws_route53_change change = {false, "a.example.", "A", "192.0.2.1", 60};
	static const struct aws_route53_place first;

	must(aws_route53_change(&route53, "Z1", &change, 1, on_changed, NULL) == 0);
	calls_answer(document);
	must(aws_route53_get_change(&route53, "C1", on_status, NULL) == 0);
	calls_answer(document);
	must(aws_route53_get_limit(&route53, "Z1", on_limit, NULL) == 0);
	calls_answer(document);
	must(aws_route53_get_zone(&route53, "Z1", on_zone, NULL) == 0);
	calls_answer(document);
	must(aws_route53_list_page(&route53, "Z1", &first, 300, on_set, on_page, NULL) == 0);
	calls_answer(document);
	must(aws_route53_get_change(&route53, "C1", on_status, NULL) == 0);
	calls_refuse(document);
}

static void ask_sts(struct slice document)
{
	static struct aws_sts *sts;
	struct errinfo ei = ERRINFO_INIT;
	struct aws_credentials *creds = NULL;
	int err;

	if (sts == NULL)
		must(aws_sts_new(&calls_client, NULL, &sts, &ei) == 0);
	must(aws_sts_get_caller(sts, on_caller, NULL) == 0);
	calls_answer(document);
	err = aws_keydoc_parse_sts(document, &creds, &ei);
	fuzz_must_explain(err, &ei);
	must((err == 0) == (creds != NULL));
	aws_credentials_unref(creds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice document = fuzz_slice(data, size);
	unsigned n = 0;
	int err = xml_parse(document, on_leaf, &n);

	must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT);
	ask_route53(document);
	ask_sts(document);
	return 0;
}
