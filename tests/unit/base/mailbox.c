/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mailbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <uv.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { N_SENDERS = 3, N_LETTERS = 200 };

struct letter {
	struct mail mail;
	struct desk *desk;
	unsigned sender;
	unsigned number;
};

/* What the core thread has seen. */
struct desk {
	uv_loop_t loop;
	struct mailbox *mailbox;
	uv_thread_t thread; /* of the loop */
	unsigned received;
	unsigned expected;
	unsigned next_number[N_SENDERS];
	bool out_of_order;
	bool wrong_thread;
	struct letter letters[N_SENDERS][N_LETTERS];
};

static void open_desk(struct desk *d)
{
	memset(d, 0, sizeof(*d));
	d->thread = uv_thread_self();
	ck_assert_int_eq(uv_loop_init(&d->loop), 0);
	ck_assert_int_eq(mailbox_new(&d->loop, &d->mailbox), 0);
}

static void close_desk(struct desk *d)
{
	ck_assert_int_eq(uv_run(&d->loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&d->loop), 0);
}

static void on_letter(struct mail *m)
{
	struct letter *l = (struct letter *)((char *)m - offsetof(struct letter, mail));
	struct desk *d = l->desk;
	uv_thread_t self = uv_thread_self();

	if (!uv_thread_equal(&self, &d->thread))
		d->wrong_thread = true;
	if (l->number != d->next_number[l->sender]++)
		d->out_of_order = true;
	if (++d->received == d->expected)
		mailbox_close(d->mailbox);
}

struct sender {
	struct desk *desk;
	unsigned index;
};

static void send_all(void *arg)
{
	struct sender *s = arg;
	unsigned i;

	for (i = 0; i < N_LETTERS; i++) {
		struct letter *l = &s->desk->letters[s->index][i];

		*l = (struct letter){.desk = s->desk, .sender = s->index, .number = i};
		mailbox_post(s->desk->mailbox, &l->mail, on_letter);
	}
}

START_TEST(letters_of_every_thread_arrive_once_and_in_order_on_the_loop)
{
	static struct desk d;
	struct sender senders[N_SENDERS];
	uv_thread_t threads[N_SENDERS];
	unsigned i;

	open_desk(&d);
	d.expected = N_SENDERS * N_LETTERS;
	for (i = 0; i < N_SENDERS; i++) {
		senders[i] = (struct sender){.desk = &d, .index = i};
		ck_assert_int_eq(uv_thread_create(&threads[i], send_all, &senders[i]), 0);
	}
	ck_assert_int_eq(uv_run(&d.loop, UV_RUN_DEFAULT), 0);
	for (i = 0; i < N_SENDERS; i++)
		ck_assert_int_eq(uv_thread_join(&threads[i]), 0);
	ck_assert_uint_eq(d.received, d.expected);
	ck_assert(!d.out_of_order);
	ck_assert(!d.wrong_thread);
	close_desk(&d);
}
END_TEST

/* Posts itself until it was received three times, and notes when it ran inside of its own post. */
struct echo {
	struct mail mail;
	struct mailbox *mailbox;
	unsigned received;
	bool posting;
	bool nested;
};

static void on_echo(struct mail *m)
{
	struct echo *e = (struct echo *)m;

	e->nested = e->nested || e->posting;
	if (++e->received == 3) {
		mailbox_close(e->mailbox);
		return;
	}
	e->posting = true;
	mailbox_post(e->mailbox, m, on_echo);
	e->posting = false;
}

START_TEST(a_letter_may_be_posted_again_from_its_own_run)
{
	static struct desk d;
	struct echo e = {.received = 0};

	open_desk(&d);
	e.mailbox = d.mailbox;
	on_echo(&e.mail);
	ck_assert_uint_eq(e.received, 1);
	close_desk(&d);
	ck_assert_uint_eq(e.received, 3);
	ck_assert(!e.nested);
}
END_TEST

START_TEST(letters_that_are_queued_at_the_close_are_dropped)
{
	static struct desk d;
	struct letter l = {.desk = &d};

	open_desk(&d);
	mailbox_post(d.mailbox, &l.mail, on_letter);
	mailbox_close(d.mailbox);
	close_desk(&d);
	ck_assert_uint_eq(d.received, 0);
	mailbox_close(NULL);
}
END_TEST

START_TEST(a_failed_allocation_is_reported)
{
	struct mailbox *mailbox = NULL;
	uv_loop_t loop;
	size_t n;
	int err;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = mailbox_new(&loop, &mailbox);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(mailbox);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(n, 1);
	mailbox_close(mailbox);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		letters_of_every_thread_arrive_once_and_in_order_on_the_loop,
		a_letter_may_be_posted_again_from_its_own_run,
		letters_that_are_queued_at_the_close_are_dropped,
		a_failed_allocation_is_reported,
	};

	return unit_run("mailbox", tests, N_ELEMENTS(tests));
}
