/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/turn.h"

#include <string.h>
#include <uv.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { TAKERS = 6 };

/* One that wants its turn, and what happened to it. */
struct taker {
	struct turn turn;
	void (*on_come)(struct taker *k); /* optional */
};

static uv_loop_t loop;
static struct turns *turns;
static struct turn_line line, other;
static struct taker takers[TAKERS];
static int n_closed;
static char order[32]; /* the takers in the order in which they were told */
static size_t n_order;
static uv_check_t check; /* each turn of the loop */
static unsigned n_turns, came_in[sizeof(order)];

static void on_closed(void *arg)
{
	ck_assert_ptr_eq(arg, &n_closed);
	n_closed++;
}

/* Until nobody is to be told. */
static void settle(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void come(struct turn *t)
{
	struct taker *k = (struct taker *)t;

	ck_assert_int_eq(t->state, TURN_NOW);
	ck_assert_uint_lt(n_order, sizeof(order) - 1);
	came_in[n_order] = n_turns;
	order[n_order++] = (char)('0' + (k - takers));
	if (k->on_come != NULL)
		k->on_come(k);
}

static void on_check(uv_check_t *handle)
{
	(void)handle;
	n_turns++;
}

static void open_lines(void)
{
	size_t i;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	memset(takers, 0, sizeof(takers));
	memset(order, 0, sizeof(order));
	n_order = 0;
	n_closed = 0;
	turn_line_init(&line);
	turn_line_init(&other);
	for (i = 0; i < TAKERS; i++)
		takers[i].turn.come = come;
	ck_assert_int_eq(uv_check_init(&loop, &check), 0);
	ck_assert_int_eq(uv_check_start(&check, on_check), 0);
	uv_unref((uv_handle_t *)&check);
	ck_assert_int_eq(turns_new(&loop, &turns), 0);
}

static void close_lines(void)
{
	turns_close(turns, on_closed, &n_closed);
	ck_assert_int_eq(n_closed, 0);
	settle();
	ck_assert_int_eq(n_closed, 1);
	uv_close((uv_handle_t *)&check, NULL);
	settle();
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	turns_free(turns);
}

static bool take(size_t i)
{
	return turn_take(&line, &takers[i].turn);
}

static void end(size_t i)
{
	turn_end(turns, &takers[i].turn);
	ck_assert_int_eq(takers[i].turn.state, TURN_NONE);
}

/* The first n of them stand in the line, taker 0 has its turn. */
static void queue_up(size_t n)
{
	size_t i;

	ck_assert(take(0));
	for (i = 1; i < n; i++)
		ck_assert(!take(i));
}

START_TEST(who_comes_to_an_empty_line_has_its_turn_at_once)
{
	open_lines();
	ck_assert(take(0));
	ck_assert_int_eq(takers[0].turn.state, TURN_NOW);
	ck_assert_ptr_eq(line.first, &takers[0].turn);
	ck_assert_ptr_null(turn_next(&takers[0].turn));
	end(0);
	ck_assert_ptr_null(line.first);
	/* And again, in the line that is empty once more. */
	ck_assert(take(0));
	end(0);
	settle();
	ck_assert_str_eq(order, "");
	close_lines();
}
END_TEST

START_TEST(each_is_told_in_the_order_of_arrival_and_not_from_inside_a_call)
{
	size_t i;

	open_lines();
	queue_up(TAKERS);
	settle();
	ck_assert_str_eq(order, "");
	for (i = 0; i < TAKERS; i++) {
		ck_assert_int_eq(takers[i].turn.state, TURN_NOW);
		ck_assert_ptr_eq(line.first, &takers[i].turn);
		end(i);
		ck_assert_uint_eq(n_order, i);
		if (i + 1 < TAKERS)
			ck_assert_int_eq(takers[i + 1].turn.state, TURN_COMING);
		settle();
	}
	ck_assert_str_eq(order, "12345");
	ck_assert_ptr_null(line.first);
	close_lines();
}
END_TEST

/* The line is asked from any place in it. */
START_TEST(the_one_behind_is_known)
{
	size_t i;

	open_lines();
	queue_up(3);
	for (i = 0; i < 3; i++)
		ck_assert_ptr_eq(turn_next(&takers[i].turn), i < 2 ? &takers[i + 1].turn : NULL);
	end(0);
	/* It is coming: the one behind it is still the first that waits. */
	ck_assert_ptr_eq(turn_next(&takers[1].turn), &takers[2].turn);
	settle();
	ck_assert_ptr_eq(turn_next(&takers[1].turn), &takers[2].turn);
	end(1);
	settle();
	ck_assert_ptr_null(turn_next(&takers[2].turn));
	end(2);
	close_lines();
}
END_TEST

/* Whoever leaves, at whatever it is, the others move up and nobody is lost or told twice. */
START_TEST(any_of_them_may_leave_the_line)
{
	static const struct {
		size_t leaver;
		bool is_coming; /* taker 0 has ended before */
		const char *told;
	} rows[] = {
		{1, false, "23"}, {2, false, "13"}, {3, false, "12"},
		{1, true, "23"},  {2, true, "13"},  {3, true, "12"},
	};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_lines();
		queue_up(4);
		if (rows[i].is_coming)
			end(0);
		end(rows[i].leaver);
		if (!rows[i].is_coming)
			end(0);
		for (k = 0; k < 3; k++) {
			settle();
			if (line.first != NULL)
				turn_end(turns, line.first);
		}
		ck_assert_msg(strcmp(order, rows[i].told) == 0, "row %zu: %s", i, order);
		ck_assert_ptr_null(line.first);
		ck_assert(TAILQ_EMPTY(&line.waiting));
		close_lines();
	}
}
END_TEST

START_TEST(the_last_one_that_leaves_before_it_is_told_leaves_an_empty_line)
{
	open_lines();
	queue_up(2);
	end(0);
	end(1);
	ck_assert_ptr_null(line.first);
	settle();
	ck_assert_str_eq(order, "");
	ck_assert(take(2));
	end(2);
	close_lines();
}
END_TEST

/* Even when the line is empty already, or is another's turn. */
START_TEST(the_end_of_no_turn_does_nothing)
{
	open_lines();
	end(0);
	queue_up(2);
	end(2);
	end(2);
	ck_assert_ptr_eq(line.first, &takers[0].turn);
	ck_assert_int_eq(takers[1].turn.state, TURN_WAITING);
	end(0);
	end(0);
	ck_assert_int_eq(takers[1].turn.state, TURN_COMING);
	settle();
	ck_assert_str_eq(order, "1");
	end(1);
	close_lines();
}
END_TEST

START_TEST(who_is_coming_keeps_its_place_before_a_newcomer)
{
	open_lines();
	queue_up(2);
	end(0);
	ck_assert(!take(2));
	settle();
	ck_assert_str_eq(order, "1");
	ck_assert_int_eq(takers[2].turn.state, TURN_WAITING);
	end(1);
	settle();
	ck_assert_str_eq(order, "12");
	end(2);
	close_lines();
}
END_TEST

START_TEST(who_left_stands_at_the_end_of_the_line_when_it_comes_again)
{
	open_lines();
	queue_up(3);
	end(1);
	ck_assert(!take(1));
	end(0);
	settle();
	end(2);
	settle();
	ck_assert_str_eq(order, "21");
	end(1);
	close_lines();
}
END_TEST

START_TEST(lines_do_not_wait_for_each_other)
{
	open_lines();
	ck_assert(take(0));
	ck_assert(!take(1));
	ck_assert(turn_take(&other, &takers[2].turn));
	ck_assert(!turn_take(&other, &takers[3].turn));
	end(2);
	settle();
	ck_assert_str_eq(order, "3");
	ck_assert_int_eq(takers[1].turn.state, TURN_WAITING);
	end(0);
	end(3);
	settle();
	ck_assert_str_eq(order, "31");
	end(1);
	close_lines();
}
END_TEST

static void end_neighbour(struct taker *k)
{
	end((size_t)(k - takers) + 1);
}

/* Several lines come in one turn of the loop: each is told, those that were ended before are not.
 */
START_TEST(who_is_told_may_end_the_turn_of_another_that_is_coming)
{
	open_lines();
	ck_assert(take(0));
	ck_assert(!take(1));
	ck_assert(turn_take(&other, &takers[3].turn));
	ck_assert(!turn_take(&other, &takers[2].turn));
	ck_assert(!turn_take(&other, &takers[4].turn));
	takers[1].on_come = end_neighbour;
	end(0);
	end(3);
	ck_assert_int_eq(takers[1].turn.state, TURN_COMING);
	ck_assert_int_eq(takers[2].turn.state, TURN_COMING);
	settle();
	/* Taker 2 has left, and the one behind it was told. */
	ck_assert_str_eq(order, "14");
	end(1);
	end(4);
	close_lines();
}
END_TEST

/* Nobody does anything that would call for the next one. */
START_TEST(those_of_several_lines_that_come_together_are_all_told)
{
	struct turn_line lines[3];
	size_t i;

	open_lines();
	for (i = 0; i < N_ELEMENTS(lines); i++) {
		turn_line_init(&lines[i]);
		ck_assert(turn_take(&lines[i], &takers[i].turn));
		ck_assert(!turn_take(&lines[i], &takers[3 + i].turn));
	}
	for (i = 0; i < N_ELEMENTS(lines); i++)
		end(i);
	settle();
	ck_assert_str_eq(order, "345");
	for (i = 0; i < N_ELEMENTS(lines); i++)
		end(3 + i);
	close_lines();
}
END_TEST

static void end_own(struct taker *k)
{
	turn_end(turns, &k->turn);
}

START_TEST(who_is_told_may_be_done_at_once)
{
	size_t i;

	open_lines();
	queue_up(TAKERS);
	for (i = 1; i < TAKERS; i++)
		takers[i].on_come = end_own;
	end(0);
	settle();
	ck_assert_str_eq(order, "12345");
	ck_assert_ptr_null(line.first);
	/* Others get on in between. */
	for (i = 2; i < TAKERS; i++)
		ck_assert_uint_eq(came_in[i - 1], came_in[i - 2] + 1);
	close_lines();
}
END_TEST

START_TEST(a_turn_is_passed_on_with_its_place)
{
	open_lines();
	queue_up(2);
	turn_pass(&takers[0].turn, &takers[2].turn);
	ck_assert_int_eq(takers[0].turn.state, TURN_NONE);
	ck_assert_int_eq(takers[2].turn.state, TURN_NOW);
	ck_assert_ptr_eq(line.first, &takers[2].turn);
	ck_assert_ptr_eq(turn_next(&takers[2].turn), &takers[1].turn);
	/* Who gave it away has none to end. */
	end(0);
	ck_assert_int_eq(takers[1].turn.state, TURN_WAITING);
	end(2);
	settle();
	ck_assert_str_eq(order, "1");
	end(1);
	close_lines();
}
END_TEST

START_TEST(a_closed_one_tells_nobody)
{
	open_lines();
	queue_up(3);
	end(0);
	close_lines();
	ck_assert_str_eq(order, "");
	ck_assert_int_eq(takers[1].turn.state, TURN_COMING);
	turns_close(NULL, on_closed, &n_closed);
	ck_assert_int_eq(n_closed, 1);
	turns_free(NULL);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	struct turns *none = NULL;
	int err;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	fake_malloc_fail_at(1);
	err = turns_new(&loop, &none);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_comes_to_an_empty_line_has_its_turn_at_once,
		each_is_told_in_the_order_of_arrival_and_not_from_inside_a_call,
		the_one_behind_is_known,
		any_of_them_may_leave_the_line,
		the_last_one_that_leaves_before_it_is_told_leaves_an_empty_line,
		the_end_of_no_turn_does_nothing,
		who_is_coming_keeps_its_place_before_a_newcomer,
		who_left_stands_at_the_end_of_the_line_when_it_comes_again,
		lines_do_not_wait_for_each_other,
		who_is_told_may_end_the_turn_of_another_that_is_coming,
		those_of_several_lines_that_come_together_are_all_told,
		who_is_told_may_be_done_at_once,
		a_turn_is_passed_on_with_its_place,
		a_closed_one_tells_nobody,
		without_memory_there_is_none,
	};

	return unit_run("turn", tests, N_ELEMENTS(tests));
}
