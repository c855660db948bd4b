/* SPDX-License-Identifier: BSD-2-Clause
 * A real socket, with hosts and reasons of the test's own. */
#include "ops/status_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/metric.h"
#include "conf/conf.h"
#include "engine/engine.h"
#include "engine/view.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "notify/notify.h"
#include "ops/status.h"
#include "ops/status_lines.h"

static uv_loop_t loop;
static struct status_socket *s;
static char folder[] = "/tmp/mooring-status-XXXXXX", path[64];
static struct conf conf = {.status_socket = path};
static size_t n_hosts, n_slices;
static uv_check_t check; /* each turn of the loop */
static size_t n_turns, n_turns_with_slices, last_turn;

/* In the place of the engine. */

const struct view *engine_view(const struct engine *e)
{
	(void)e;
	return NULL;
}

void notify_stats(const struct notify *n, struct notify_stats *ret)
{
	(void)n;
	*ret = (struct notify_stats){
		.waiting = 3, .dead = 2, .is_in_memory = true, .looked_s = 1700000000};
}

void engine_stats(const struct engine *e, struct engine_stats *ret)
{
	(void)e;
	*ret = (struct engine_stats){.queued = 5};
}

bool view_is_complete(const struct view *v)
{
	(void)v;
	return true;
}

bool view_tell(const struct view *v, struct view_place *place, size_t n, view_host_fn *fn,
	       void *arg)
{
	char name[64];

	(void)v;
	n_slices++;
	n_turns_with_slices += n_turns != last_turn;
	last_turn = n_turns;
	for (; n > 0 && place->n_seen < n_hosts; n--) {
		struct view_host h = {.user = "router", .agent = ""};

		snprintf(name, sizeof(name), "h%zu.example.com", place->n_seen++);
		h.name = slice_of(name);
		fn(arg, &h);
	}
	return place->n_seen < n_hosts;
}

size_t status_reasons(const struct status *a, const char **ret, size_t max)
{
	(void)a;
	ck_assert_uint_eq(max, STATUS_REASONS_MAX);
	ret[0] = "draining";
	return 1;
}

static void on_check(uv_check_t *handle)
{
	(void)handle;
	n_turns++;
}

static const struct status_subjects subjects = {.is_kept = true};

static void open_socket(void)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(uv_check_init(&loop, &check), 0);
	ck_assert_int_eq(uv_check_start(&check, on_check), 0);
	uv_unref((uv_handle_t *)&check);
	s = NULL;
	ck_assert_int_eq(status_socket_open(&conf, &s, &ei), 0);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(status_socket_serve(s, &loop, &subjects, &ei), 0);
}

static void close_socket(void)
{
	status_socket_close(s);
	uv_close((uv_handle_t *)&check, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	status_socket_free(s);
	ck_assert_int_eq(access(path, F_OK), -1);
}

/* What is waited for is a few turns away; what does not come is a failure. */
static void turn_loop(unsigned *n)
{
	ck_assert_uint_lt((*n)++, 100000);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static int connect_to(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void send_to(int fd, const char *line)
{
	ck_assert_int_eq(send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
}

/* Turns the loop until the daemon closes; how many bytes came, the first ones in text. */
static size_t read_answer(int fd, char *text, size_t size)
{
	char piece[65536];
	size_t len = 0;
	ssize_t n;

	memset(text, 0, size);
	while ((n = recv(fd, piece, sizeof(piece), 0)) != 0) {
		if (n < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			uv_run(&loop, UV_RUN_NOWAIT);
			continue;
		}
		if (len + 1 < size)
			memcpy(text + len, piece,
			       (size_t)n < size - 1 - len ? (size_t)n : size - 1 - len);
		len += (size_t)n;
	}
	close(fd);
	return len;
}

START_TEST(only_root_and_the_group_may_ask)
{
	struct stat st;

	open_socket();
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	close_socket();
}
END_TEST

START_TEST(what_is_asked_is_answered)
{
	const int64_t before = metric_get(METRIC_STATUS_ANSWERED);
	char text[512];
	int fd;

	n_hosts = 1;
	open_socket();
	fd = connect_to();
	send_to(fd, "{\"ask\":");
	uv_run(&loop, UV_RUN_NOWAIT);
	send_to(fd, "\"status\"}\n");
	read_answer(fd, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"trouble\":[\"draining\"],\"queued\":5,"
					   "\"complete\":true,\"asked-kept\":true,"
					   "\"notices-waiting\":3,\"notices-given-up\":2,"
					   "\"notices-kept\":false,"
					   "\"notices-read\":1700000000}\n"
					   "{\"line\":\"host\",\"host\":\"h0.example.com\""));
	ck_assert_ptr_nonnull(strstr(text, "\n{\"line\":\"end\",\"hosts\":1}\n"));
	ck_assert_int_eq(metric_get(METRIC_STATUS_ANSWERED), before + 1);
	close_socket();
}
END_TEST

START_TEST(many_hosts_take_many_turns_of_the_loop)
{
	static char text[4 * 1024 * 1024];
	int fd;

	n_hosts = 10000;
	open_socket();
	n_slices = 0;
	fd = connect_to();
	send_to(fd, "{\"ask\":\"status\"}\n");
	read_answer(fd, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"h9999.example.com\""));
	ck_assert_ptr_nonnull(strstr(text, "{\"line\":\"end\",\"hosts\":10000}\n"));
	ck_assert_uint_eq(n_slices, (10000 + STATUS_SLICE - 1) / STATUS_SLICE);
	/* One host of them, and slices without a line. */
	fd = connect_to();
	send_to(fd, "{\"ask\":\"host\",\"host\":\"h5000.example.com\"}\n");
	read_answer(fd, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"h5000.example.com\""));
	ck_assert_ptr_null(strstr(text, "\"h5001.example.com\""));
	ck_assert_ptr_nonnull(strstr(text, "{\"line\":\"end\",\"hosts\":1}\n"));
	close_socket();
}
END_TEST

/* Others are polled between two slices, though there is nothing to be written. */
START_TEST(one_host_that_is_not_there_keeps_nobody_waiting)
{
	char text[512];
	int fd;

	n_hosts = 65536;
	open_socket();
	n_slices = n_turns_with_slices = 0;
	last_turn = SIZE_MAX;
	fd = connect_to();
	send_to(fd, "{\"ask\":\"host\",\"host\":\"no.such.name\"}\n");
	read_answer(fd, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "{\"line\":\"end\",\"hosts\":0}\n"));
	ck_assert_uint_eq(n_slices, 65536 / STATUS_SLICE);
	ck_assert_uint_eq(n_turns_with_slices, n_slices);
	close_socket();
}
END_TEST

/* Nothing more is made ready for one who does not read. */
START_TEST(a_slow_reader_holds_no_more_than_what_was_sent)
{
	size_t i, before;
	unsigned n = 0;
	int fd;

	n_hosts = 1000000;
	open_socket();
	n_slices = 0;
	fd = connect_to();
	send_to(fd, "{\"ask\":\"status\"}\n");
	do {
		before = n_slices;
		for (i = 0; i < 10; i++)
			turn_loop(&n);
	} while (n_slices == 0 || n_slices > before);
	ck_assert_uint_lt(n_slices, n_hosts / STATUS_SLICE / 2);
	close(fd);
	close_socket();
}
END_TEST

START_TEST(a_request_that_is_none_gets_a_sentence)
{
	const int64_t before = metric_get(METRIC_STATUS_BAD);
	char text[512], line[STATUS_REQUEST_MAX + 2];
	unsigned n = 0;
	int fd;

	open_socket();
	fd = connect_to();
	send_to(fd, "status\n");
	read_answer(fd, text, sizeof(text));
	ck_assert_str_eq(text, "{\"line\":\"error\",\"why\":\"a request is one line with a JSON "
			       "object\"}\n");
	fd = connect_to();
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	send_to(fd, line);
	read_answer(fd, text, sizeof(text));
	ck_assert_str_eq(text, "{\"line\":\"error\",\"why\":\"a request has at most 512 "
			       "bytes\"}\n");
	/* Who goes without a word is counted, too. */
	close(connect_to());
	while (metric_get(METRIC_STATUS_BAD) < before + 3)
		turn_loop(&n);
	close_socket();
}
END_TEST

START_TEST(one_connection_too_many_is_closed)
{
	const int64_t before = metric_get(METRIC_STATUS_REFUSED);
	int fds[STATUS_CONNECTIONS_MAX], fd;
	unsigned n = 0;
	char text[512];
	size_t i;

	n_hosts = 1;
	open_socket();
	for (i = 0; i < STATUS_CONNECTIONS_MAX; i++) {
		fds[i] = connect_to();
		while (metric_get(METRIC_STATUS_CONNECTIONS) < (int64_t)i + 1)
			turn_loop(&n);
	}
	fd = connect_to();
	ck_assert_uint_eq(read_answer(fd, text, sizeof(text)), 0);
	ck_assert_int_eq(metric_get(METRIC_STATUS_REFUSED), before + 1);
	send_to(fds[0], "{\"ask\":\"status\"}\n");
	ck_assert_uint_gt(read_answer(fds[0], text, sizeof(text)), 0);
	ck_assert_int_eq(metric_get(METRIC_STATUS_CONNECTIONS), STATUS_CONNECTIONS_MAX - 1);
	for (i = 1; i < STATUS_CONNECTIONS_MAX; i++)
		close(fds[i]);
	close_socket();
}
END_TEST

/* As many as the spare one can take at a time, and one that waits for it. */
START_TEST(without_memory_a_connection_is_closed_and_the_next_one_served)
{
	char text[512];
	int first, second;

	n_hosts = 1;
	open_socket();
	first = connect_to();
	second = connect_to();
	fake_malloc_fail_from(1);
	uv_run(&loop, UV_RUN_NOWAIT);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert(fake_malloc_off());
	ck_assert_uint_eq(read_answer(first, text, sizeof(text)), 0);
	ck_assert_uint_eq(read_answer(second, text, sizeof(text)), 0);
	first = connect_to();
	send_to(first, "{\"ask\":\"status\"}\n");
	ck_assert_uint_gt(read_answer(first, text, sizeof(text)), 0);
	close_socket();
}
END_TEST

/* The daemon goes without: its updates need no socket. */
START_TEST(one_that_cannot_be_had_is_no_failure)
{
	static struct conf too_long = {.status_socket = NULL};
	struct status_socket *other = NULL;
	struct errinfo ei = ERRINFO_INIT;
	char name[256];

	open_socket();
	ck_assert_int_eq(status_socket_open(&conf, &other, &ei), 0);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(status_socket_serve(other, &loop, &subjects, &ei), 0);
	status_socket_close(other);
	status_socket_free(other);
	ck_assert_int_eq(access(path, F_OK), 0);
	close_socket();
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	too_long.status_socket = name;
	ck_assert_int_eq(status_socket_open(&too_long, &other, &ei), ERR_LIMIT);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_root_and_the_group_may_ask,
		what_is_asked_is_answered,
		many_hosts_take_many_turns_of_the_loop,
		one_host_that_is_not_there_keeps_nobody_waiting,
		a_slow_reader_holds_no_more_than_what_was_sent,
		a_request_that_is_none_gets_a_sentence,
		one_connection_too_many_is_closed,
		without_memory_a_connection_is_closed_and_the_next_one_served,
		one_that_cannot_be_had_is_no_failure,
	};
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/status.sock", folder);
	status = unit_run("status_socket", tests, N_ELEMENTS(tests));
	rmdir(folder);
	return status;
}
