/* SPDX-License-Identifier: BSD-2-Clause
 * A URL is asked after accepted updates, not too often, and what becomes of it holds nobody up. */
#include "notify/heartbeat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/metric.h"
#include "kit/fake_clock.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "notify/web.h"

enum { WEBS_MAX = 2, CALLS_MAX = 64 };

/* That of a section, and what it was asked and has not answered. */
struct notify_web {
	bool is_open;
	unsigned n_calls;
	char url[128]; /* that was asked last */
	notify_sent_fn *done[CALLS_MAX];
	void *arg[CALLS_MAX];
};

static struct notify_web webs[WEBS_MAX];
static unsigned n_webs;
static struct conf *conf;
static struct heartbeats *hearts;
static char url[128]; /* that was asked last */
static unsigned n_asked;
static int send_err;

int notify_web_new(struct uv_loop_s *loop, const char *ca_file, struct notify_web **ret,
		   struct errinfo *ei)
{
	(void)loop;
	(void)ca_file;
	(void)ei;
	ck_assert_uint_lt(n_webs, WEBS_MAX);
	webs[n_webs] = (struct notify_web){.is_open = true};
	*ret = &webs[n_webs++];
	return 0;
}

int notify_web_send(struct notify_web *w, const struct notify_web_request *req,
		    notify_sent_fn *done, void *arg)
{
	ck_assert(w->is_open && !req->is_post && req->timeout_s == HEARTBEAT_TIMEOUT_S);
	if (send_err != 0)
		return send_err;
	str_copy(url, sizeof(url), slice_of(req->url));
	str_copy(w->url, sizeof(w->url), slice_of(req->url));
	n_asked++;
	ck_assert_uint_lt(w->n_calls, CALLS_MAX);
	w->done[w->n_calls] = done;
	w->arg[w->n_calls++] = arg;
	return 0;
}

/* The call that was made last. */
static void answer_of(struct notify_web *w, int err)
{
	struct notify_answer a = {.said = ERRINFO_INIT};

	err_set(&a.said, err, "the test says %d", err);
	w->n_calls--;
	w->done[w->n_calls](w->arg[w->n_calls], err, &a);
}

static void answer(int err)
{
	answer_of(&webs[0], err);
}

void notify_web_close(struct notify_web *w)
{
	if (w == NULL)
		return;
	w->is_open = false;
	while (w->n_calls > 0)
		answer_of(w, ERR_CANCELED);
}

static char rule[] = "*.example.com", of_rule[] = "https://a/{host}/x?y={host}";
static char plain[] = "https://b/";

static void open_hearts(size_t n)
{
	conf = calloc(1, sizeof(*conf));
	ck_assert_ptr_nonnull(conf);
	conf->n_heartbeats = n;
	conf->heartbeats[0] = (struct conf_heartbeat){.hosts = {1, {rule}}, .url = of_rule};
	conf->heartbeats[1] = (struct conf_heartbeat){.url = plain};
	n_asked = 0;
	send_err = 0;
	fake_clock_ms = 1000000;
	ck_assert_int_eq(heartbeats_new(NULL, conf, &hearts, NULL), 0);
}

static void close_hearts(void)
{
	heartbeats_close(hearts);
	while (n_webs > 0)
		ck_assert(!webs[--n_webs].is_open);
	free(conf);
}

static void beat(const char *host)
{
	const struct fqdn name = value_name(host);

	heartbeats_beat(hearts, &name);
}

START_TEST(the_url_has_the_token_of_its_file)
{
	static char of_token[] = "https://a/{token}/{host}", path[] = "/tmp/heartbeat-XXXXXX";
	int fd = mkstemp(path);

	ck_assert(fd >= 0 && write(fd, "se/same\n", 8) == 8);
	close(fd);
	conf = calloc(1, sizeof(*conf));
	ck_assert_ptr_nonnull(conf);
	conf->n_heartbeats = 1;
	conf->heartbeats[0] = (struct conf_heartbeat){.url = of_token, .token_file = path};
	fake_clock_ms = 1000000;
	ck_assert_int_eq(heartbeats_new(NULL, conf, &hearts, NULL), 0);
	beat("home.example.com");
	ck_assert_str_eq(url, "https://a/se/same/home.example.com");
	close_hearts();
	unlink(path);
}
END_TEST

static void write_token(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL && fputs(text, f) >= 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void check_asked(const char *first, const char *second)
{
	beat("a.example.com");
	ck_assert_str_eq(webs[0].url, first);
	ck_assert_str_eq(webs[1].url, second);
	answer_of(&webs[0], 0);
	answer_of(&webs[1], 0);
}

START_TEST(tokens_that_are_read_again_count_when_all_are_taken)
{
	static char first[] = "https://a/{token}", second[] = "https://b/{token}";
	static char paths[2][24] = {"/tmp/heartbeat-XXXXXX", "/tmp/heartbeat-XXXXXX"};
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	conf = calloc(1, sizeof(*conf));
	ck_assert_ptr_nonnull(conf);
	conf->n_heartbeats = 2;
	fake_clock_ms = 1000000;
	for (i = 0; i < 2; i++) {
		close(mkstemp(paths[i]));
		write_token(paths[i], "old\n");
		conf->heartbeats[i] = (struct conf_heartbeat){
			.name = "second", .url = i == 0 ? first : second, .token_file = paths[i]};
	}
	ck_assert_int_eq(heartbeats_new(NULL, conf, &hearts, NULL), 0);
	write_token(paths[0], "new\n");
	write_token(paths[1], "two lines\nof it\n");
	ck_assert_int_eq(heartbeats_reread(hearts, &ei), ERR_INVAL);
	ck_assert_int_eq(strncmp(ei.text, "heartbeat \"second\": token-file: ", 32), 0);
	heartbeats_settle(hearts, false);
	check_asked("https://a/old", "https://b/old");
	write_token(paths[1], "new\n");
	ck_assert_int_eq(heartbeats_reread(hearts, &ei), 0);
	heartbeats_settle(hearts, true);
	check_asked("https://a/new", "https://b/new");
	close_hearts();
	for (i = 0; i < 2; i++)
		unlink(paths[i]);
	ck_assert_int_eq(heartbeats_reread(NULL, &ei), 0);
	heartbeats_settle(NULL, true);
}
END_TEST

START_TEST(the_url_has_the_name_of_the_host)
{
	open_hearts(1);
	beat("home.example.com");
	ck_assert_str_eq(url, "https://a/home.example.com/x?y=home.example.com");
	beat("home.example.net");
	ck_assert_uint_eq(n_asked, 1);
	close_hearts();
}
END_TEST

START_TEST(a_host_is_asked_for_after_each_update_and_once_at_a_time)
{
	open_hearts(1);
	beat("a.example.com");
	answer(0);
	beat("a.example.com");
	ck_assert_uint_eq(n_asked, 2);
	/* Those that come while the answer is awaited are one. */
	beat("a.example.com");
	beat("a.example.com");
	ck_assert_uint_eq(n_asked, 2);
	answer(ERR_TIMEOUT);
	ck_assert_uint_eq(n_asked, 3);
	answer(0);
	ck_assert_uint_eq(n_asked, 3);
	ck_assert_uint_eq(webs[0].n_calls, 0);
	beat("a.example.com");
	beat("a.example.com");
	ck_assert_uint_eq(n_asked, 4);
	close_hearts();
}
END_TEST

START_TEST(each_section_asks_for_itself)
{
	open_hearts(2);
	beat("home.example.net");
	ck_assert_str_eq(url, "https://b/");
	beat("home.example.com");
	ck_assert_uint_eq(n_asked, 3);
	close_hearts();
}
END_TEST

START_TEST(failures_are_counted)
{
	const int64_t failed = metric_get(METRIC_HEARTBEATS_FAILED),
		      sent = metric_get(METRIC_HEARTBEATS_SENT),
		      skipped = metric_get(METRIC_HEARTBEATS_SKIPPED);

	open_hearts(1);
	beat("a.example.com");
	answer(ERR_UNAVAILABLE);
	beat("b.example.com");
	answer(0);
	send_err = ERR_NOMEM;
	beat("c.example.com");
	ck_assert_int_eq(metric_get(METRIC_HEARTBEATS_FAILED) - failed, 1);
	ck_assert_int_eq(metric_get(METRIC_HEARTBEATS_SENT) - sent, 1);
	ck_assert_int_eq(metric_get(METRIC_HEARTBEATS_SKIPPED) - skipped, 1);
	close_hearts();
}
END_TEST

static void beat_many(int n)
{
	char host[32];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(host, sizeof(host), "h%d.example.com", i);
		beat(host);
	}
}

START_TEST(who_cannot_be_asked_for_at_once_waits_once)
{
	const int64_t skipped = metric_get(METRIC_HEARTBEATS_SKIPPED);
	unsigned i;

	open_hearts(1);
	beat_many(1000);
	beat_many(1000);
	ck_assert_uint_eq(n_asked, HEARTBEAT_CALLS_MAX);
	/* Those that are being asked for are asked for again, after the others. */
	for (i = 0; i < 1000 + HEARTBEAT_CALLS_MAX; i++)
		answer(i % 2 == 0 ? 0 : ERR_TIMEOUT);
	ck_assert_uint_eq(n_asked, 1000 + HEARTBEAT_CALLS_MAX);
	ck_assert_uint_eq(webs[0].n_calls, 0);
	ck_assert_int_eq(metric_get(METRIC_HEARTBEATS_SKIPPED), skipped);
	close_hearts();
}
END_TEST

START_TEST(a_section_that_hangs_holds_no_other_up)
{
	unsigned i;

	open_hearts(2);
	beat_many(1000);
	ck_assert_uint_eq(webs[0].n_calls, HEARTBEAT_CALLS_MAX);
	for (i = 0; i < 1000; i++)
		answer_of(&webs[1], 0);
	ck_assert_uint_eq(webs[1].n_calls, 0);
	ck_assert_uint_eq(n_asked, 1000 + HEARTBEAT_CALLS_MAX);
	close_hearts();
}
END_TEST

START_TEST(who_was_skipped_may_be_asked_for_at_once)
{
	const int64_t skipped = metric_get(METRIC_HEARTBEATS_SKIPPED);

	open_hearts(1);
	beat_many(HEARTBEAT_CALLS_MAX + 2);
	fake_clock_ms += HEARTBEAT_WAIT_MS + 1;
	answer(ERR_TIMEOUT); /* the two that wait have waited for too long */
	ck_assert_uint_eq(n_asked, HEARTBEAT_CALLS_MAX);
	ck_assert_int_eq(metric_get(METRIC_HEARTBEATS_SKIPPED) - skipped, 2);
	beat("h8.example.com");
	ck_assert_uint_eq(n_asked, HEARTBEAT_CALLS_MAX + 1);
	send_err = ERR_NOMEM;
	answer(0);
	beat("h9.example.com");
	send_err = 0;
	beat("h9.example.com");
	ck_assert_uint_eq(n_asked, HEARTBEAT_CALLS_MAX + 2);
	close_hearts();
}
END_TEST

START_TEST(only_so_many_wait)
{
	const int64_t skipped = metric_get(METRIC_HEARTBEATS_SKIPPED);

	open_hearts(1);
	beat_many(HEARTBEAT_HOSTS_MAX + 1);
	ck_assert_uint_eq(n_asked, HEARTBEAT_CALLS_MAX);
	ck_assert_int_eq(metric_get(METRIC_HEARTBEATS_SKIPPED) - skipped, 1);
	answer(0);
	beat("one-more.example.com");
	ck_assert_int_eq(metric_get(METRIC_HEARTBEATS_SKIPPED) - skipped, 1);
	close_hearts();
	heartbeats_beat(NULL, &(struct fqdn){.len = 0});
	heartbeats_close(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_url_has_the_name_of_the_host,
		the_url_has_the_token_of_its_file,
		tokens_that_are_read_again_count_when_all_are_taken,
		a_host_is_asked_for_after_each_update_and_once_at_a_time,
		each_section_asks_for_itself,
		failures_are_counted,
		who_cannot_be_asked_for_at_once_waits_once,
		a_section_that_hangs_holds_no_other_up,
		who_was_skipped_may_be_asked_for_at_once,
		only_so_many_wait,
	};

	return unit_run("heartbeat", tests, N_ELEMENTS(tests));
}
