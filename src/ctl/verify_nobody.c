/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/verify_nobody.h"

#include <stdio.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ctl/input.h"
#include "ctl/interrupt.h"
#include "ctl/print.h"
#include "ctl/say.h"

static void verify_nobody_add(json_t *lines, const char *word, const struct backend_zone *zone,
			      const struct records_found *f)
{
	json_array_append_new(lines,
			      json_pack("{s:s, s:s, s:s, s:s, s:n, s:n, s:s, s:I}", "drift", word,
					"zone", zone->conf->name.text, "host", f->name.text, "type",
					f->type, "wanted", "wanted-ttl", "found", f->value,
					"found-ttl", (json_int_t)f->ttl));
}

void verify_nobody_report(const struct verify_nobody *v, const struct nobody *n,
			  const struct backend_zone *zone)
{
	size_t i;

	for (i = 0; i < n->n; i++) {
		const struct records_found *f = &n->sets[i];

		if (v->lines != NULL)
			verify_nobody_add(v->lines, "nobody", zone, f);
		else
			printf("nobody's %s %s: the zone has %s ttl %u, and no account has the "
			       "name\n",
			       f->name.text, f->type, f->value, (unsigned)f->ttl);
	}
}

static bool verify_nobody_ask(const struct nobody *n, const struct backend_zone *zone)
{
	/* What is to be deleted is shown first. */
	print_flush();
	fprintf(stderr, "delete %zu record set%s that %s nobody's from zone %s? [y/N] ", n->n,
		n->n == 1 ? "" : "s", n->n == 1 ? "is" : "are", zone->conf->name.text);
	return input_agrees();
}

/* Whose hosts cannot be read may have any of the names. */
static bool is_certain(const struct verify_nobody *v, const struct nobody *n,
		       const struct backend_zone *zone)
{
	if (n->unsure[0] == '\0')
		return true;
	if (v->is_agreed || v->lines == NULL)
		ctl_fail("warning: zone %s: what is nobody's stays, because the host names of user "
			 "\"%s\" cannot be read (mooringctl user show)",
			 zone->conf->name.text, n->unsure);
	return false;
}

static bool may_delete(const struct verify_nobody *v, const struct nobody *n,
		       const struct backend_zone *zone)
{
	if (!is_certain(v, n, zone))
		return false;
	if (v->is_agreed)
		return true;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		return verify_nobody_ask(n, zone);
	if (v->lines == NULL)
		printf("zone %s: what is nobody's stays: --yes deletes it\n",
		       zone->conf->name.text);
	return false;
}

/* The deletion of one zone. */
struct deletion {
	const struct verify_nobody *v;
	const struct backend_zone *zone;
};

static void on_deleted(void *arg, const struct records_found *f, bool is_gone)
{
	const struct deletion *d = arg;

	progress_wipe(d->v->progress);
	if (!is_gone)
		ctl_fail("warning: %s %s is no longer %s ttl %u: left as it is", f->name.text,
			 f->type, f->value, (unsigned)f->ttl);
	else if (d->v->lines != NULL)
		verify_nobody_add(d->v->lines, "deleted", d->zone, f);
	else
		printf("deleted %s %s: %s ttl %u\n", f->name.text, f->type, f->value,
		       (unsigned)f->ttl);
}

static void verify_nobody_fail(struct verify_nobody *v, const struct errinfo *ei)
{
	progress_wipe(v->progress);
	ctl_fail("%s", ei->text);
	v->has_failed = true;
}

/* A name that got an account between the last look and the deletion may have lost what the account
 * published. */
static void check_claims(struct verify_nobody *v, struct nobody *n)
{
	struct errinfo ei = ERRINFO_INIT;
	size_t before = n->n;

	if (nobody_drop_claimed(n, v->s, &ei) != 0) {
		verify_nobody_fail(v, &ei);
	} else if (n->n < before) {
		err_set(&ei, ERR_CONFLICT,
			"%zu of the names were given to an account meanwhile: run verify --repair "
			"once more",
			before - n->n);
		verify_nobody_fail(v, &ei);
	}
}

void verify_nobody_delete(struct verify_nobody *v, struct nobody *n,
			  const struct backend_zone *zone)
{
	struct deletion d = {.v = v, .zone = zone};
	struct errinfo ei = ERRINFO_INIT;

	if (n->n == 0 || !may_delete(v, n, zone))
		return;
	/* Somebody may have thought about the answer for a while. */
	if (nobody_drop_claimed(n, v->s, &ei) != 0) {
		verify_nobody_fail(v, &ei);
		return;
	}
	if (!is_certain(v, n, zone))
		return;
	interrupt_guard_begin();
	if (nobody_delete(n, v->s, zone, on_deleted, &d, &ei) != 0)
		verify_nobody_fail(v, &ei);
	interrupt_guard_end();
	check_claims(v, n);
}
