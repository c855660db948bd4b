/* SPDX-License-Identifier: BSD-2-Clause
 * Values of the sections notify and heartbeat. */
#include "conf/texts.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

static const struct {
	enum conf_type type;
	const char *text;
	bool is_valid;
} rows[] = {
	{CONF_TYPE_TARGET_URL, "https://ntfy.example.com/topic", true},
	{CONF_TYPE_TARGET_URL, "HTTP://127.0.0.1:8080", true},
	{CONF_TYPE_TARGET_URL, "https://a?b=c@d", true},
	{CONF_TYPE_TARGET_URL, "smtp://mail.example.com:587", true},
	{CONF_TYPE_TARGET_URL, "smtps://[::1]:465", true},
	{CONF_TYPE_TARGET_URL, "ftp://a", false},
	{CONF_TYPE_TARGET_URL, "https:/a", false},
	{CONF_TYPE_TARGET_URL, "https://", false},
	{CONF_TYPE_TARGET_URL, "https:///a", false},
	{CONF_TYPE_TARGET_URL, "https://:1/a", false},
	{CONF_TYPE_TARGET_URL, "https://u:p@a/", false},
	{CONF_TYPE_TARGET_URL, "https://a/#b", false},
	{CONF_TYPE_TARGET_URL, "https://a/ b", false},
	{CONF_TYPE_TARGET_URL, "https://a/{host}", false},
	{CONF_TYPE_TARGET_URL, "https://a/{token}?b={token}", true},
	{CONF_TYPE_TARGET_URL, "https://{token}/", false},
	{CONF_TYPE_TARGET_URL, "https://a/{token", false},
	{CONF_TYPE_HEARTBEAT_URL, "https://a/{token}/{host}", true},
	{CONF_TYPE_HEARTBEAT_URL, "https://{host}.a/", false},
	{CONF_TYPE_HEARTBEAT_URL, "https://hc.example.com/{host}?a={host}", true},
	{CONF_TYPE_HEARTBEAT_URL, "http://a/", true},
	{CONF_TYPE_HEARTBEAT_URL, "smtp://a/", false},
	{CONF_TYPE_HEARTBEAT_URL, "https://a/{user}", false},
	{CONF_TYPE_HEARTBEAT_URL, "https://a/{host", false},
	{CONF_TYPE_HEARTBEAT_URL, "https://a/}", false},
	{CONF_TYPE_MAIL, "admin@example.com", true},
	{CONF_TYPE_MAILS, "a.b+c@localhost", true},
	{CONF_TYPE_MAIL, "@example.com", false},
	{CONF_TYPE_MAIL, "admin@", false},
	{CONF_TYPE_MAIL, "a@b@c", false},
	{CONF_TYPE_MAIL, "A <a@b>", false},
	{CONF_TYPE_MAIL, "a@b\r\nBcc:", false},
	{CONF_TYPE_HEADERS, "X-Priority: 4", true},
	{CONF_TYPE_HEADERS, "X:4", true},
	{CONF_TYPE_HEADERS, "X-Priority:", false},
	{CONF_TYPE_HEADERS, "X: ", false},
	{CONF_TYPE_HEADERS, ": 4", false},
	{CONF_TYPE_HEADERS, "X Y: 4", false},
	{CONF_TYPE_HEADERS, "X: 4\r\nY: 5", false},
	{CONF_TYPE_TOPIC, "arn:aws:sns:eu-west-1:123456789012:mooring.fifo", true},
	{CONF_TYPE_TOPIC, "arn:aws-cn:sns:cn-north-1:1:t", true},
	{CONF_TYPE_TOPIC, "arn:aws:sqs:eu-west-1:123456789012:q", false},
	{CONF_TYPE_TOPIC, "arn:aws:sns::123456789012:t", false},
	{CONF_TYPE_TOPIC, "arn:aws:sns:eu-west-1:123456789012:", false},
	{CONF_TYPE_TOPIC, "arn:aws:sns:eu-west-1:123456789012", false},
	{CONF_TYPE_TOPIC, "arn:aws:sns:eu-west-1:123456789012:t:subscription", false},
	{CONF_TYPE_TOPIC, "x:aws:sns:eu-west-1:1:t", false},
	{CONF_TYPE_EVENTS, "address-changed", true},
	{CONF_TYPE_EVENTS, "restarted", true},
	{CONF_TYPE_EVENTS, "digest", false},
	{CONF_TYPE_EVENTS, "Restarted", false},
	{CONF_TYPE_HOSTS, "Home.Example.com.", true},
	{CONF_TYPE_HOSTS, "*.example.com", true},
	{CONF_TYPE_HOSTS, "example", false},
	{CONF_TYPE_HOSTS, "a.*.example.com", false},
	{CONF_TYPE_TEXT, "{\"text\": \"{text}\"}", true},
	{CONF_TYPE_TEXT, "two\nlines", false},
	{CONF_TYPE_COMMAND, "--flag=a b", true},
	{CONF_TYPE_COMMAND, "a\tb", false},
};

START_TEST(each_type_takes_its_texts_and_no_others)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(conf_text_is_valid(rows[i].type, slice_of(rows[i].text)) ==
				      rows[i].is_valid,
			      "%s", rows[i].text);
}
END_TEST

START_TEST(each_type_says_what_it_has_to_be)
{
	enum conf_type type;
	struct buf out;

	for (type = CONF_TYPE_EVENTS; type <= CONF_TYPE_COMMAND; type++) {
		buf_init(&out, ERR_TEXT_MAX);
		ck_assert(conf_text_describe(type, &out));
		ck_assert_uint_gt(out.len, 0);
		if (type == CONF_TYPE_EVENTS)
			ck_assert_ptr_nonnull(strstr(buf_str(&out), "reload-failed or restarted"));
		buf_fini(&out);
	}
	buf_init(&out, ERR_TEXT_MAX);
	ck_assert(!conf_text_describe(CONF_TYPE_NOTIFY, &out) && out.len == 0);
	buf_fini(&out);
}
END_TEST

START_TEST(a_list_has_each_item_once_and_a_command_what_it_likes)
{
	const struct conf_key hosts = {.type = CONF_TYPE_HOSTS, .max = 2};
	const struct conf_key command = {.type = CONF_TYPE_COMMAND, .max = 2};
	struct conf_texts list = {0};

	ck_assert_int_eq(conf_texts_add(&hosts, &list, slice_of("A.example.com.")), 0);
	ck_assert_str_eq(list.at[0], "a.example.com");
	ck_assert_int_eq(conf_texts_add(&hosts, &list, slice_of("a.EXAMPLE.com")), ERR_EXISTS);
	ck_assert_int_eq(conf_texts_add(&hosts, &list, slice_of("")), ERR_INVAL);
	ck_assert_int_eq(conf_texts_add(&hosts, &list, slice_of("*.b.c")), 0);
	ck_assert_int_eq(conf_texts_add(&hosts, &list, slice_of("d.e")), ERR_LIMIT);
	ck_assert_uint_eq(list.n, 2);
	conf_texts_clear(&list);
	ck_assert_uint_eq(list.n, 0);
	ck_assert_int_eq(conf_texts_add(&command, &list, slice_of("/x")), 0);
	ck_assert_int_eq(conf_texts_add(&command, &list, slice_of("/x")), 0);
	conf_texts_clear(&list);
}
END_TEST

START_TEST(without_memory_the_list_stays)
{
	const struct conf_key mails = {.type = CONF_TYPE_MAILS, .max = 2};
	struct conf_texts list = {0};

	fake_malloc_fail_at(1);
	ck_assert_int_eq(conf_texts_add(&mails, &list, slice_of("a@b")), ERR_NOMEM);
	fake_malloc_off();
	ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(a_quiet_time_is_two_times_of_the_day)
{
	static const struct {
		const char *text;
		unsigned from_min, to_min; /* both 0: refused, unless the text is "" */
	} times[] = {
		{"22:00-07:00", 1320, 420}, {"00:00-23:59", 0, 1439}, {"", 0, 0},
		{"22:00-22:00", 0, 0},	    {"24:00-07:00", 0, 0},    {"22:60-07:00", 0, 0},
		{"2:00-07:00", 0, 0},	    {"22:00", 0, 0},	      {"22:00-07:00 ", 0, 0},
		{"22.00-07.00", 0, 0},	    {"2200:-0700:", 0, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(times); i++) {
		struct conf_quiet q = {7, 8};
		int err = conf_quiet_parse(slice_of(times[i].text), &q);
		bool is_good = times[i].to_min != 0 || *times[i].text == '\0';
		struct buf out;

		ck_assert_msg((err == 0) == is_good, "%s", times[i].text);
		if (!is_good) {
			ck_assert(q.from_min == 7 && q.to_min == 8);
			continue;
		}
		ck_assert(q.from_min == times[i].from_min && q.to_min == times[i].to_min);
		buf_init(&out, 64);
		conf_quiet_print(&q, &out);
		ck_assert_uint_eq(out.len, strlen(times[i].text) + 2);
		ck_assert(strncmp(buf_str(&out) + 1, times[i].text, out.len - 2) == 0);
		buf_fini(&out);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_type_takes_its_texts_and_no_others,
		each_type_says_what_it_has_to_be,
		a_list_has_each_item_once_and_a_command_what_it_likes,
		without_memory_the_list_stays,
		a_quiet_time_is_two_times_of_the_day,
	};

	return unit_run("texts", tests, N_ELEMENTS(tests));
}
