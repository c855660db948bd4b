/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/route53.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "aws/aws_route53.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/dns.h"
#include "dns/pace.h"
#include "dns/propagation.h"

/* One request holds at most 32,000 characters of values, those of an UPSERT counted twice, and an
 * IPv6 address takes up to 39: stricter than the limit on the number of changes. */
enum { ADDR_CHARACTERS_MAX = 39 };
enum { ROUTE53_BATCH_MAX = AWS_ROUTE53_VALUE_CHARS_MAX / (2 * ADDR_CHARACTERS_MAX) };
/* Requests for one batch. If the last one still meets a missing record set, the batch is refused,
 * and the caller splits it. */
enum { ROUNDS_MAX = 4 };

_Static_assert((int)ROUTE53_BATCH_MAX <= (int)AWS_ROUTE53_CHANGES_MAX, "two limits of one request");

struct batch;

struct route53_zone {
	struct dns base;
	struct aws_route53 *r53;
	struct pace *pace; /* NULL: no limit */
	struct pace_ticket ticket;
	LIST_HEAD(, batch) batches; /* under way */
	struct propagation *propagation;
	bool was_lost; /* within done: a request of the batch may still be carried out */
	char id[AWS_ROUTE53_ID_SIZE];
};

struct batch {
	struct route53_zone *zone; /* NULL once done was called */
	LIST_ENTRY(batch) link;
	dns_done_fn *done;
	void *arg;
	unsigned rounds;
	bool was_lost; /* a request of it */
	const struct dns_change *changes;
	size_t n;
	bool is_gone[]; /* a DELETE of a record set that was not there */
};

static void on_route53_answer(void *arg, int err, const char *change_id,
			      const struct aws_error *error);

static const char *type_of(const struct dns_change *c)
{
	return c->addr.family == ADDR_V6 ? "AAAA" : "A";
}

static size_t count_left(const struct batch *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		n += !b->is_gone[i];
	return n;
}

static uint32_t cost_of(const struct dns_change *c)
{
	return c->action == DNS_UPSERT ? ROUTE53_UPSERT_TOKENS : ROUTE53_DELETE_TOKENS;
}

static void spend_left(const struct batch *b)
{
	struct route53_zone *z = b->zone;
	uint32_t tokens = 0;
	size_t i;

	for (i = 0; i < b->n; i++)
		tokens += b->is_gone[i] ? 0 : cost_of(&b->changes[i]);
	if (z->pace != NULL)
		pace_spend(z->pace, &z->ticket, tokens, clock_mono_ms());
}

/* Sends the changes of a batch that are left; there is at least one. */
static int send_left(struct batch *b)
{
	size_t i, left = 0, n = count_left(b);
	struct aws_route53_change *out = calloc(n, sizeof(*out));
	char(*text)[ADDR_TEXT_MAX] = calloc(n, sizeof(*text));
	int err = ERR_NOMEM;

	if (out == NULL || text == NULL)
		goto out;
	for (i = 0; i < b->n; i++) {
		const struct dns_change *c = &b->changes[i];

		if (b->is_gone[i])
			continue;
		out[left] = (struct aws_route53_change){
			.remove = c->action == DNS_DELETE,
			.name = c->name.text,
			.type = type_of(c),
			.value = addr_format(&c->addr, text[left]),
			.ttl = c->ttl,
		};
		left++;
	}
	b->rounds++;
	err = aws_route53_change(b->zone->r53, b->zone->id, out, left, on_route53_answer, b);
	if (err == 0)
		spend_left(b);
out:
	free(text);
	free(out);
	return err;
}

static void unlink_batch(struct batch *b)
{
	LIST_REMOVE(b, link);
	b->zone = NULL;
}

/* Ends b, which the AWS layer no longer holds. */
static void route53_finish(struct batch *b, int err, const struct errinfo *why)
{
	dns_done_fn *done = b->done;
	void *arg = b->arg;

	b->zone->was_lost = b->was_lost;
	unlink_batch(b);
	free(b);
	done(arg, err, why);
}

/* True when text continues by saying that the record set of c, with its name as Route 53 spells it
 * and its type, was not found. */
static bool tells_missing_here(const char *text, const struct dns_change *c)
{
	const char *name = c->name.text;
	char tail[64];

	for (; *name != '\0'; name++) {
		/* Route 53 answers with the octal escape of an asterisk. */
		if (*name == '*' && strncmp(text, "\\052", 4) == 0)
			text += 4;
		else if (str_lower(*text) == *name)
			text++;
		else
			return false;
	}
	if (*text == '.')
		text++;
	snprintf(tail, sizeof(tail), "', type='%s'] but it was not found", type_of(c));
	return strncmp(text, tail, strlen(tail)) == 0;
}

static bool tells_missing(const char *text, const struct dns_change *c)
{
	static const char before[] = "[name='";

	while ((text = strstr(text, before)) != NULL) {
		text += sizeof(before) - 1;
		if (tells_missing_here(text, c))
			return true;
	}
	return false;
}

/* Marks the deletes whose record sets do not exist, by AWS's message, and returns how many. If the
 * message names only the first, the answer to the next request names the next. */
static size_t mark_gone(struct batch *b, const char *text)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++) {
		if (b->is_gone[i] || b->changes[i].action != DNS_DELETE ||
		    !tells_missing(text, &b->changes[i]))
			continue;
		b->is_gone[i] = true;
		n++;
	}
	return n;
}

static int map_error(int err)
{
	switch (err) {
	case ERR_REFUSED:
	case ERR_NOTFOUND:
	case ERR_DENIED:
	case ERR_THROTTLED:
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
	case ERR_NOMEM:
	case ERR_CANCELED:
		return err;
	default:
		return ERR_UNAVAILABLE;
	}
}

/* Tells the pace of the account when Route 53 throttled a request. PriorRequestNotComplete is about
 * one zone only. */
static void slow_down_if_throttled(const struct route53_zone *z, int err, const char *code)
{
	if (z->pace != NULL && err == ERR_THROTTLED && strcmp(code, "PriorRequestNotComplete") != 0)
		pace_throttled(z->pace, clock_mono_ms());
}

/* The AWS layer sends a request again, for which no ticket was taken. */
static void on_again(void *arg, int err, const char *code)
{
	const struct route53_zone *z = arg;

	slow_down_if_throttled(z, err, code);
	if (z->pace != NULL)
		pace_spend(z->pace, &(struct pace_ticket){0}, 0, clock_mono_ms());
}

static void finish_error(struct batch *b, int err, const char *text)
{
	struct errinfo why = ERRINFO_INIT;

	err = map_error(err);
	err_set(&why, err, "hosted zone %s: %s", b->zone->id, text);
	route53_finish(b, err, &why);
}

static void on_route53_answer(void *arg, int err, const char *change_id,
			      const struct aws_error *error)
{
	struct batch *b = arg;

	if (b->zone == NULL) {
		free(b);
		return;
	}
	b->was_lost = b->was_lost || aws_route53_was_lost(b->zone->r53);
	if (err == 0) {
		log_debug("hosted zone %s: change %s accepted", b->zone->id, change_id);
		if (b->zone->propagation != NULL)
			propagation_accepted(b->zone->propagation, change_id);
		if (b->zone->pace != NULL)
			pace_accepted(b->zone->pace, clock_mono_ms());
		route53_finish(b, 0, NULL);
		return;
	}
	slow_down_if_throttled(b->zone, err, error->code);
	if (err != ERR_REFUSED || mark_gone(b, error->message) == 0 ||
	    (b->rounds >= ROUNDS_MAX && count_left(b) > 0)) {
		finish_error(b, err, error->why.text);
		return;
	}
	if (count_left(b) == 0) {
		route53_finish(b, 0, NULL);
		return;
	}
	err = send_left(b);
	if (err != 0)
		finish_error(b, err, err_str(err));
}

static int route53_submit(struct dns *dns, const struct dns_change *changes, size_t n,
			  dns_done_fn *done, void *arg)
{
	struct route53_zone *z = (struct route53_zone *)dns;
	struct batch *b = calloc(1, sizeof(*b) + n * sizeof(b->is_gone[0]));
	int err;

	if (b == NULL)
		return ERR_NOMEM;
	b->zone = z;
	b->done = done;
	b->arg = arg;
	b->changes = changes;
	b->n = n;
	err = send_left(b);
	if (err != 0) {
		free(b);
		return err;
	}
	LIST_INSERT_HEAD(&z->batches, b, link);
	return 0;
}

static size_t route53_batch_len(struct dns *dns)
{
	struct route53_zone *z = (struct route53_zone *)dns;
	size_t n = ROUTE53_BATCH_MAX;

	if (z->pace != NULL)
		n = pace_allowance(z->pace, clock_mono_ms()) / ROUTE53_UPSERT_TOKENS;
	if (n == 0)
		return 1;
	return n < ROUTE53_BATCH_MAX ? n : ROUTE53_BATCH_MAX;
}

static size_t route53_spare_len(struct dns *dns)
{
	struct route53_zone *z = (struct route53_zone *)dns;
	size_t n = ROUTE53_BATCH_MAX;

	if (z->pace != NULL)
		n = (pace_spare(z->pace, clock_mono_ms()) + 1) / ROUTE53_UPSERT_TOKENS;
	return n < ROUTE53_BATCH_MAX ? n : ROUTE53_BATCH_MAX;
}

static uint32_t route53_wait_ms(struct dns *dns, const struct dns_change *changes, size_t n)
{
	struct route53_zone *z = (struct route53_zone *)dns;
	uint32_t tokens = 0;
	int64_t now_ms;
	size_t i;

	if (z->pace == NULL)
		return 0;
	now_ms = clock_mono_ms();
	for (i = 0; i < n; i++)
		tokens += cost_of(&changes[i]);
	if (!z->ticket.is_held)
		pace_reserve(z->pace, tokens, now_ms, &z->ticket);
	return pace_wait_ms(z->pace, &z->ticket, now_ms);
}

static void route53_leave(struct dns *dns)
{
	struct route53_zone *z = (struct route53_zone *)dns;

	if (z->pace != NULL)
		pace_cancel(z->pace, &z->ticket);
}

static bool route53_was_lost(const struct dns *dns)
{
	return ((const struct route53_zone *)dns)->was_lost;
}

/* The AWS layer still holds each batch: its answer frees it. */
static void route53_close(struct dns *dns)
{
	struct route53_zone *z = (struct route53_zone *)dns;
	struct errinfo why = ERRINFO_INIT;
	struct batch *b;

	err_set(&why, ERR_CANCELED, "hosted zone %s: %s", z->id, err_str(ERR_CANCELED));
	while ((b = LIST_FIRST(&z->batches)) != NULL) {
		z->was_lost = true;
		unlink_batch(b);
		b->done(b->arg, ERR_CANCELED, &why);
	}
	route53_leave(dns);
	aws_route53_set_again(z->r53, NULL, NULL);
	propagation_close(z->propagation);
	free(z);
}

static const struct dns_ops route53_ops = {
	.name = "route53",
	.max_changes = ROUTE53_BATCH_MAX,
	.close = route53_close,
	.submit = route53_submit,
	.batch_len = route53_batch_len,
	.spare_len = route53_spare_len,
	.wait_ms = route53_wait_ms,
	.leave = route53_leave,
	.was_lost = route53_was_lost,
};

static bool is_zone_id(const char *id)
{
	size_t len = strlen(id);

	return len > 0 && len < AWS_ROUTE53_ID_SIZE &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

int dns_route53_open(struct uv_loop_s *loop, struct aws_route53 *r53, struct pace *pace,
		     const char *hosted_zone_id, unsigned sample_every, struct dns **ret,
		     struct errinfo *ei)
{
	static const char prefix[] = "/hostedzone/";
	const char *id = hosted_zone_id;
	char text[AWS_ROUTE53_ID_SIZE * 2];
	struct route53_zone *z;

	if (strncmp(id, prefix, sizeof(prefix) - 1) == 0)
		id += sizeof(prefix) - 1;
	if (!is_zone_id(id))
		return err_set(ei, ERR_INVAL,
			       "\"%s\" is no hosted zone id: 1 to 32 capital letters and digits",
			       str_printable(text, sizeof(text), slice_of(hosted_zone_id)));
	z = calloc(1, sizeof(*z));
	if (z == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (sample_every > 0 &&
	    propagation_new(loop, r53, pace, sample_every, &z->propagation) != 0) {
		free(z);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	z->base.ops = &route53_ops;
	z->r53 = r53;
	z->pace = pace;
	str_copy(z->id, sizeof(z->id), slice_of(id));
	aws_route53_set_again(r53, on_again, z);
	*ret = &z->base;
	return 0;
}
