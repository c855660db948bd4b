/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/message_text.h"

#include <stdio.h>

#include "conf/conf.h"
#include "kit/message_kit.h"
#include "kit/unit.h"

enum { MAX = 512 };

START_TEST(every_name_of_the_configuration_has_its_part)
{
	static const char *const want[] = {MESSAGE_KIT_ID,
					   "address-changed",
					   "home.example.com",
					   "router",
					   "192.0.2.1",
					   "192.0.2.2 2001:db8::2",
					   "home.example.com has a new address",
					   "home.example.com is at 192.0.2.2 and 2001:db8::2 now.",
					   "2021-02-25T15:02:10Z",
					   "1614265330",
					   "1"};
	const struct notify_message m = message_kit();
	char place[32];
	size_t i;

	for (i = 0; conf_body_names[i] != NULL; i++) {
		struct buf out;

		ck_assert_uint_lt(i, N_ELEMENTS(want));
		snprintf(place, sizeof(place), "{%s}", conf_body_names[i]);
		buf_init(&out, MAX);
		ck_assert_int_eq(message_add_template(&out, place, TEMPLATE_TEXT, &m), 0);
		ck_assert_str_eq(buf_str(&out), want[i]);
		buf_fini(&out);
	}
	ck_assert_uint_eq(i, N_ELEMENTS(want));
}
END_TEST

START_TEST(trouble_is_told_from_news)
{
	struct notify_message m = message_kit();

	ck_assert(!message_is_trouble(&m));
	m.kind = "digest";
	ck_assert(!message_is_trouble(&m));
	m.kind = "test";
	ck_assert(!message_is_trouble(&m));
	m.kind = "host-silent";
	ck_assert(message_is_trouble(&m));
}
END_TEST

START_TEST(a_moment_is_written_in_utc)
{
	char text[MESSAGE_TIME_SIZE];

	message_time(0, text);
	ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
	message_time(1709210096, text);
	ck_assert_str_eq(text, "2024-02-29T12:34:56Z");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_name_of_the_configuration_has_its_part,
		trouble_is_told_from_news,
		a_moment_is_written_in_utc,
	};

	return unit_run("message_text", tests, N_ELEMENTS(tests));
}
