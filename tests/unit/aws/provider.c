/* SPDX-License-Identifier: BSD-2-Clause
 * The provider that keeps and renews, in front of a source that the test answers for. */
#include "aws/credentials.h"

#include <string.h>

#include "aws/provider.h"
#include "kit/unit.h"

enum { HOUR = 3600, ASKERS = 3 };

static const int64_t start_s = 1800000000;
static int64_t now;

static int64_t now_s(void)
{
	return now;
}

/* ---- the source ---- */

struct source {
	struct aws_provider base;
	struct aws_credentials_wait *open;
	unsigned n_asked;
	unsigned n_closed;
};

static struct source source;

static void source_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	(void)base;
	(void)refresh;
	ck_assert_ptr_null(source.open);
	source.open = w;
	source.n_asked++;
}

static void source_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	(void)base;
	ck_assert_ptr_eq(source.open, w);
	source.open = NULL;
}

static void source_close(struct aws_provider *base)
{
	(void)base;
	ck_assert_ptr_null(source.open);
	source.n_closed++;
}

static void source_gives(const char *key_id, int64_t life_s)
{
	struct aws_credentials_wait *w = source.open;
	struct aws_credentials *c = NULL;

	ck_assert_ptr_nonnull(w);
	source.open = NULL;
	ck_assert_int_eq(aws_credentials_new(slice_of(key_id), slice_of("S"), slice_of("T"),
					     now + life_s, "x", &c, NULL),
			 0);
	w->done(w->arg, 0, c, NULL);
	aws_credentials_unref(c);
}

static void source_fails(const char *text)
{
	struct aws_credentials_wait *w = source.open;
	struct errinfo why = ERRINFO_INIT;

	ck_assert_ptr_nonnull(w);
	source.open = NULL;
	err_set(&why, ERR_UNAVAILABLE, "%s", text);
	w->done(w->arg, ERR_UNAVAILABLE, NULL, &why);
}

static struct aws_provider *open_provider(void)
{
	static const struct aws_provider_ops ops = {source_get, source_cancel, source_close};
	struct aws_provider *p = NULL;

	memset(&source, 0, sizeof(source));
	source.base.ops = &ops;
	now = start_s;
	ck_assert_int_eq(aws_provider_new(&source.base, &p), 0);
	aws_provider_set_clock(p, now_s);
	return p;
}

static void close_provider(struct aws_provider *p)
{
	aws_provider_close(p);
	ck_assert_uint_eq(source.n_closed, 1);
}

/* ---- those who ask ---- */

struct asker {
	struct aws_credentials_wait wait;
	unsigned n;
	int err;
	char key_id[16];
	char text[ERR_TEXT_MAX];
	struct aws_provider *then_close;
	struct asker *then_cancel; /* then_close is needed for that */
	struct asker *then_ask;
};

static void ask(struct aws_provider *p, bool refresh, struct asker *a);

static void on_answer(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why)
{
	struct asker *a = arg;

	a->n++;
	a->err = err;
	if (creds != NULL)
		strncpy(a->key_id, creds->key_id, sizeof(a->key_id) - 1);
	if (why != NULL)
		memcpy(a->text, why->text, sizeof(a->text));
	if (a->then_ask != NULL)
		ask(a->then_close, true, a->then_ask);
	if (a->then_cancel != NULL)
		aws_provider_cancel(a->then_close, &a->then_cancel->wait);
	if (a->then_cancel != NULL && a->then_ask != NULL)
		aws_provider_cancel(a->then_close, &a->then_ask->wait);
	if (a->then_close != NULL && a->then_cancel != NULL)
		aws_provider_close(a->then_close);
}

static void ask(struct aws_provider *p, bool refresh, struct asker *a)
{
	a->wait.done = on_answer;
	a->wait.arg = a;
	aws_provider_get(p, refresh, &a->wait);
}

static void assert_got(const struct asker *a, const char *key_id)
{
	ck_assert_uint_eq(a->n, 1);
	ck_assert_int_eq(a->err, 0);
	ck_assert_str_eq(a->key_id, key_id);
}

START_TEST(all_who_wait_share_one_look_at_the_source)
{
	struct aws_provider *p = open_provider();
	struct asker a[ASKERS] = {0}, later = {0};
	size_t i;

	for (i = 0; i < ASKERS; i++)
		ask(p, i == 1, &a[i]);
	ck_assert_uint_eq(source.n_asked, 1);
	source_gives("ONE", HOUR);
	for (i = 0; i < ASKERS; i++)
		assert_got(&a[i], "ONE");
	ask(p, false, &later);
	assert_got(&later, "ONE");
	ck_assert_uint_eq(source.n_asked, 1);
	close_provider(p);
}
END_TEST

START_TEST(the_old_ones_serve_while_new_ones_are_fetched_ahead)
{
	struct aws_provider *p = open_provider();
	struct asker a[5] = {0};

	ask(p, false, &a[0]);
	source_gives("ONE", HOUR);
	now = start_s + HOUR - 901;
	ask(p, false, &a[1]);
	ck_assert_uint_eq(source.n_asked, 1);
	now = start_s + HOUR - 900;
	ask(p, false, &a[2]);
	ask(p, false, &a[3]);
	assert_got(&a[2], "ONE");
	assert_got(&a[3], "ONE");
	ck_assert_uint_eq(source.n_asked, 2);
	source_gives("TWO", HOUR);
	ask(p, false, &a[4]);
	assert_got(&a[4], "TWO");
	ck_assert_uint_eq(source.n_asked, 2);
	close_provider(p);
}
END_TEST

START_TEST(shortly_before_the_end_one_waits_for_new_ones)
{
	struct aws_provider *p = open_provider();
	struct asker a[2] = {0};

	ask(p, false, &a[0]);
	source_gives("ONE", HOUR);
	now = start_s + HOUR - 600;
	ask(p, false, &a[1]);
	ck_assert_uint_eq(a[1].n, 0);
	source_gives("TWO", HOUR);
	assert_got(&a[1], "TWO");
	close_provider(p);
}
END_TEST

START_TEST(an_outage_of_the_source_leaves_the_old_ones_in_use)
{
	struct aws_provider *p = open_provider();
	struct asker a[5] = {0};

	ask(p, false, &a[0]);
	source_gives("ONE", HOUR);
	now = start_s + 2 * HOUR;
	ask(p, false, &a[1]);
	source_fails("gone");
	assert_got(&a[1], "ONE");
	/* the source has a pause */
	now += 14;
	ask(p, false, &a[2]);
	assert_got(&a[2], "ONE");
	ck_assert_uint_eq(source.n_asked, 2);
	now += 16;
	ask(p, false, &a[3]);
	ck_assert_uint_eq(source.n_asked, 3);
	source_gives("TWO", HOUR);
	assert_got(&a[3], "TWO");
	close_provider(p);
}
END_TEST

START_TEST(who_was_refused_does_not_get_the_same_again)
{
	struct aws_provider *p = open_provider();
	struct asker a[6] = {0};

	ask(p, false, &a[0]);
	source_fails("not yet");
	ck_assert_int_eq(a[0].err, ERR_UNAVAILABLE);
	ck_assert_str_eq(a[0].text, "not yet");
	ask(p, false, &a[1]);
	source_gives("ONE", HOUR);
	ask(p, true, &a[2]);
	ask(p, false, &a[3]);
	ck_assert_uint_eq(a[2].n, 0);
	assert_got(&a[3], "ONE");
	source_fails("gone");
	ck_assert_int_eq(a[2].err, ERR_UNAVAILABLE);
	ck_assert_str_eq(a[2].text, "gone");
	/* a pause is for those who come by chance */
	ask(p, true, &a[4]);
	ck_assert_uint_eq(source.n_asked, 4);
	source_gives("TWO", HOUR);
	assert_got(&a[4], "TWO");
	close_provider(p);
}
END_TEST

/* Calls in flight are refused one after another; the first one's refresh is enough for all. */
START_TEST(who_was_refused_later_gets_what_came_meanwhile)
{
	struct aws_provider *p = open_provider();
	struct aws_credentials *one = NULL;
	struct asker a[4] = {0};

	ck_assert_int_eq(aws_credentials_new(slice_of("ONE"), slice_of("S"), slice_of("T"), 0, "x",
					     &one, NULL),
			 0);
	ask(p, false, &a[0]);
	source_gives("ONE", HOUR);
	a[1].wait.refused = a[2].wait.refused = one;
	ask(p, true, &a[1]);
	source_gives("TWO", HOUR);
	assert_got(&a[1], "TWO");
	ask(p, true, &a[2]);
	assert_got(&a[2], "TWO");
	ck_assert_uint_eq(source.n_asked, 2);
	ask(p, true, &a[3]);
	ck_assert_uint_eq(source.n_asked, 3);
	source_gives("THREE", HOUR);
	assert_got(&a[3], "THREE");
	aws_credentials_unref(one);
	close_provider(p);
}
END_TEST

START_TEST(an_answer_may_cancel_others_ask_anew_and_close_the_provider)
{
	struct aws_provider *p = open_provider();
	struct asker a[2] = {0}, anew = {0}, *first, *second;

	ask(p, false, &a[0]);
	ask(p, false, &a[1]);
	/* Whoever is answered first does it; the order is the provider's. */
	first = &a[1];
	second = &a[0];
	first->then_close = p;
	first->then_cancel = second;
	first->then_ask = &anew;
	source_gives("ONE", HOUR);
	assert_got(first, "ONE");
	ck_assert_uint_eq(second->n, 0);
	ck_assert_uint_eq(anew.n, 0);
	ck_assert_uint_eq(source.n_asked, 2);
	ck_assert_uint_eq(source.n_closed, 1);
}
END_TEST

START_TEST(who_asks_anew_within_an_answer_waits_for_another_look)
{
	struct aws_provider *p = open_provider();
	struct asker a = {0}, anew = {0};

	a.then_close = p;
	a.then_ask = &anew;
	ask(p, false, &a);
	source_gives("ONE", HOUR);
	assert_got(&a, "ONE");
	ck_assert_uint_eq(anew.n, 0);
	source_gives("TWO", HOUR);
	assert_got(&anew, "TWO");
	close_provider(p);
}
END_TEST

START_TEST(a_provider_may_be_closed_while_it_fetches_ahead)
{
	struct aws_provider *p = open_provider();
	struct asker a[2] = {0};

	ask(p, false, &a[0]);
	source_gives("ONE", HOUR);
	now = start_s + HOUR - 900;
	ask(p, false, &a[1]);
	ck_assert_ptr_nonnull(source.open);
	close_provider(p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_who_wait_share_one_look_at_the_source,
		the_old_ones_serve_while_new_ones_are_fetched_ahead,
		shortly_before_the_end_one_waits_for_new_ones,
		an_outage_of_the_source_leaves_the_old_ones_in_use,
		who_was_refused_does_not_get_the_same_again,
		who_was_refused_later_gets_what_came_meanwhile,
		an_answer_may_cancel_others_ask_anew_and_close_the_provider,
		who_asks_anew_within_an_answer_waits_for_another_look,
		a_provider_may_be_closed_while_it_fetches_ahead,
	};

	return unit_run("provider", tests, N_ELEMENTS(tests));
}
