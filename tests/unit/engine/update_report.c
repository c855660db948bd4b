/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/update_report.h"

#include <stdio.h>

#include "base/histogram.h"
#include "base/metric.h"
#include "engine/plan.h"
#include "engine/update_request.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "net/fqdn.h"
#include "net/line_limit.h"

/* A request of 81.2.69.99 with that query. */
static struct engine_request request_of(const char *query)
{
	struct engine_request r = {.id = 42, .peer = value_addr("81.2.69.99")};

	snprintf(r.credentials.user, sizeof(r.credentials.user), "router");
	snprintf(r.credentials.password, sizeof(r.credentials.password), "hunter2");
	ck_assert_int_eq(dyndns_query_parse(slice_of(query), NULL, &r.query), 0);
	return r;
}

static const struct line_limit_conf one_a_second = {
	.sentence = "left out",
	.lines = 1,
	.window_ms = REPORT_FAILURES_MS,
	.network = prefix_of_client,
};

/* What the log says of it, from the sentence on. */
static const char *report(const struct engine_request *r, const char *only_host,
			  const struct plan_summary *summary, const struct dyndns_answer *answer)
{
	struct line_limit *failures;
	struct fqdn host = {.len = 0};
	const char *text;

	if (only_host != NULL)
		host = value_name(only_host);
	ck_assert_int_eq(line_limit_new(&one_a_second, &failures), 0);
	capture();
	report_update(r, &host, summary, answer,
		      &(struct report_about){.now_ms = 12, .failures = failures});
	line_limit_free(failures);
	text = strstr(captured(), "update");
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_null(strstr(text, "hunter2"));
	return text;
}

static const struct {
	const char *query, *only_host, *agent, *left_out;
	enum dyndns_code codes[3];
	size_t n;
	const char *text;
} lines[] = {
	{"hostname=a.example.com&myip=81.2.69.1",
	 NULL,
	 "curl/8",
	 NULL,
	 {DYNDNS_GOOD},
	 1,
	 "update id=42 client=81.2.69.99 verdict=good user=router host=a.example.com "
	 "myip=81.2.69.1 agent=curl/8 ms=12\n"},
	/* Both addresses, and each host with its word. */
	{"hostname=a.example.com,b.example.com,c.example.com&myip=81.2.69.1,2a02::1",
	 NULL,
	 NULL,
	 NULL,
	 {DYNDNS_GOOD, DYNDNS_NOCHG, DYNDNS_DNSERR_LATER},
	 3,
	 "update id=42 client=81.2.69.99 verdict=good,nochg,dnserr user=router "
	 "host=a.example.com,b.example.com,c.example.com myip=81.2.69.1,2a02::1 ms=12\n"},
	{"hostname=a.example.com&myip=2a02::1",
	 NULL,
	 NULL,
	 NULL,
	 {DYNDNS_NOHOST},
	 1,
	 "update id=42 client=81.2.69.99 verdict=nohost user=router host=a.example.com "
	 "myip=2a02::1 ms=12\n"},
	/* One of the two was of no use in the zone. */
	{"hostname=a.example.com&myip=100.64.0.1,2a02::1",
	 NULL,
	 "curl/8",
	 "100.64.0.1",
	 {DYNDNS_GOOD},
	 1,
	 "update id=42 client=81.2.69.99 verdict=good user=router host=a.example.com "
	 "myip=100.64.0.1,2a02::1 left-out=100.64.0.1 agent=curl/8 ms=12\n"},
	/* None is given: the peer's. */
	{"hostname=a.example.com",
	 NULL,
	 NULL,
	 NULL,
	 {DYNDNS_GOOD},
	 1,
	 "update id=42 client=81.2.69.99 verdict=good user=router host=a.example.com "
	 "myip=81.2.69.99 ms=12\n"},
	/* What cannot be read is not written. */
	{"hostname=a..example.com&myip=300.1.1.1",
	 NULL,
	 NULL,
	 NULL,
	 {DYNDNS_NOTFQDN},
	 1,
	 "update id=42 client=81.2.69.99 verdict=notfqdn user=router host=? myip=? "
	 "ms=12\n"},
	/* The account's only host, whatever the request names. */
	{"myip=81.2.69.1",
	 "only.example.com",
	 NULL,
	 NULL,
	 {DYNDNS_GOOD},
	 1,
	 "update id=42 client=81.2.69.99 verdict=good user=router host=only.example.com "
	 "myip=81.2.69.1 ms=12\n"},
	{"hostname=a.example.com&myip=81.2.69.1",
	 "only.example.com",
	 NULL,
	 NULL,
	 {DYNDNS_911},
	 1,
	 "update id=42 client=81.2.69.99 verdict=911 user=router host=only.example.com "
	 "myip=81.2.69.1 ms=12\n"},
	{"myip=81.2.69.1",
	 NULL,
	 NULL,
	 NULL,
	 {DYNDNS_BADAUTH},
	 1,
	 "update id=42 client=81.2.69.99 verdict=badauth user=router myip=81.2.69.1 "
	 "ms=12\n"},
};

START_TEST(the_line_says_what_was_asked_and_answered)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(lines); i++) {
		struct engine_request r = request_of(lines[i].query);
		struct dyndns_answer answer = {.n_lines = lines[i].n};
		struct plan_summary summary = {.left_out = value_pair(lines[i].left_out, NULL)};
		const char *text;

		for (k = 0; k < lines[i].n; k++)
			answer.lines[k].code = lines[i].codes[k];
		if (lines[i].agent != NULL)
			r.agent = slice_of(lines[i].agent);
		text = report(&r, lines[i].only_host, &summary, &answer);
		ck_assert_msg(strcmp(text, lines[i].text) == 0, "row %zu: %s", i, text);
	}
}
END_TEST

START_TEST(hosts_that_were_renumbered_are_counted)
{
	struct engine_request r = request_of("hostname=a.example.com&myipv6=2a02:1:2:3::/64");
	struct dyndns_answer answer = {.n_lines = 1, .lines = {{.code = DYNDNS_GOOD}}};
	struct plan_summary summary = {.prefix = r.query.prefix, .n_renumbered = 3};

	ck_assert_str_eq(report(&r, NULL, &summary, &answer),
			 "update id=42 client=81.2.69.99 verdict=good user=router "
			 "host=a.example.com prefix=2a02:1:2:3::/64 renumbered=3 ms=12\n");
	summary.n_renumbered = 0;
	ck_assert_str_eq(report(&r, NULL, &summary, &answer),
			 "update id=42 client=81.2.69.99 verdict=good user=router "
			 "host=a.example.com prefix=2a02:1:2:3::/64 ms=12\n");
}
END_TEST

START_TEST(each_word_counts_in_its_metric)
{
	static const struct {
		enum dyndns_code code;
		enum metric metric;
	} rows[] = {
		{DYNDNS_GOOD, METRIC_UPDATES_GOOD},
		{DYNDNS_NOCHG, METRIC_UPDATES_NOCHG},
		{DYNDNS_BADAUTH, METRIC_UPDATES_BADAUTH},
		{DYNDNS_NOHOST, METRIC_UPDATES_NOHOST},
		{DYNDNS_NOTFQDN, METRIC_UPDATES_NOTFQDN},
		{DYNDNS_NUMHOST, METRIC_UPDATES_NUMHOST},
		{DYNDNS_DNSERR, METRIC_UPDATES_DNSERR},
		{DYNDNS_DNSERR_LATER, METRIC_UPDATES_DNSERR},
		{DYNDNS_911, METRIC_UPDATES_911},
	};
	struct engine_request r = request_of("myip=81.2.69.1");
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct dyndns_answer answer = {.n_lines = 2};
		int64_t before[N_ELEMENTS(rows)];

		answer.lines[0].code = rows[i].code;
		answer.lines[1].code = rows[i].code;
		for (k = 0; k < N_ELEMENTS(rows); k++)
			before[k] = metric_get(rows[k].metric);
		report(&r, NULL, &(struct plan_summary){.n_renumbered = 0}, &answer);
		for (k = 0; k < N_ELEMENTS(rows); k++)
			ck_assert_msg(metric_get(rows[k].metric) - before[k] ==
					      (rows[k].metric == rows[i].metric ? 2 : 0),
				      "row %zu, %zu", i, k);
	}
}
END_TEST

START_TEST(how_long_it_took_counts_once_by_what_the_answer_says)
{
	static const struct {
		enum dyndns_code codes[3];
		size_t n;
		enum histogram want;
	} rows[] = {
		{{DYNDNS_GOOD}, 1, HISTOGRAM_UPDATE_GOOD},
		{{DYNDNS_NOCHG}, 1, HISTOGRAM_UPDATE_NOCHG},
		{{DYNDNS_BADAUTH}, 1, HISTOGRAM_UPDATE_REFUSED},
		{{DYNDNS_NOHOST}, 1, HISTOGRAM_UPDATE_REFUSED},
		{{DYNDNS_DNSERR}, 1, HISTOGRAM_UPDATE_REFUSED},
		{{DYNDNS_DNSERR_LATER}, 1, HISTOGRAM_UPDATE_TROUBLE},
		{{DYNDNS_911}, 1, HISTOGRAM_UPDATE_TROUBLE},
		{{DYNDNS_NOHOST, DYNDNS_NOCHG}, 2, HISTOGRAM_UPDATE_NOCHG},
		{{DYNDNS_NOCHG, DYNDNS_NOHOST, DYNDNS_GOOD}, 3, HISTOGRAM_UPDATE_GOOD},
		{{DYNDNS_GOOD, DYNDNS_911, DYNDNS_NOCHG}, 3, HISTOGRAM_UPDATE_TROUBLE},
	};
	struct engine_request r = request_of("myip=81.2.69.1");
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct histogram_total before[HISTOGRAM_COUNT], now;
		struct dyndns_answer answer = {.n_lines = rows[i].n};

		for (k = 0; k < rows[i].n; k++)
			answer.lines[k].code = rows[i].codes[k];
		for (k = 0; k < HISTOGRAM_COUNT; k++)
			before[k] = histogram_total((enum histogram)k);
		report(&r, NULL, &(struct plan_summary){.n_renumbered = 0}, &answer);
		for (k = 0; k < HISTOGRAM_COUNT; k++) {
			now = histogram_total((enum histogram)k);
			ck_assert_msg(now.n - before[k].n == (rows[i].want == k), "row %zu, %zu", i,
				      k);
			ck_assert_msg(now.ms - before[k].ms == (rows[i].want == k ? 12 : 0),
				      "row %zu, %zu", i, k);
		}
	}
}
END_TEST

static const struct {
	enum plan_note notes[3];
	const char *want;
	enum plan_note of_lan; /* NULL: no line */
} note_rows[] = {
	{{PLAN_NOTE_NONE, PLAN_NOTE_NONE, PLAN_NOTE_NONE}, NULL, PLAN_NOTE_NONE},
	{{PLAN_NOTE_NO_ZONE, PLAN_NOTE_NONE, PLAN_NOTE_NONE},
	 "a host of the account lies in no configured zone id=42 user=router\n",
	 PLAN_NOTE_NONE},
	{{PLAN_NOTE_NONE, PLAN_NOTE_NONE, PLAN_NOTE_BAD_ADDRESS},
	 "the address cannot be read id=42 user=router\n",
	 PLAN_NOTE_NONE},
	{{PLAN_NOTE_NO_SENDER, PLAN_NOTE_NONE, PLAN_NOTE_NONE},
	 "no address is given, and the proxy does not name the sender's id=42 user=router\n",
	 PLAN_NOTE_NONE},
	{{PLAN_NOTE_NONE, PLAN_NOTE_SPECIAL_ADDRESS, PLAN_NOTE_NO_ZONE},
	 "the zone takes none of the addresses id=42 user=router\n",
	 PLAN_NOTE_NONE},
	{{PLAN_NOTE_NONE, PLAN_NOTE_NONE, PLAN_NOTE_NONE},
	 "a host with an interface id lies in no configured zone, and keeps its address id=42 "
	 "user=router host=nas.example.com\n",
	 PLAN_NOTE_LAN_NO_ZONE},
	{{PLAN_NOTE_NONE, PLAN_NOTE_NONE, PLAN_NOTE_NONE},
	 "the zone of a host with an interface id does not take its address, and it keeps the one "
	 "that it has id=42 user=router host=nas.example.com\n",
	 PLAN_NOTE_LAN_SPECIAL},
	{{PLAN_NOTE_NONE, PLAN_NOTE_NONE, PLAN_NOTE_NONE},
	 "the interface id of a host reaches into the prefix, and it keeps its address id=42 "
	 "user=router host=nas.example.com\n",
	 PLAN_NOTE_LAN_NO_FIT},
};

START_TEST(the_first_line_with_a_note_is_warned_of)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(note_rows); i++) {
		struct engine_request r = {.id = 42};
		const char *want = note_rows[i].want, *got;
		struct plan planned = {.n_lines = 3};

		for (k = 0; k < planned.n_lines; k++)
			planned.lines[k].note = note_rows[i].notes[k];
		planned.note = note_rows[i].of_lan;
		planned.noted = value_name("nas.example.com");
		capture();
		report_notes(&r, "router", &planned);
		got = captured();
		ck_assert_msg((*got == '\0') == (want == NULL), "row %zu: %s", i, got);
		if (want == NULL)
			continue;
		got = strstr(got, "warning: ");
		ck_assert_msg(got != NULL && strcmp(got + 9, want) == 0, "row %zu: %s", i, got);
	}
}
END_TEST

START_TEST(a_client_has_one_line_of_its_failures_in_a_second)
{
	static const struct {
		const char *client;
		enum dyndns_code code;
		const char *braked;
		int64_t now_ms;
		bool is_written;
	} rows[] = {
		{"81.2.69.1", DYNDNS_BADAUTH, NULL, 0, true},
		{"81.2.69.1", DYNDNS_BADAUTH, NULL, 1, false},
		{"81.2.69.1", DYNDNS_911, "login", 2, false},
		{"81.2.69.2", DYNDNS_911, "changes", 3, true},
		{"81.2.69.2", DYNDNS_911, "login", 3, false},
		/* Others of the same address, and what is no failure of the client's. */
		{"81.2.69.1", DYNDNS_NOCHG, NULL, 4, true},
		{"81.2.69.1", DYNDNS_911, NULL, 5, true},
		{"81.2.69.1", DYNDNS_911, NULL, 6, true},
		{"81.2.69.1", DYNDNS_BADAUTH, NULL, REPORT_FAILURES_MS, true},
	};
	struct engine_request r = request_of("");
	const struct plan_summary none = {.n_renumbered = 0};
	struct line_limit *failures;
	size_t i;

	ck_assert_int_eq(line_limit_new(&one_a_second, &failures), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct report_about about = {rows[i].now_ms, 0, rows[i].braked, failures};
		struct dyndns_answer answer;

		dyndns_answer_one(&answer, rows[i].code);
		r.peer = value_addr(rows[i].client);
		capture();
		report_update(&r, &(struct fqdn){.len = 0}, &none, &answer, &about);
		ck_assert_msg((strstr(captured(), "update id=42") != NULL) == rows[i].is_written,
			      "row %zu", i);
	}
	line_limit_free(failures);
}
END_TEST

/* The longest one that there is. */
START_TEST(the_longest_request_is_one_line)
{
	struct engine_request r = request_of("myip=81.2.69.1,2a02::1");
	struct dyndns_answer answer = {.n_lines = QUERY_HOSTS_MAX};
	char name[FQDN_TEXT_MAX + 1];
	const char *text;
	size_t i;

	snprintf(name, sizeof(name), "%060d.%060d.%060d.%053d.example.com", 1, 2, 3, 4);
	r.query.hosts_kind = QUERY_HOSTS_GIVEN;
	r.query.n_hosts = QUERY_HOSTS_MAX;
	for (i = 0; i < QUERY_HOSTS_MAX; i++) {
		r.query.hosts[i] = (struct query_host){.valid = true, .name = value_name(name)};
		answer.lines[i].code = DYNDNS_NOTFQDN;
	}
	text = report(&r, NULL, &(struct plan_summary){.n_renumbered = 0}, &answer);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	ck_assert_ptr_nonnull(strstr(text, "verdict=notfqdn,notfqdn,"));
	ck_assert_ptr_nonnull(strstr(text, "user=router"));
}
END_TEST

START_TEST(without_memory_the_line_is_shorter_and_the_metrics_are_whole)
{
	struct engine_request r = request_of("hostname=a.example.com&myip=81.2.69.1");
	struct dyndns_answer answer = {.n_lines = 1, .lines = {{.code = DYNDNS_GOOD}}};
	struct plan_summary summary = {.left_out = value_pair("100.64.0.1", "fd00::1"),
				       .n_renumbered = 3};
	struct fqdn none = {.len = 0};
	bool was_refused = true;
	size_t n;

	for (n = 1; was_refused; n++) {
		int64_t before = metric_get(METRIC_UPDATES_GOOD);
		const char *text;

		capture();
		fake_malloc_fail_at(n);
		report_update(&r, &none, &summary, &answer, &(struct report_about){.now_ms = 12});
		was_refused = fake_malloc_off();
		text = captured();
		ck_assert_int_eq(metric_get(METRIC_UPDATES_GOOD) - before, 1);
		ck_assert_ptr_nonnull(strstr(text, "update id=42 client=81.2.69.99"));
		ck_assert_ptr_nonnull(strstr(text, "user=router"));
	}
	ck_assert_uint_gt(n, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_line_says_what_was_asked_and_answered,
		hosts_that_were_renumbered_are_counted,
		each_word_counts_in_its_metric,
		how_long_it_took_counts_once_by_what_the_answer_says,
		the_first_line_with_a_note_is_warned_of,
		a_client_has_one_line_of_its_failures_in_a_second,
		the_longest_request_is_one_line,
		without_memory_the_line_is_shorter_and_the_metrics_are_whole,
	};

	return unit_run("update_report", tests, N_ELEMENTS(tests));
}
